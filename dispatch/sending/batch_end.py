"""How a worker puts a batch down: recorded, stopped, or back to the queue for as long as it must rest."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from dispatch.core import (
    NOT_HELD,
    Batch,
    BatchState,
    LostRace,
    RecipientState,
    Refusal,
    SendBatch,
)
from dispatch.pacing import slots
from dispatch.sending.admission import FEWEST_SECONDS
from dispatch.sending.batch_work import BatchWork
from dispatch.sending.breaker import TOO_MANY, break_off
from dispatch.sending.email_fallback import fall_back, fall_back_refused
from dispatch.sending.passing_on import is_free_to_move, moves_on, pass_on, put_down
from dispatch.sending.refusals import refusals_of
from dispatch.sending.rest import DONE, Rest
from dispatch.sending.stop_button import stop
from dispatch.services import Services
from dispatch.settings import sender_of
from dispatch.telemetry import Action, event
from dispatch.watching import measured

log = logging.getLogger(__name__)

LONGEST_WAIT = 3600.0
HELD = Rest(None, "held")
REFUSED_WAIT = (60.0, 300.0, 900.0, 1800.0)  # while every transport refuses, the operator is given time


async def end(message: SendBatch, work: BatchWork, rest: Rest) -> None:
    """Puts the batch down as ``rest`` says."""
    now = work.now()
    moves = await moves_on(work)
    if not moves and (work.brakes.refused or _is_throttled_for_good(work)):
        rest = await _after_refusal(work)
    await fall_back(work.dispatch, work.rows, work.services)
    if rest is DONE:
        await _recorded(work, now)
        return
    if work.brakes.throttled_until:
        await _rest_mailbox(work, work.brakes.throttled_until, rest)
    if rest.why == "stopped":
        await work.rows.write(state=BatchState.PLANNED, change=lambda batch: put_down(work, batch))
        await stop(work.dispatch, work.services)
        return
    if rest is TOO_MANY:
        await work.rows.write(state=BatchState.PLANNED, change=lambda batch: replace(batch, due=None))
        await break_off(work.dispatch.key, work.services)
        return
    if rest is HELD:
        await _held(work)
        return
    if moves:
        await pass_on(work, rest)
        return
    await _handed_back(message, work, rest, now)


async def put_back(message: SendBatch, services: Services, *, seconds: float, why: str) -> None:
    """Puts the message back on the queue, visible after so many seconds."""
    await services.queues.put_batch(message.without_row(), delay=seconds)
    event(
        log, Action.BATCH_HANDED_BACK, dispatch=message.dispatch, batch=message.batch, seconds=round(seconds), why=why
    )


async def plan_for(message: SendBatch, batch: Batch, due: datetime, services: Services, *, why: str) -> None:
    """Lets the batch be released anew when its time comes: no message lies on the queue for so long."""
    try:
        mailbox = batch.mailbox if batch.attempts else ""
        planned = replace(batch, state=BatchState.PLANNED, mailbox=mailbox, due=due, lease=NOT_HELD)
        await services.ledger.save_batch(planned)
    except LostRace:
        if message.row:
            await put_back(message, services, seconds=FEWEST_SECONDS, why="changed since its release")
        return
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


async def _rest_mailbox(work: BatchWork, until: datetime, rest: Rest) -> None:
    resting = round(rest.seconds or 0)
    event(log, Action.MAILBOX_THROTTLED, level=logging.WARNING, dispatch=work.dispatch.key, seconds=resting)
    sender = sender_of(work.rows.batch, work.services.settings)
    await slots.rest(work.services.memory.senders, sender.name, until, rate=sender.rate, now=work.now())


async def _handed_back(message: SendBatch, work: BatchWork, rest: Rest, now: datetime) -> None:
    wait = rest.seconds or 0.0
    if _only_waits(work) and wait > work.services.settings.dispatch_release_ahead_seconds:
        # Receipts may take days. The timer releases the batch when it is due, and the queue stays short.
        due = now + timedelta(seconds=wait)
        await work.rows.write(state=BatchState.PLANNED, change=lambda batch: replace(batch, due=due))
        return
    if rest.why != "outside the send window":
        wait = min(wait, LONGEST_WAIT)
    if work.brakes.refused and is_free_to_move(work):  # whichever mailbox takes letters then
        due = now + timedelta(seconds=wait)
        refusals = refusals_of(work, now, wait)
        change = partial(put_down, work, due=due, refusals=refusals)
        await work.rows.write(state=BatchState.PLANNED, change=change)
        return

    def waiting(batch: Batch) -> Batch:
        return replace(batch, due=now + timedelta(seconds=wait), refusals=refusals_of(work, now, wait))

    await work.rows.write(state=BatchState.RELEASED, change=waiting)
    await put_back(message, work.services, seconds=wait, why=rest.why)


def _only_waits(work: BatchWork) -> bool:
    """Whether all that is left is receipts that are not due to be asked for."""
    return all(row.state is RecipientState.UNDER_WAY for row in work.rows.left)


async def _after_refusal(work: BatchWork) -> Rest:
    """When to try again; where that was done for long enough, who can get e-mail does, and a person decides the rest.

    What the batch has in flight, or has not told a ticket of, is followed up before it is held.
    """
    refusals = work.rows.batch.refusals
    if refusals.waited < work.services.settings.dispatch_give_up_hours * 3600.0:
        return Rest(REFUSED_WAIT[min(refusals.in_a_row, len(REFUSED_WAIT) - 1)], "refused")
    if work.brakes.refused is not Refusal.SETTINGS:
        await fall_back_refused(work.dispatch, work.rows, work.services)
    if not work.rows.left:
        return DONE
    only_planned = all(row.state is RecipientState.PLANNED for row in work.rows.left)
    return HELD if only_planned else Rest(REFUSED_WAIT[-1], "refused")


def _is_throttled_for_good(work: BatchWork) -> bool:
    """Whether the transport asks for one rest after the other, and for as long as we are patient took nothing."""
    waited = work.rows.batch.refusals.waited
    for_long = waited >= work.services.settings.dispatch_give_up_hours * 3600.0
    return work.brakes.throttled_until is not None and not work.rows.has_moved and for_long


async def _held(work: BatchWork) -> None:
    """Nothing more is sent before a person has decided: no hours end anybody for what is ours to put right."""
    now = work.now()

    def held(batch: Batch) -> Batch:
        return put_down(work, batch, refusals=replace(refusals_of(work, now, 0.0), held=True))

    await work.rows.write(state=BatchState.PLANNED, change=held)
    batch = work.rows.batch
    event(
        log,
        Action.BATCH_HELD,
        level=logging.WARNING,
        dispatch=batch.dispatch,
        batch=batch.number,
        about=batch.refusals.about,
        recipients=len(work.rows.left),
    )
