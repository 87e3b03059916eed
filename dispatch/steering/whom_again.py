"""Whom to send to again, and where. Pure.

Those whose reason was passing, those whose address has been corrected since, and whoever has perhaps got the letter
only where a person names the uncertain. Everyone else keeps the outcome they have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dispatch.core import (
    CURES,
    Channel,
    Cure,
    Member,
    Recipient,
    RecipientState,
    Scenario,
    SentTo,
    addresses,
    identities,
)
from dispatch.planning import SharedLetters, Sharer, Who, usable_address


@dataclass(frozen=True, slots=True)
class Again:
    """A recipient that is sent to again: the row that is set aside, and the address to use now.

    ``doubted`` where an earlier letter has perhaps arrived: no later refusal can prove that it did not. ``shared``
    where the letter was another's at the same address: then there is no row to set aside.
    """

    old: Recipient
    address: str
    doubted: bool
    shared: bool = False


def choose(
    rows: Iterable[Recipient],
    now_known: Mapping[Who, Member],
    scenario: Scenario,
    *,
    uncertain: bool,
    sharing: Mapping[Who, Sharer] = MappingProxyType({}),
) -> list[Again]:
    """Whom to send to again; ``rows`` are all of the dispatch, those set aside too: they hold doubts of their own.

    A person's wish to send to the uncertain covers each of them once, at the address that is in doubt. Who shares an
    address is sent to as the recipient there is, unless the letter to that recipient reaches them too.
    """
    every = list(rows)
    sent = SentTo(every, scenario)
    again: list[Again] = []
    with_rows = [(row, False) for row in every if not row.superseded]
    without = [(row, True) for row in _sharers(every, now_known, sharing)]
    # An address that is in doubt is named by the row that is in doubt, not by one that was corrected to it.
    for row, shared in (*sorted(with_rows, key=_not_uncertain), *without):
        address = _address_for(row, now_known.get((row.kind, row.source_id)))
        if address is None or sent.is_taken(row, address=address):
            continue
        doubted = sent.is_perhaps_sent(row, address=address)
        same = identities(row, scenario, address=address) == identities(row, scenario)
        corrected = row.state is RecipientState.UNCERTAIN and not sent.is_perhaps_sent_besides(row, address=address)
        if doubted and not (uncertain and (same or corrected)):
            continue
        if row.state is RecipientState.UNCERTAIN and not uncertain:
            continue
        sent.take(row, address=address)
        # Who is in doubt at the address that stood there before is in doubt at the new one too.
        again.append(Again(row, address, doubted or row.state is RecipientState.UNCERTAIN, shared))
    return sorted(again, key=lambda item: (item.old.batch, item.old.index))


def _sharers(
    every: Iterable[Recipient], now_known: Mapping[Who, Member], sharing: Mapping[Who, Sharer]
) -> list[Recipient]:
    """How each who shares an address stands: as the letter to that address does."""
    letters = SharedLetters(sharing)
    for row in sorted(every, key=lambda row: (row.batch, row.index)):
        letters.add(row)
    return [
        Recipient(
            batch=row.batch,
            index=row.index,
            kind=who[0],
            source_id=who[1],
            name=now_known[who].name,
            address=row.address,
            state=row.state,
            organization_number=now_known[who].organization_number,
            channel=row.channel,
            reason=row.reason,
        )
        for who, _, row in letters.found()
        if who in now_known
    ]


def _not_uncertain(candidate: tuple[Recipient, bool]) -> bool:
    row, _ = candidate
    return row.state is not RecipientState.UNCERTAIN


def _address_for(row: Recipient, member: Member | None) -> str | None:
    """Where a letter might go now; None where it can't. eFormidling needs no address."""
    if member is not None and (member.anonymised or member.disabled):
        return None  # whatever is in doubt: nobody writes to them now
    cure = CURES[row.reason] if row.reason else Cure.NOTHING
    if row.channel is Channel.EFORMIDLING and cure in (Cure.TIME, Cure.WISH):
        # It needs no address; where e-mail comes in its place, it goes where the member is written to today.
        return row.address if member is None else _address_now(member) or ""
    if row.state is RecipientState.UNCERTAIN or cure is Cure.WISH:
        # An address that was corrected away is perhaps somebody else's.
        return row.address if member is None else _address_now(member)
    if cure is Cure.TIME:
        return row.address if member is None else _address_now(member)
    if cure is not Cure.ADDRESS or member is None:
        return None
    address, reason = usable_address(member)
    corrected = row.state is RecipientState.SKIPPED or addresses.identity(address) != addresses.identity(row.address)
    return address if reason is None and corrected else None


def _address_now(member: Member) -> str | None:
    """Where the member is written to today: corrected since, or not at all any more."""
    address, reason = usable_address(member)
    return address if reason is None else None
