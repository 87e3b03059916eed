"""Whom to send to again, and where. Pure.

Those whose reason was passing, those whose address has been corrected since, and whoever has perhaps got the letter
only where a person names the uncertain. Everyone else keeps the outcome they have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch.core import (
    Channel,
    Member,
    Reason,
    Recipient,
    RecipientState,
    Scenario,
    SentTo,
    addresses,
    for_every,
)
from dispatch.planning import Who, usable_address


class Cure(StrEnum):
    """What may let the same letter reach the recipient another time."""

    TIME = "time"  # what failed may work by now
    ADDRESS = "address"  # only where it was corrected since
    WISH = "wish"  # only where a person wants those sent to again of whom nobody knows
    NOTHING = "nothing"


CURES: Mapping[Reason, Cure] = for_every(
    Reason,
    {
        Reason.NO_ADDRESS: Cure.ADDRESS,
        Reason.INVALID_ADDRESS: Cure.ADDRESS,
        Reason.LOCAL_ADDRESS: Cure.ADDRESS,
        Reason.DISABLED: Cure.ADDRESS,
        Reason.RECIPIENT_REFUSED: Cure.ADDRESS,
        Reason.ANONYMISED: Cure.NOTHING,
        Reason.MESSAGE_REFUSED: Cure.NOTHING,
        Reason.POLICY_REFUSED: Cure.TIME,
        Reason.TRANSPORTS_REFUSED: Cure.TIME,
        Reason.GAVE_UP: Cure.TIME,
        Reason.ABANDONED: Cure.TIME,
        Reason.EF_UNREACHABLE: Cure.TIME,
        Reason.EF_FAILED: Cure.TIME,
        Reason.EF_EXPIRED: Cure.TIME,
        Reason.ENDED_BY_PERSON: Cure.TIME,
        Reason.ENDED_UNSETTLED: Cure.WISH,
        Reason.CASE_REFUSED: Cure.TIME,
        Reason.NOT_SENT_BY_PURESERVICE: Cure.TIME,
        Reason.NOTHING_CAN_TELL: Cure.WISH,
    },
)


@dataclass(frozen=True, slots=True)
class Again:
    """A recipient that is sent to again: the row that is set aside, and the address to use now.

    ``doubted`` where an earlier letter has perhaps arrived: no later refusal can prove that it did not.
    """

    old: Recipient
    address: str
    doubted: bool


def choose(
    rows: Iterable[Recipient], now_known: Mapping[Who, Member], scenario: Scenario, *, uncertain: bool
) -> list[Again]:
    """Whom to send to again; ``rows`` are all of the dispatch, those set aside too: they hold doubts of their own.

    A person's wish to send to the uncertain covers each of them once, at the address that is in doubt.
    """
    every = list(rows)
    sent = SentTo(every, scenario)
    again: list[Again] = []
    # An address that is in doubt is named by the row that is in doubt, not by one that was corrected to it.
    for row in sorted((row for row in every if not row.superseded), key=_not_uncertain):
        address = _address_for(row, now_known.get((row.kind, row.source_id)))
        if address is None or sent.is_taken(row, address=address):
            continue
        doubted = sent.is_perhaps_sent(row, address=address)
        if doubted and not (uncertain and address == row.address):
            continue
        if row.state is RecipientState.UNCERTAIN and not uncertain:
            continue
        sent.take(row, address=address)
        again.append(Again(row, address, doubted))
    return sorted(again, key=lambda item: (item.old.batch, item.old.index))


def _not_uncertain(row: Recipient) -> bool:
    return row.state is not RecipientState.UNCERTAIN


def _address_for(row: Recipient, member: Member | None) -> str | None:
    """Where a letter might go now; None where it can't. eFormidling needs no address."""
    if row.state is RecipientState.UNCERTAIN:
        return row.address
    cure = CURES[row.reason] if row.reason else Cure.NOTHING
    if cure is Cure.TIME:
        return row.address if member is None or row.channel is Channel.EFORMIDLING else _address_now(member)
    if cure is not Cure.ADDRESS or member is None:
        return None
    address, reason = usable_address(member)
    corrected = row.state is RecipientState.SKIPPED or addresses.identity(address) != addresses.identity(row.address)
    return address if reason is None and corrected else None


def _address_now(member: Member) -> str | None:
    """Where the member is written to today: corrected since, or not at all any more."""
    address, reason = usable_address(member)
    return address if reason is None else None
