"""What the timer does: release what is planned, then ask for what is new to be planned.

Nothing that a ticket holds is composed here: that is done in an invocation of its own, after everybody's letters are on
their way, so that no ticket can keep another waiting.
"""

import logging
from collections.abc import Awaitable, Callable

from dispatch.answering import find_replies
from dispatch.closing import resume, retention, sweep
from dispatch.collecting import collect
from dispatch.core import (
    BadConfiguration,
    Dispatch,
    DispatchError,
    LostRace,
    Scenario,
    Ticket,
    TicketSystemError,
    TicketSystemRefused,
)
from dispatch.core import DispatchState as D
from dispatch.pacing import release_due
from dispatch.planning import (
    Candidate,
    Ready,
    Wanted,
    candidate_for,
    find,
    follow,
    plan_requests,
    preview_note,
    refusal,
    rejection,
)
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import long_waits, progress, progress_notes, standing_notes

log = logging.getLogger(__name__)


async def run(services: Services) -> None:
    """Handles one tick."""
    ready = await _find(services)
    sending = await sweep.sweep_up(services, ready=ready.standing if ready else None)
    # Without knowing which tickets still stand ready nothing new is released: a stop must take effect at once.
    released = await release_due(sending, services) if ready else 0
    asked = 0
    resumed: list[Dispatch] = []
    for ticket, scenario in ready.found if ready else ():
        asked += await _handle(ticket, scenario, resumed, services)
    released += await release_due(resumed, services)
    if ready:
        await progress_notes.tell([*sending, *resumed], services)
    await long_waits.tell(sending, services)
    await progress.tell(services)
    purged = await retention.purge(services)
    previews = await _apart("previews", lambda: preview_note.ask(services))
    planned = await _apart("answers", lambda: find_replies(services))
    returned = await _apart("returned mail", lambda: collect(services))
    event(
        log,
        Action.TICK_DONE,
        found=len(ready.found) if ready else None,
        asked=asked,
        previews=previews,
        planned=planned,
        sending=len(sending),
        released=released,
        purged=purged,
        returned=returned,
        credentials_days_left=services.settings.credentials_days_left(services.clock()),
    )


async def _find(services: Services) -> Ready | None:
    try:
        return await find(services)
    except TicketSystemError as error:
        event(log, Action.TICK_BLIND, level=logging.WARNING, status=error.status, error=error.message[:200])
    except BadConfiguration as error:
        event(log, Action.TICK_BLIND, level=logging.ERROR, error=str(error))
    return None


async def _apart(what: str, work: Callable[[], Awaitable[int]]) -> int:
    """Work whose fault is nobody else's."""
    try:
        return await work()
    except TicketSystemError as error:
        event(log, Action.TICK_BLIND, level=logging.WARNING, status=error.status, error=error.message[:200])
    except Exception:
        log.exception("%s could not be looked for", what)
    return 0


async def _handle(ticket: Ticket, scenario: Scenario, resumed: list[Dispatch], services: Services) -> bool:
    """Does what the ready ticket asks for; whether its planning was asked for."""
    candidate = await candidate_for(ticket, scenario, services)
    if candidate is None:
        event(log, Action.TICKET_WAITS, level=logging.WARNING, ticket=ticket.id, why="it can't be read")
        return False
    try:
        match candidate.wanted:
            case Wanted.PLAN | Wanted.REJECT:
                return await plan_requests.ask(candidate, services)
            case Wanted.RESUME:
                assert candidate.known is not None
                await resume.by_ticket(candidate.known, candidate.ticket.id, services)
                going = await services.ledger.dispatch(candidate.key)
                resumed += (
                    [await _tell_beside(going, candidate, services)] if going and going.state is D.SENDING else []
                )
            case Wanted.ALREADY_SENT:
                await rejection.tell_already_sent(candidate, services)
            case Wanted.NOTHING:
                assert candidate.known is not None
                await _tell_beside(candidate.known, candidate, services)
    except LostRace:
        return False  # somebody was quicker: the next tick sees what is left to do
    except DispatchError as error:
        event(log, Action.TICKET_FAILED, level=logging.ERROR, dispatch=candidate.key, error=str(error)[:300])
        _log_that_it_waits(candidate, error)
        await _tell(candidate.known, error, services)
    except Exception as error:
        # The outermost loop: one ticket that meets a fault of ours must not keep the others from being sent.
        log.exception("ticket of dispatch %s could not be handled", candidate.key)
        _log_that_it_waits(candidate, error)
    return False


def _log_that_it_waits(candidate: Candidate, error: Exception) -> None:
    if candidate.wanted in (Wanted.PLAN, Wanted.REJECT):
        event(log, Action.TICKET_WAITS, level=logging.WARNING, dispatch=candidate.key, why=type(error).__name__)


async def _tell(dispatch: Dispatch | None, error: DispatchError, services: Services) -> None:
    """A refusal is the case worker's to know as well; what can't be said now is said at the next tick."""
    if dispatch is None or not isinstance(error, TicketSystemRefused):
        return
    try:
        await standing_notes.tell_refused(dispatch, refusal(error), services)
    except DispatchError as untold:
        event(log, Action.TICKET_FAILED, level=logging.ERROR, dispatch=dispatch.key, error=str(untold)[:300])


async def _tell_beside(going: Dispatch, candidate: Candidate, services: Services) -> Dispatch:
    if going.ticket_id != candidate.ticket.id:
        return going  # it is still another ticket's; once it stops there, it goes on here
    going = await follow(going, candidate.ticket, services)
    return await standing_notes.tell_beside(going, candidate.beside, services)
