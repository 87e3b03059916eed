"""A ticket's status is the stop button: leaving the ready status stops the dispatch."""

import logging
from dataclasses import replace

from dispatch.core import Dispatch, DispatchState, LostRace, Scenario, TicketSystemBusy
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

UNTIL_NAMED = 300.0  # seconds


async def stop(dispatch: Dispatch, services: Services, *, pressed: bool = False) -> None:
    """Marks the dispatch as stopped by a person. If another write came first there is nothing to do."""
    stopped = replace(
        dispatch,
        state=DispatchState.STOPPED,
        rounds=replace(dispatch.rounds, stops=dispatch.rounds.stops + 1, stop_pressed=pressed),
        changed=services.clock(),
    )
    try:
        await services.ledger.save(stopped)
    except LostRace:
        return
    finally:
        services.memory.heads.forget(dispatch.key)
    event(log, Action.STOPPED, dispatch=dispatch.key)


async def still_ready(dispatch: Dispatch, services: Services) -> bool:
    """Whether the ticket stands in the status that started the dispatch: changing it is the stop button.

    A remembered status is enough to go on; before anything is stopped the ticket is looked at again, since a person may
    just have set it back.
    """
    if dispatch.scenario is Scenario.REPLY:
        return True
    ready = await services.statuses.named(services.ready_status_name(dispatch.scenario))
    if ready is None:
        # Nobody has moved the ticket: the status has another name by now, or this answer came without it.
        raise TicketSystemBusy("GET", "status", message="no status of the configured name", retry_after=UNTIL_NAMED)
    for anew in (False, True):
        if await services.watch.status_of(dispatch.ticket_id, anew=anew) == ready.id:
            return True
    return False
