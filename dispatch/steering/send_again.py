"""Sends again to those who were not reached, as new batches of the same dispatch. Only a person asks for it.

Whom: those whose reason was passing, those whose address has been corrected in Pureservice since, and the uncertain
ones only where that is asked for. Everyone else keeps the outcome they have.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Dispatch,
    DispatchKey,
    DispatchState,
    Member,
    MemberKind,
    Reason,
    Recipient,
    RecipientState,
    Rejected,
    Scenario,
    addresses,
)
from dispatch.planning import usable_address
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

PASSING = frozenset(
    {
        Reason.GAVE_UP,
        Reason.TRANSPORTS_REFUSED,
        Reason.ABANDONED,
        Reason.ENDED_BY_PERSON,
        Reason.POLICY_REFUSED,
        Reason.EF_UNREACHABLE,
        Reason.EF_FAILED,
        Reason.EF_EXPIRED,
        Reason.CASE_REFUSED,
        Reason.NOT_SENT_BY_PURESERVICE,
    }
)
ABOUT_THE_ADDRESS = frozenset(
    {Reason.NO_ADDRESS, Reason.INVALID_ADDRESS, Reason.LOCAL_ADDRESS, Reason.DISABLED, Reason.RECIPIENT_REFUSED}
)
MOST_IN_A_BATCH = 48  # each brings its old row along, and a transaction holds 100

Who = tuple[MemberKind, int]


@dataclass(frozen=True, slots=True)
class Again:
    """A recipient that is sent to again: the row that is set aside, and the address to use now."""

    old: Recipient
    address: str


async def retry(key: DispatchKey, services: Services, *, uncertain: bool = False) -> int:
    """Plans the new batches and puts the ticket back to its ready status; returns the number of recipients.

    Raises:
        Rejected: the dispatch is not finished, or there is nobody to send to again.
        LostRace: somebody else changed the dispatch meanwhile; what was planned till then stands.
    """
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state is not DispatchState.RESOLVED:
        raise Rejected(["Utsendelsen er ikke ferdig. Bare en ferdig utsendelse kan sendes på nytt."])
    ready = await services.statuses.named(services.ready_status_name(dispatch.scenario))
    rows = [row async for row in services.ledger.all_recipients(key) if not row.superseded]
    now_known = await members_now(dispatch, services)
    again = choose(rows, now_known, uncertain=uncertain)
    if not again or ready is None:
        raise Rejected(["Ingen av dem som ikke fikk meldingen, kan nås nå. Rett adressene i Pureservice først."])
    await services.ledger.revive(dispatch)
    for channel in dict.fromkeys(item.old.channel for item in again):
        alike = [item for item in again if item.old.channel is channel]
        for start in range(0, len(alike), MOST_IN_A_BATCH):
            dispatch = await _plan_batch(dispatch, alike[start : start + MOST_IN_A_BATCH], services)
    # Whoever retired it after we looked took its line out of the index again.
    await services.ledger.revive(dispatch)
    if dispatch.scenario is Scenario.REPLY:
        await services.ledger.save(replace(dispatch, state=DispatchState.SENDING))
    else:
        # The status is the stop button, so the ticket must stand in it while letters go out; the tick then goes on.
        await services.tickets.set_status(dispatch.ticket_id, ready.id)
    event(log, Action.RETRIED, dispatch=key, recipients=len(again))
    return len(again)


def choose(rows: Iterable[Recipient], now_known: Mapping[Who, Member], *, uncertain: bool) -> list[Again]:
    """Whom to send to again, and where. Pure. Nobody gets a letter at an address that has had one."""
    kept = list(rows)
    taken = {_identity(row, row.address) for row in kept if row.state is RecipientState.DELIVERED}
    again: list[Again] = []
    for row in kept:
        address = _address_for(row, now_known.get((row.kind, row.source_id)), uncertain=uncertain)
        if address is None:
            continue
        identity = _identity(row, address)
        if identity and identity not in taken:
            taken.add(identity)
            again.append(Again(row, address))
    return again


def _identity(row: Recipient, address: str) -> str:
    """What must not get the letter twice: the address, or the organisation that eFormidling reaches."""
    if row.channel is Channel.EFORMIDLING:
        return row.organization_number
    return addresses.identity(address)


def _address_for(row: Recipient, member: Member | None, *, uncertain: bool) -> str | None:
    """Where to send to again; None where not at all. eFormidling needs no address."""
    if row.state is RecipientState.UNCERTAIN:
        return row.address if uncertain else None
    if row.reason in PASSING:
        return row.address
    if row.reason not in ABOUT_THE_ADDRESS or member is None:
        return None
    address, reason = usable_address(member)
    corrected = row.state is RecipientState.SKIPPED or addresses.identity(address) != addresses.identity(row.address)
    return address if reason is None and corrected else None


async def members_now(dispatch: Dispatch, services: Services) -> dict[Who, Member]:
    """Everyone on the ticket's lists as they stand in Pureservice now."""
    found: dict[Who, Member] = {}
    for mailing_list in await services.tickets.mailing_lists(dispatch.ticket_id):
        async for member in services.tickets.members(mailing_list.id):
            found[member.kind, member.id] = member
    return found


async def _plan_batch(dispatch: Dispatch, again: list[Again], services: Services) -> Dispatch:
    number = dispatch.plan.batches
    planned = [
        Recipient(
            batch=number,
            index=index,
            kind=item.old.kind,
            source_id=item.old.source_id,
            name=item.old.name,
            address=item.address,
            organization_number=item.old.organization_number,
            channel=item.old.channel,
            state=RecipientState.PLANNED,
            own_ticket=replace(item.old.own_ticket, note=""),
            detour=item.old.detour,
        )
        for index, item in enumerate(again)
    ]
    batch = Batch(
        dispatch=dispatch.key,
        number=number,
        state=BatchState.PLANNED,
        size=len(planned),
        to_send=len(planned),
        channel=again[0].old.channel,
    )
    wished = replace(
        dispatch,
        # Until the ticket stands ready again: a tick in between would take a sending one for stopped, and tell so.
        state=DispatchState.STOPPED,
        told=replace(dispatch.told, stops=dispatch.rounds.stops),
        plan=replace(
            dispatch.plan,
            batches=number + 1,
            skipped=dispatch.plan.skipped - sum(item.old.state is RecipientState.SKIPPED for item in again),
        ),
        rounds=replace(dispatch.rounds, current=dispatch.rounds.current + (dispatch.state is DispatchState.RESOLVED)),
        resolved_at=None,
        changed=services.clock(),
    )
    # One transaction: from one instant to the next the old row stops counting and the new one begins to.
    set_aside = [replace(item.old, superseded=True) for item in again]
    return await services.ledger.write_batch(wished, batch, [*planned, *set_aside])
