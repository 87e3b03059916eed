"""Equal refusals of different recipients in a row are one refusal, of us or of the letter, and nobody's own.

A server that blocks us, or that will not have the letter, says so to each recipient anew. Who is refused like that is
not failed: the transport is taken to refuse, and the batch waits for a person. What can't be said yet, because too few
have been tried, is tried once more after the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.core import (
    Accepted,
    Channel,
    MailError,
    MessageRefused,
    Reason,
    Recipient,
    RecipientRefused,
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


class EqualRefusals:
    """What the transports have refused in a row in this run."""

    def __init__(self) -> None:
        self._last: tuple[object, ...] = ()
        self._in_a_row = 0
        self._have_accepted: set[Transport] = set()

    def as_one(self, results: Sequence[tuple[Recipient, Result]]) -> list[Result]:
        """What each result of one window comes to, in its order."""
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
        patience = _patience(row, result)
        if isinstance(result, Accepted) or patience is None or not length:
            return result
        accepts = result.transport in self._have_accepted
        again = row.attempt.count > 1
        if accepts and (again or patience.ends_with_acceptance):
            return result  # it takes the letter, and refuses this one again
        if length >= patience.one:
            said = f"{result.code} {result.detail}".strip()
            return TransportRefused(result.transport, f"{said}, {length} in a row")
        if length >= patience.unsure and not again:
            return TryAgain(result.transport, result.code, result.detail, retry_after=SECONDS_UNTIL_SURE)
        return result


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
