"""Equal refusals of different recipients in a row are one refusal, of us or of the letter, and nobody's own.

A server that blocks us, or that will not have the letter, says so to each recipient anew. Who is refused like that is
not failed: the transport is taken to refuse, and the batch waits for a person. What can't be said yet, because too few
have been tried, is tried once more after the others.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.core import (
    Accepted,
    Batch,
    BatchState,
    Channel,
    MailError,
    MessageRefused,
    Reason,
    Recipient,
    RecipientRefused,
    Refusal,
    Transport,
    TransportRefused,
    TryAgain,
)

Result = Accepted | MailError
SECONDS_UNTIL_SURE = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """From how many in a row nobody can tell yet, and from how many it is one refusal."""

    unsure: int
    one: int
    ends_with_acceptance: bool  # whether one acceptance in the run shows that such refusals are the recipients' own


OF_RULES = Patience(unsure=1, one=3, ends_with_acceptance=False)  # policy, or the letter: seldom one recipient's own
OF_ADDRESSES = Patience(unsure=3, one=10, ends_with_acceptance=True)  # lists hold many addresses that are gone


@dataclass(frozen=True, slots=True)
class Others:
    """How the dispatch fares beside this batch: so many are not settled, and when a letter was last taken."""

    left: int
    reached: datetime | None = None


NOBODY_ELSE = Others(0)


def beside(batch: Batch, batches: Sequence[Batch]) -> Others:
    """How the dispatch's batches fare; what eFormidling takes says nothing of how e-mail fares, nor the other way."""
    exchange = batch.channel is Channel.EFORMIDLING
    taken = [other.reached for other in batches if (other.channel is Channel.EFORMIDLING) is exchange and other.reached]
    left = sum(other.to_send for other in batches if other.state is not BatchState.RECORDED)
    return Others(left, max(taken, default=None))


class EqualRefusals:
    """What the transports have refused in a row in this run.

    A batch may be too small for a row of its own, so that the others of the dispatch tell: somebody who is refused
    again is refused for good where a letter was taken since, or where there is hardly anybody else.
    """

    def __init__(self, others: Others = NOBODY_ELSE, *, give_up: float = math.inf) -> None:
        self._left = others.left
        self._reached = others.reached
        self._give_up = give_up
        self._last: tuple[object, ...] = ()
        self._in_a_row = 0
        self._have_accepted: set[Transport] = set()

    def as_one(self, results: Sequence[tuple[Recipient, Result]], now: datetime) -> list[Result]:
        """What each result comes to of those that are settled together, in their order."""
        if any(isinstance(result, Accepted) for _, result in results):
            self._reached = now
        lengths = self._lengths(results)
        return [self._one(row, result, length) for (row, result), length in zip(results, lengths, strict=True)]

    def _lengths(self, results: Sequence[tuple[Recipient, Result]]) -> list[int]:
        """For each result, how many equal refusals in a row it is part of; 0 where an acceptance has ended the row."""
        lengths = [0] * len(results)
        members: list[int] = []
        for place, (row, result) in enumerate(results):
            if isinstance(result, Accepted):
                self._have_accepted.add(result.transport)
                self._last, self._in_a_row, members = (), 0, self._end(members, lengths)
            elif _patience(row, result):
                kind = _kind(result)
                if kind != self._last:
                    self._last, self._in_a_row, members = kind, 0, []
                self._in_a_row += 1
                members.append(place)
                for member in members:
                    lengths[member] = self._in_a_row
        return lengths

    @staticmethod
    def _end(members: Sequence[int], lengths: list[int]) -> list[int]:
        """A row that an acceptance ended while it was short was the recipients' own."""
        for member in members:
            if lengths[member] < OF_RULES.one:
                lengths[member] = 0
        return []

    def _one(self, row: Recipient, result: Result, length: int) -> Result:
        if isinstance(result, TryAgain):
            return self._put_off(row, result)
        patience = _patience(row, result)
        if isinstance(result, Accepted) or patience is None or not length:
            return result
        again = row.attempt.count > 1
        if again and self._taken_since(row):
            return result  # it takes the letter, and refuses this one again
        if patience.ends_with_acceptance and result.transport in self._have_accepted:
            return result
        if length >= patience.one or (again and self._left >= patience.one):
            return _refused(result, length)
        if length >= patience.unsure and not again:
            return TryAgain(result.transport, result.code, result.detail, retry_after=SECONDS_UNTIL_SURE)
        return result

    def _put_off(self, row: Recipient, result: TryAgain) -> Result:
        """One that was put off for as long as we are patient is given up, unless everybody is put off."""
        if row.attempt.waited < self._give_up or self._left < OF_RULES.one or self._taken_since(row):
            return result
        return _refused(result, 1)

    def _taken_since(self, row: Recipient) -> bool:
        """Whether a letter was taken since the row's first attempt, or beside it."""
        first = row.attempt.first
        return self._reached is not None and first is not None and self._reached >= first


def _refused(result: MailError, length: int) -> TransportRefused:
    said = f"{result.code} {result.detail}".strip()
    about = Refusal.LETTER if isinstance(result, MessageRefused) else Refusal.US
    in_a_row = f", {length} in a row" if length > 1 else ""
    return TransportRefused(result.transport, f"{said}{in_a_row}", about=about)


def _patience(row: Recipient, result: Result) -> Patience | None:
    """How such a refusal is met; None for what is no refusal, or is a recipient's own beyond doubt."""
    if row.channel is Channel.EFORMIDLING:
        return None
    if isinstance(result, MessageRefused):
        return OF_RULES
    if isinstance(result, RecipientRefused):
        return {Reason.POLICY_REFUSED: OF_RULES, Reason.RECIPIENT_REFUSED: OF_ADDRESSES}.get(result.reason)
    return None


def _kind(result: Result) -> tuple[object, ...]:
    assert isinstance(result, MailError)
    return type(result), result.transport, result.code, result.detail
