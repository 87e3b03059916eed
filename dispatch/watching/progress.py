"""How far each dispatch has come, and what a batch took: numbers for the workbook and the alerts."""

import logging
from collections.abc import Sequence
from datetime import datetime

from dispatch.core import Batch, BatchState, Dispatch, DispatchKey, DispatchState, Recipient, Transport
from dispatch.services import Services
from dispatch.telemetry import Action, apart, event

log = logging.getLogger(__name__)

WAITING_ON_PURPOSE = 1800.0  # seconds; no refusal or throttling puts a batch off for longer


async def tell(services: Services) -> None:
    """Writes one line for each active dispatch. A stopped one waits for its case worker and is left out."""
    now = services.clock()
    for line in await services.ledger.active():
        with apart(log, line.key):
            await _tell(line.key, now, services)


async def _tell(key: DispatchKey, now: datetime, services: Services) -> None:
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state is DispatchState.STOPPED:
        return
    batches = await services.ledger.batches(key) if dispatch.state is DispatchState.SENDING else []
    event(log, Action.PROGRESS, dispatch=key, state=dispatch.state, **numbers(dispatch, batches, now))


def numbers(dispatch: Dispatch, batches: Sequence[Batch], now: datetime) -> dict[str, int]:
    """What a line of progress says. Pure.

    ``done`` grows with every window that is recorded. ``waiting`` says that nothing is due: the pace, the quota of the
    day or the send window holds every letter back, and an hour without progress is nobody's fault.
    """
    outcomes = {
        "delivered": sum(batch.counts.delivered for batch in batches),
        "returned": sum(batch.counts.returned for batch in batches),
        "failed": sum(batch.counts.failed for batch in batches),
        "uncertain": sum(batch.counts.uncertain for batch in batches),
    }
    left = [batch for batch in batches if batch.state is not BatchState.RECORDED]
    return {
        "recipients": dispatch.plan.recipients - dispatch.plan.skipped,
        "done": sum(outcomes.values()),
        **outcomes,
        "under_way": sum(batch.counts.under_way for batch in batches),
        "batches": dispatch.plan.batches,
        "recorded": len(batches) - len(left),
        "waiting": bool(left) and all(_waits(batch, now) for batch in left),
        "late": max((_late(batch, now) for batch in left), default=0),
        "age": round((now - dispatch.created).total_seconds()),
        "planning": _planning(dispatch, now),
    }


def _waits(batch: Batch, now: datetime) -> bool:
    if batch.state is BatchState.PLANNED:
        return True
    sent = batch.counts.attempted + batch.counts.under_way
    if batch.counts.under_way and sent >= batch.to_send:
        return True  # only receipts are missing, and they come when they come
    return batch.due is not None and (batch.due - now).total_seconds() > WAITING_ON_PURPOSE


def _planning(dispatch: Dispatch, now: datetime) -> int:
    """Seconds since the ticket was seen ready, where the plan is not whole yet."""
    if dispatch.state is not DispatchState.PLANNING:
        return 0
    return round((now - (dispatch.plan.asked or dispatch.created)).total_seconds())


def _late(batch: Batch, now: datetime) -> int:
    """Seconds since a batch on the queue was due and nobody took it: the queue's age."""
    if batch.state is not BatchState.RELEASED or batch.due is None:
        return 0
    return max(0, round((now - batch.due).total_seconds()))


def measured(rows: Sequence[Recipient], now: datetime) -> dict[str, int]:
    """What carried the letters of a batch, and how long it took from its first attempt."""
    begun = min((row.attempt.first for row in rows if row.attempt.first), default=now)
    return {
        **{name.name.lower(): sum(row.attempt.transport is name for row in rows) for name in Transport},
        "seconds": round((now - begun).total_seconds()),
    }
