"""Lets a stopped dispatch go on, because its ticket stands ready again or because a person wants it."""

import logging
from dataclasses import replace

from dispatch.closing import approval
from dispatch.closing.end_now import UNRECORDED
from dispatch.core import NOT_HELD, BatchState, Dispatch, DispatchState, Faults, LostRace, Refusals, TicketId
from dispatch.planning import take
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)


async def by_ticket(dispatch: Dispatch, ticket_id: TicketId, services: Services) -> None:
    """Lets a stopped dispatch go on; batches whose messages were dropped meanwhile are released anew.

    It goes on in the ticket that its message stands in now: tickets may be merged.
    """
    ready = await services.statuses.named(services.ready_status_name(dispatch.scenario))
    ticket = await services.tickets.ticket(ticket_id)
    if ready is None or ticket is None or ticket.status_id != ready.id:
        # A button was pressed after the tick had listed the tickets, and before it read the ledger.
        return
    try:
        if dispatch.ticket_id != ticket.id:
            moved = replace(dispatch, ticket_id=ticket.id, request_number=ticket.number)
            await services.ledger.revive(moved)  # before: who dies in between leaves one that is found by its message
            dispatch = await services.ledger.save(moved)
        if approval.waits(dispatch):
            approved = await approval.may_go(dispatch, ticket, services)
            if approved is None:
                return
            dispatch = approved
        if not await take(dispatch, services):
            return
    except LostRace:
        return
    await by_person(dispatch, services)


async def by_person(dispatch: Dispatch, services: Services) -> None:
    """The same where no ticket's status says it. What was refused is tried for as long anew: a person wants it."""
    now = services.clock()
    times = replace(dispatch.rounds.times, counted_from=now)
    going = replace(dispatch.rounds, ended=0, opening=0, going_on=None, stop_pressed=False, broken=False, times=times)
    try:
        for batch in await services.ledger.batches(dispatch.key, states=UNRECORDED):
            if batch.lease.until is not None and batch.lease.until > now:
                continue  # a worker has it: written under its hands, what it has sent would be in doubt
            anew = replace(batch, refusals=Refusals(), faults=Faults())
            if batch.state is not BatchState.PLANNED:
                anew = replace(anew, state=BatchState.PLANNED, due=None, lease=NOT_HELD)
            if anew != batch:
                await services.ledger.save_batch(anew)
        await services.ledger.save(replace(dispatch, state=DispatchState.SENDING, rounds=going, changed=now))
        await services.ledger.revive(dispatch)
    except LostRace:
        return
    event(log, Action.RESUMED, dispatch=dispatch.key)
