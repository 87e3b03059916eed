"""What a worker does where its batch's mailbox refuses or rests, and other mailboxes of the pool take letters."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dispatch.core import Batch, BatchState, RecipientState, Refusal
from dispatch.pacing import release_due, slots
from dispatch.sending import pool
from dispatch.sending.batch_work import BatchWork
from dispatch.sending.refusals import refusals_of
from dispatch.sending.rest import Rest
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)


async def keep_to_the_pool(work: BatchWork) -> None:
    """Where the mailbox refuses, another one comes before another transport: for those who can still go there.

    Once round: what every mailbox has refused is for the next transport.
    """
    if not work.transports.mailbox_refused or not work.rows.batch.mailbox:
        return
    settled = [row for row in work.rows.all if row.state is not RecipientState.IN_FLIGHT]
    may = _is_round_left(work) and pool.is_free(settled)
    work.transports.keeps_to_mailbox = may and await pool.others_take(work.rows.batch, work.services)


async def moves_on(work: BatchWork) -> bool:
    """Whether the batch goes to another mailbox; one that refused and took nothing is left alone for a while."""
    if not work.rows.batch.mailbox:
        return False
    if work.transports.mailbox_refuses or (work.transports.mailbox_refused and not work.transports.mailbox_took):
        await slots.refused(work.services.memory.senders, work.rows.batch.mailbox, work.now())
    if not work.rows.left or not pool.is_free(work.rows.all):
        return False
    if work.brakes.refused is Refusal.US and work.transports.mailbox_refused:
        return _is_round_left(work) and await pool.others_take(work.rows.batch, work.services)
    return _rests_long(work)


async def pass_on(work: BatchWork, rest: Rest) -> None:
    """Puts the batch among those that any mailbox may have, and gives it to the one that can take it first."""
    waited = (rest.seconds or 0.0) if work.brakes.throttled_until else 0.0
    refusals = refusals_of(work, work.now(), waited)
    await work.rows.write(state=BatchState.PLANNED, change=lambda batch: put_down(work, batch, refusals=refusals))
    batch = work.rows.batch
    event(log, Action.BATCH_HANDED_BACK, dispatch=batch.dispatch, batch=batch.number, seconds=0, why="another mailbox")
    await release_due([work.dispatch], work.services)


def put_down(work: BatchWork, batch: Batch, *, due: datetime | None = None, **also: Any) -> Batch:
    """The batch as one that waits: for any mailbox, unless somebody's letter has perhaps left by its own."""
    mailbox = batch.mailbox if not pool.is_free(work.rows.all) else ""
    return replace(batch, mailbox=mailbox, due=due, **also)


def is_free_to_move(work: BatchWork) -> bool:
    """Whether another mailbox of the pool may have the batch."""
    return bool(work.rows.batch.mailbox) and pool.is_free(work.rows.all)


def _is_round_left(work: BatchWork) -> bool:
    return work.rows.batch.refusals.in_a_row < len(work.services.settings.pool) - 1


def _rests_long(work: BatchWork) -> bool:
    """Whether its mailbox asks for a rest that is worth a move; not for ever, or nobody would be told."""
    until, waited = work.brakes.throttled_until, work.rows.batch.refusals.waited
    patient = waited < work.services.settings.dispatch_give_up_hours * timedelta(hours=1).total_seconds()
    return patient and until is not None and until - work.now() > pool.SHORT_REST
