"""The poison queues: a message whose work failed again and again ends here.

Both are safe however often they run, since all that they know they read from the ledger; and nothing depends on them:
the sweep finds the same batches and reports on its own.
"""

import logging
from datetime import timedelta

from dispatch.closing import second_chances
from dispatch.core import (
    Batch,
    BatchState,
    DispatchKey,
    DispatchState,
    LostRace,
    Recipient,
    ResolveTicket,
    SendBatch,
)
from dispatch.sending import admit, complete
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)


async def put_batch_back(message: SendBatch, services: Services) -> None:
    """Plans the batch anew after a pause; ends only those in it who can't be tried any more."""
    dispatch = await services.ledger.dispatch(message.dispatch)
    current = await services.ledger.batch(message.dispatch, message.batch)
    verdict = admit(message, dispatch, current, services.clock())
    if verdict is not None:
        # One that a worker holds after all is safe with it, and with the sweep should that worker die.
        why = f"poisoned, and {verdict.why}"
        event(log, Action.BATCH_DROPPED, dispatch=message.dispatch, batch=message.batch, why=why)
        return
    assert current is not None
    rows = await services.ledger.recipients(current)
    try:
        await _plan_anew(current, rows, services)
    except LostRace:
        event(log, Action.BATCH_DROPPED, dispatch=message.dispatch, batch=message.batch, why="poisoned, and taken")


async def _plan_anew(current: Batch, rows: list[Recipient], services: Services) -> None:
    now = services.clock()
    faulted = second_chances.noted(current, rows, now)
    patience = timedelta(hours=services.settings.dispatch_give_up_hours)
    given_up = second_chances.given_up(faulted, rows, now, patience=patience)
    planned = second_chances.ended(second_chances.postponed(faulted, now), rows, given_up)
    if given_up:
        await services.ledger.record(planned, given_up)
    else:
        await services.ledger.save_batch(planned)
    wake_operator(planned, services, ended=len(given_up))
    if planned.state is BatchState.RECORDED:
        await complete(planned.dispatch, services)


def wake_operator(batch: Batch, services: Services, *, ended: int = 0) -> None:
    """Wakes the operator: a batch that meets a fault of ours waits until that is put right."""
    pause = None if batch.due is None else round((batch.due - services.clock()).total_seconds())
    action = Action.BATCH_ABANDONED if ended else Action.BATCH_PUT_BACK
    event(
        log,
        action,
        level=logging.ERROR,
        dispatch=batch.dispatch,
        batch=batch.number,
        faults=batch.faults.in_a_row,
        seconds=pause,
        recipients=ended or None,
    )


async def report_unwritten(message: ResolveTicket, services: Services) -> None:
    """Wakes the operator where the report still is owed; the sweep asks for it again on its own."""
    if await _is_owed(message.dispatch, services):
        event(log, Action.RESOLVE_ABANDONED, level=logging.ERROR, dispatch=message.dispatch)
    else:
        event(log, Action.RESOLVE_DROPPED, dispatch=message.dispatch, why="poisoned, and not owed")


async def _is_owed(key: DispatchKey, services: Services) -> bool:
    """Whether everyone has an outcome, and nobody is writing the report or has written it."""
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state not in (DispatchState.SENDING, DispatchState.RESOLVING):
        return False
    if dispatch.lease.until is not None and dispatch.lease.until > services.clock():
        return False
    return all(batch.state is BatchState.RECORDED for batch in await services.ledger.batches(key))
