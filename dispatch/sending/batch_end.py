"""How a worker puts a batch down: recorded, stopped, or back to the queue for as long as it must rest."""

import contextlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import NOT_HELD, Batch, BatchState, LostRace, Reason, RecipientState, Refusals, SendBatch
from dispatch.pacing import slots
from dispatch.sending import outcomes
from dispatch.sending.batch_work import BatchWork
from dispatch.sending.completion import complete
from dispatch.sending.email_fallback import fall_back
from dispatch.sending.rest import DONE, Rest
from dispatch.sending.stop_button import stop
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import measured

log = logging.getLogger(__name__)

LONGEST_WAIT = 3600.0
REFUSED_WAIT = (60.0, 300.0, 900.0, 1800.0)  # while every transport refuses, the operator is given time


async def end(message: SendBatch, work: BatchWork, rest: Rest) -> None:
    """Puts the batch down as ``rest`` says."""
    now = work.now()
    if work.brakes.refused_by_all:
        rest = _after_refusal(work, now)
    await fall_back(work.dispatch, work.rows, work.services)
    if rest is DONE:
        await _recorded(work, now)
        return
    if work.brakes.throttled_until:
        await _rest_mailbox(work, work.brakes.throttled_until, rest)
    if rest.why == "stopped":
        await work.rows.write(state=BatchState.PLANNED, change=lambda batch: replace(batch, due=None))
        await stop(work.dispatch, work.services)
        return
    await _handed_back(message, work, rest, now)


async def put_back(message: SendBatch, services: Services, *, seconds: float, why: str) -> None:
    """Puts the message back on the queue, visible after so many seconds."""
    await services.queues.put_batch(message, delay=seconds)
    event(
        log, Action.BATCH_HANDED_BACK, dispatch=message.dispatch, batch=message.batch, seconds=round(seconds), why=why
    )


async def plan_for(batch: Batch, due: datetime, services: Services, *, why: str) -> None:
    """Lets the batch be released anew when its time comes: no message lies on the queue for so long."""
    with contextlib.suppress(LostRace):
        await services.ledger.save_batch(replace(batch, state=BatchState.PLANNED, due=due, lease=NOT_HELD))
    seconds = round((due - services.clock()).total_seconds())
    event(log, Action.BATCH_HANDED_BACK, dispatch=batch.dispatch, batch=batch.number, seconds=seconds, why=why)


async def _recorded(work: BatchWork, now: datetime) -> None:
    await work.rows.write(state=BatchState.RECORDED)
    batch = work.rows.batch
    event(
        log,
        Action.BATCH_RECORDED,
        dispatch=work.dispatch.key,
        batch=batch.number,
        delivered=batch.counts.delivered,
        failed=batch.counts.failed,
        uncertain=batch.counts.uncertain,
        **measured(work.rows.all, now),
    )
    await complete(work.dispatch.key, work.services)


async def _rest_mailbox(work: BatchWork, until: datetime, rest: Rest) -> None:
    resting = round(rest.seconds or 0)
    event(log, Action.MAILBOX_THROTTLED, level=logging.WARNING, dispatch=work.dispatch.key, seconds=resting)
    await slots.rest(work.services.ledger, work.services.sender_of(work.rows.batch.channel), until)


async def _handed_back(message: SendBatch, work: BatchWork, rest: Rest, now: datetime) -> None:
    wait = rest.seconds or 0.0
    if _only_waits(work) and wait > work.services.settings.dispatch_release_ahead_seconds:
        # Receipts may take days. The timer releases the batch when it is due, and the queue stays short.
        due = now + timedelta(seconds=wait)
        await work.rows.write(state=BatchState.PLANNED, change=lambda batch: replace(batch, due=due))
        return
    if rest.why != "outside the send window":
        wait = min(wait, LONGEST_WAIT)
    refused = work.brakes.refused_by_all

    def waiting(batch: Batch) -> Batch:
        return replace(
            batch,
            due=now + timedelta(seconds=wait),
            refusals=Refusals(batch.refusals.in_a_row + 1, batch.refusals.since or now) if refused else Refusals(),
        )

    await work.rows.write(state=BatchState.RELEASED, change=waiting)
    await put_back(message, work.services, seconds=wait, why=rest.why)


def _only_waits(work: BatchWork) -> bool:
    """Whether all that is left is receipts that are not due to be asked for."""
    return all(row.state is RecipientState.UNDER_WAY for row in work.rows.left)


def _after_refusal(work: BatchWork, now: datetime) -> Rest:
    batch = work.rows.batch
    give_up = timedelta(hours=work.services.settings.dispatch_give_up_hours)
    if batch.refusals.since and now - batch.refusals.since >= give_up:
        _fail_the_refused(work, now)
        return DONE if all(row.has_outcome for row in work.rows.all) else Rest(REFUSED_WAIT[0], "refused")
    return Rest(REFUSED_WAIT[min(batch.refusals.in_a_row, len(REFUSED_WAIT) - 1)], "refused")


def _fail_the_refused(work: BatchWork, now: datetime) -> None:
    refusal = work.transports.last_refusal
    for row in work.rows.all:
        if row.state is RecipientState.PLANNED:
            failed = outcomes.ended(row, RecipientState.FAILED, Reason.TRANSPORTS_REFUSED, now, detail=refusal)
            work.rows.note(failed)
