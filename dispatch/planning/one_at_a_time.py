"""One dispatch of a ticket at a time: the ticket's status is the stop button of them all, and its solution is one.

Two dispatches have no row in common that both could write. So each ticket has a row that names the one which may run:
whoever is about to plan, send or report takes the ticket first, and nobody takes it from a dispatch that is not
finished. The order makes it hold: one's own row says first that one is not finished, then the ticket is taken, then one
begins.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dispatch.core import FINISHED, Dispatch, DispatchState, LostRace, Scenario, TicketId
from dispatch.services import Services

QUEUED = "queued"  # the owner of a dispatch that the queue holds a message for
RUNS = frozenset({DispatchState.SENDING, DispatchState.RESOLVING})


async def unfinished(ticket_id: TicketId, services: Services) -> Sequence[Dispatch]:
    """The ticket's dispatches that are not finished, oldest first, whether or not their messages still stand on it.

    Answers to end users do not count: the ticket's status says nothing of them.
    """
    found: list[Dispatch] = []
    for line in await services.ledger.active():
        if line.ticket != ticket_id:
            continue
        dispatch = await services.ledger.dispatch(line.key)
        if dispatch is not None and dispatch.state not in FINISHED and dispatch.scenario is not Scenario.REPLY:
            found.append(dispatch)
    return found


def is_planned_now(dispatch: Dispatch, now: datetime) -> bool:
    """Whether a planner is at work on it."""
    lease = dispatch.lease
    return lease.owner not in ("", QUEUED) and lease.until is not None and lease.until > now


def _waits_to_be_planned(dispatch: Dispatch, now: datetime) -> bool:
    return dispatch.state is DispatchState.PLANNING and not is_planned_now(dispatch, now)


async def take(dispatch: Dispatch, services: Services, *, from_stopped: bool = False) -> bool:
    """Makes the ticket this dispatch's; False while another has it.

    One whose planning waits gives way, and takes the ticket anew when it is planned. With ``from_stopped`` one that is
    stopped gives way too: a person chose this one.
    """
    held = await services.ledger.hold(dispatch.ticket_id)
    try:
        if held.dispatch is None:
            # A version before may have begun one without taking the ticket.
            others = await unfinished(dispatch.ticket_id, services)
            if any(other.state in RUNS and other.key != dispatch.key for other in others):
                return False
        elif held.dispatch != dispatch.key:
            other = await services.ledger.dispatch(held.dispatch)
            if other is not None and other.state not in FINISHED and other.ticket_id == dispatch.ticket_id:
                stopped = from_stopped and other.state is DispatchState.STOPPED
                if not (stopped or _waits_to_be_planned(other, services.clock())):
                    return False
                await services.ledger.save(other)  # whoever was about to let it go on has read an older version
        await services.ledger.save_hold(replace(held, dispatch=dispatch.key))
    except LostRace:
        return False
    return True
