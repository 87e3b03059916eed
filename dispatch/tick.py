"""What the timer does: find, sweep, plan, release. One ticket's failure never stops the others."""

import logging

from dispatch.answering import find_replies
from dispatch.closing import retention, sweep
from dispatch.core import BadConfiguration, DispatchError, TicketSystemError
from dispatch.pacing import release_due
from dispatch.planning import Candidate, Ready, Step, find, planner, preview_note, rejection
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import long_waits, progress, progress_notes

log = logging.getLogger(__name__)


async def run(services: Services) -> None:
    """Handles one tick."""
    ready = await _find(services)
    planned = 0
    for candidate in ready.candidates if ready else ():
        planned += await _handle(candidate, services)
    planned += await _answers(services)
    sending = await sweep.sweep_up(services, ready=ready.tickets if ready else None)
    # Without knowing which tickets still stand ready nothing new is released: a stop must take effect at once.
    released = await release_due(sending, services) if ready else 0
    if ready:
        await progress_notes.tell(sending, services)
        await preview_note.answer(services)
    await long_waits.tell(sending, services)
    await progress.tell(services)
    purged = await retention.purge(services)
    event(
        log,
        Action.TICK_DONE,
        found=len(ready.candidates) if ready else None,
        planned=planned,
        sending=len(sending),
        released=released,
        purged=purged,
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


async def _answers(services: Services) -> int:
    try:
        return await find_replies(services)
    except TicketSystemError as error:
        event(log, Action.TICK_BLIND, level=logging.WARNING, status=error.status, error=error.message[:200])
    return 0


async def _handle(candidate: Candidate, services: Services) -> bool:
    try:
        match candidate.step:
            case Step.PLAN | Step.REJECT:
                return await planner.plan(candidate, services) is not None
            case Step.RESUME:
                assert candidate.known is not None
                await sweep.resume(candidate.known, services)
            case Step.ALREADY_SENT:
                await rejection.tell_already_sent(candidate, services)
            case Step.NOTHING:
                pass
    except DispatchError as error:
        event(log, Action.TICKET_FAILED, level=logging.ERROR, dispatch=candidate.key, error=str(error)[:300])
    except Exception:
        # The outermost loop: one ticket that meets a fault of ours must not keep the others from being sent.
        log.exception("ticket of dispatch %s could not be handled", candidate.key)
    return False
