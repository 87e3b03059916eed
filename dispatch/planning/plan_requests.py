"""From a ready ticket to a message on the queue of plans, and from the message to the plan.

The timer only asks: what a ticket holds is read and composed in an invocation of its own, so that one that kills or
outlasts its process keeps nobody else waiting. The dispatch's row is written before the message and says until when the
message is trusted to come; how often planning was begun and came to no end stands there too, and not in the message.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import (
    NOT_HELD,
    Dispatch,
    DispatchKey,
    DispatchState,
    Lease,
    LostRace,
    PlanDispatch,
    TicketSystemBusy,
    TicketSystemError,
    ticket_of,
)
from dispatch.pacing import release_due
from dispatch.planning import plan_claims, planner, ready_tickets
from dispatch.planning.candidates import Candidate, Wanted
from dispatch.planning.one_at_a_time import QUEUED, is_planned_now, take
from dispatch.planning.rejection import reject
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import progress_notes

log = logging.getLogger(__name__)

SOONEST_AGAIN = 60.0  # seconds
UNTIL_KEY_IS_FIXED = 300.0
WAITS = frozenset({DispatchState.PLANNING, DispatchState.REJECTING})


async def ask(candidate: Candidate, services: Services) -> bool:
    """Asks for the ready ticket to be planned, or its ticket to say why it can't be; False where that is under way."""
    if not await _withdraw(candidate.instead_of, services):
        return False
    candidate = replace(candidate, known=candidate.known or await services.ledger.dispatch(candidate.key))
    _tell_who_waits(candidate.known, services.clock())
    patience = timedelta(seconds=services.settings.dispatch_sweep_seconds)
    asked = await plan_claims.claim(candidate, services, Lease(QUEUED, services.clock() + patience))
    if asked is None:
        return False
    await services.queues.put_plan(PlanDispatch(dispatch=asked.key))
    return True


def _tell_who_waits(known: Dispatch | None, now: datetime) -> None:
    """One that an earlier tick asked for, and that is not planned. A pause or two of a long list is no news."""
    if known is None or known.state not in WAITS or is_planned_now(known, now):
        return
    if 0 < known.plan.put_off < plan_claims.NOTED_AFTER_PAUSES:
        return
    begun = known.plan.tries or known.plan.put_off
    since = known.plan.asked or known.created
    event(
        log,
        Action.TICKET_WAITS,
        level=logging.WARNING,
        dispatch=known.key,
        seconds=round((now - since).total_seconds()),
        tries=known.plan.tries,
        why="planning was begun and came to no end" if begun else "no plan_dispatch has begun it",
    )


async def _withdraw(others: Sequence[Dispatch], services: Services) -> bool:
    """Ends what was begun of messages that the ticket no longer asks for, whoever is at work on it; nothing was sent.

    False where one of them has come further meanwhile: the next tick sees what it is now.
    """
    try:
        for other in others:
            withdrawn = replace(other, state=DispatchState.REJECTED, lease=NOT_HELD, changed=services.clock())
            await services.ledger.retire(await services.ledger.save(withdrawn))
    except LostRace:
        return False
    return True


async def run(message: PlanDispatch, services: Services) -> None:
    """Handles one message of the queue ``dispatch-plans``: plans, and releases what is due of it."""
    try:
        await _answer(message.dispatch, services)
    except TicketSystemError as error:
        # Whatever was begun stands in the ledger, a rejection too; it goes on when Pureservice can be asked.
        if not (isinstance(error, TicketSystemBusy) or error.is_about_our_key):
            raise
        event(log, Action.PLAN_INTERRUPTED, level=logging.WARNING, dispatch=message.dispatch, status=error.status)
        wait = error.retry_after if isinstance(error, TicketSystemBusy) else UNTIL_KEY_IS_FIXED
        await _put_back(message, max(wait, SOONEST_AGAIN), services)


async def _put_back(message: PlanDispatch, wait: float, services: Services) -> None:
    """It comes again, and no tick asks beside it meanwhile: or each round would add one, for as long as it lasts."""
    known, now = await services.ledger.dispatch(message.dispatch), services.clock()
    if known is None or known.state not in WAITS or is_planned_now(known, now):
        return
    until = now + timedelta(seconds=wait + services.settings.dispatch_sweep_seconds)
    try:
        await services.ledger.save(replace(known, lease=Lease(QUEUED, until)))
    except LostRace:
        return  # another has it
    await services.queues.put_plan(message, delay=wait)


async def _answer(key: DispatchKey, services: Services) -> None:
    candidate = await _candidate(key, services)
    if candidate is None or candidate.wanted not in (Wanted.PLAN, Wanted.REJECT):
        # It is under way, or the ticket has changed; what it asks for now, the next tick sees.
        event(log, Action.PLAN_DROPPED, dispatch=key)
        await _ask_anew(key, services)
        return
    whole = await planner.plan(candidate, services)
    if whole is not None and whole.state is DispatchState.SENDING and await _stands_ready(whole, services):
        await release_due([whole], services)
        await progress_notes.tell([whole], services)


async def give_up(message: PlanDispatch, services: Services) -> None:
    """Handles a message that failed five times: the case worker is told. May be repeated.

    Where planning was not begun so often, something else was at fault, and no ticket answers for that: the next tick
    asks again.
    """
    dispatch = await services.ledger.dispatch(message.dispatch)
    if dispatch is None or dispatch.state not in WAITS or is_planned_now(dispatch, services.clock()):
        event(log, Action.PLAN_DROPPED, dispatch=message.dispatch, why="poisoned, and obsolete")
        return
    event(log, Action.PLAN_ABANDONED, level=logging.ERROR, dispatch=dispatch.key, tries=dispatch.plan.tries)
    if dispatch.state is DispatchState.REJECTING or dispatch.plan.tries < plan_claims.MOST_TRIES:
        await _ask_anew(dispatch.key, services)
        return
    ticket = await services.tickets.ticket(dispatch.ticket_id)
    if ticket is not None and await take(dispatch, services, from_stopped=True):
        await reject(dispatch, [planner.TOO_MANY_TRIES], ticket, services)


async def _candidate(key: DispatchKey, services: Services) -> Candidate | None:
    """What the ticket asks for now; None where it is no longer about this dispatch."""
    begun = await services.ledger.dispatch(key)
    ticket = await services.tickets.ticket(begun.ticket_id if begun else ticket_of(key))
    if ticket is None:
        return None
    for scenario in ready_tickets.STARTED_BY_STATUS:
        status = await services.statuses.named(services.ready_status_name(scenario))
        if status is not None and status.id == ticket.status_id:
            found = await ready_tickets.candidate_for(ticket, scenario, services)
            return found if found and found.key == key else None
    return None


async def _ask_anew(key: DispatchKey, services: Services) -> None:
    """Lets the next tick ask again, should the ticket still stand ready."""
    known = await services.ledger.dispatch(key)
    if known is None or known.state not in WAITS or is_planned_now(known, services.clock()):
        return
    try:
        await services.ledger.save(replace(known, lease=NOT_HELD))
    except LostRace:
        return


async def _stands_ready(dispatch: Dispatch, services: Services) -> bool:
    """Whether nobody has stopped it meanwhile; where that can't be asked the next tick releases it."""
    ready = await services.statuses.named(services.ready_status_name(dispatch.scenario))
    try:
        status = await services.watch.status_of(dispatch.ticket_id, anew=True)
    except TicketSystemBusy:
        return False
    return ready is not None and status == ready.id
