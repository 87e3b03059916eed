"""Sends one batch: takes part of the mailbox and a lease on the batch, runs its windows, records how it ended.

A message whose work is done, taken or obsolete is dropped with a log line; one that must wait goes back to the queue
with a delay. Neither is an error, so that a dequeue count tells of real faults only.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Dispatch,
    Letter,
    LostRace,
    Reason,
    Recipient,
    RecipientState,
    Scenario,
    SendBatch,
    TicketSystemBusy,
    TicketSystemError,
)
from dispatch.pacing import slots
from dispatch.planning import thaw_template
from dispatch.sending import outcomes
from dispatch.sending.admission import FEWEST_SECONDS, Drop, Later, admit
from dispatch.sending.batch_run import DONE, Rest, WindowRun
from dispatch.sending.completion import complete
from dispatch.sending.email_fallback import fall_back
from dispatch.sending.own_ticket_messages import OwnTicketMessageRun
from dispatch.sending.own_tickets import OwnTicketRun
from dispatch.sending.stop_button import still_ready, stop
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import measured

log = logging.getLogger(__name__)

LONGEST_WAIT = 3600.0
REFUSED_WAIT = (60.0, 300.0, 900.0, 1800.0)  # while every transport refuses, the operator is given time


async def run(message: SendBatch, services: Services) -> None:
    """Handles one message of the queue ``dispatch-batches``."""
    key = message.dispatch
    dispatch = await services.ledger.dispatch(key)
    batch = await services.ledger.batch(key, message.batch)
    verdict = admit(message, dispatch, batch, services.clock())
    if isinstance(verdict, Drop):
        event(log, Action.BATCH_DROPPED, dispatch=key, batch=message.batch, why=verdict.why)
        if verdict.why == "recorded":
            await complete(key, services)
    elif isinstance(verdict, Later):
        await _put_back(message, services, seconds=verdict.seconds, why=verdict.why)
    else:
        assert dispatch is not None
        assert batch is not None
        await _with_slot(message, dispatch, batch, services)


async def _with_slot(message: SendBatch, dispatch: Dispatch, batch: Batch, services: Services) -> None:
    settings = services.settings
    mailbox, owner = services.sender_of(batch.channel), services.new_owner()
    closed = _closed_for(services)
    if closed:
        await _put_back(message, services, seconds=closed, why="outside the send window")
        return
    try:
        if not await still_ready(dispatch, services):
            await stop(dispatch, services)
            return
    except TicketSystemError as error:
        await _put_back(message, services, seconds=_patience(error), why="pureservice can't be asked")
        return
    held = await slots.take_slot(
        services.ledger,
        mailbox,
        owner,
        wanted=min(settings.dispatch_window_size, services.capacity_of(batch.channel)),
        capacity=services.capacity_of(batch.channel),
        now=services.clock(),
        seconds=settings.dispatch_lease_seconds,
    )
    if not held.permits:
        # Others wait for the same slot: jitter keeps them from coming back together.
        seconds = (held.until - services.clock()).total_seconds()
        wait = min(max(seconds, FEWEST_SECONDS), 30.0) * random.uniform(0.5, 1.5)  # noqa: S311 - not for secrets
        await _put_back(message, services, seconds=wait, why="the mailbox is busy")
        return
    try:
        await _with_lease(message, dispatch, batch, services, owner=owner, held=held)
    finally:
        await asyncio.shield(slots.give_slot(services.ledger, mailbox, owner, known=held.sender))


def _patience(error: TicketSystemError) -> float:
    """Seconds to stay away: a key that is refused is the operator's to mend, and no reason to fail anybody."""
    return error.retry_after if isinstance(error, TicketSystemBusy) else REFUSED_WAIT[1]


def _closed_for(services: Services) -> float:
    """Seconds until the send window opens; a message that was delayed may come when it is closed."""
    window, now = services.settings.send_window, services.clock()
    return (window.next_open(now) - now).total_seconds() if window else 0.0


async def _with_lease(
    message: SendBatch, dispatch: Dispatch, batch: Batch, services: Services, *, owner: str, held: slots.Held
) -> None:
    now = services.clock()
    lease = timedelta(seconds=services.settings.dispatch_lease_seconds)
    leased = replace(batch, state=BatchState.LEASED, owner=owner, lease_until=now + lease, attempts=batch.attempts + 1)
    recipients = await services.ledger.recipients(dispatch.key, batch.number)
    if not _begins_with_intents(dispatch, batch, recipients):
        try:
            leased = await services.ledger.save_batch(leased)
        except LostRace:
            await _put_back(message, services, seconds=lease.total_seconds(), why="lost the lease")
            return
    letter = await services.letters.thaw(dispatch.key, dispatch.content_hash)
    work = await _work(services, dispatch, leased, recipients, letter, permits=held.permits)
    late = round((now - batch.due).total_seconds()) if batch.due else None
    event(log, Action.BATCH_LEASED, dispatch=dispatch.key, batch=batch.number, attempt=leased.attempts, late=late)
    until = now + timedelta(seconds=services.settings.dispatch_work_seconds)
    try:
        rest = await work.run(until=until, go_on=_go_on(dispatch, batch, services, owner=owner, held=held))
        await _finish(message, dispatch, services, work, rest)
    except LostRace:
        # Another worker took the batch over when our lease had run out; what we did not record is in doubt for it.
        event(log, Action.BATCH_DROPPED, level=logging.WARNING, dispatch=dispatch.key, batch=batch.number, why="fenced")


def _begins_with_intents(dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient]) -> bool:
    """Whether the first thing that a worker does is to record intents: then that very write takes the lease.

    It is conditional on the batch's version, so that of two workers one is fenced before any request leaves.
    """
    plain = dispatch.scenario is Scenario.ONE_TO_MANY and batch.channel is Channel.EMAIL
    return plain and not batch.attempts and all(r.has_outcome or r.state is RecipientState.PLANNED for r in recipients)


async def _work(
    services: Services, dispatch: Dispatch, batch: Batch, rows: list[Recipient], letter: Letter, *, permits: int
) -> WindowRun:
    if dispatch.scenario is not Scenario.ONE_TO_ONE:
        return WindowRun(services, dispatch, batch, rows, letter, permits=permits)
    template = await thaw_template(dispatch, services)
    own = services.settings.pureservice_121_send_via == "pureservice" and batch.channel is Channel.TICKET
    kind = OwnTicketMessageRun if own else OwnTicketRun
    return kind(services, dispatch, batch, rows, letter, template, permits=permits)


def _go_on(
    dispatch: Dispatch, batch: Batch, services: Services, *, owner: str, held: slots.Held
) -> Callable[[], Awaitable[Rest | None]]:
    seconds = services.settings.dispatch_lease_seconds
    until = held.until

    async def ask() -> Rest | None:
        nonlocal until
        now = services.clock()
        closed = _closed_for(services)
        if closed:
            return Rest(closed, "outside the send window")
        try:
            if not await still_ready(dispatch, services):
                return Rest(0.0, "stopped")
        except TicketSystemError as error:
            return Rest(_patience(error), "pureservice can't be asked")
        if until - now < timedelta(seconds=seconds) / 2:
            renewed = await slots.take_slot(
                services.ledger,
                services.sender_of(batch.channel),
                owner,
                wanted=held.permits,
                capacity=services.capacity_of(batch.channel),
                now=now,
                seconds=seconds,
            )
            if renewed.permits < held.permits:
                return Rest(FEWEST_SECONDS, "the mailbox is busy")
            until = renewed.until
        return None

    return ask


async def _finish(message: SendBatch, dispatch: Dispatch, services: Services, work: WindowRun, rest: Rest) -> None:
    now = services.clock()
    if work.refused_by_all:
        rest = _after_refusal(work, services, now)
    await fall_back(dispatch, work, services)
    if rest is DONE:
        await work.write(state=BatchState.RECORDED)
        event(
            log,
            Action.BATCH_RECORDED,
            dispatch=dispatch.key,
            batch=work.batch.number,
            delivered=work.batch.delivered,
            failed=work.batch.failed,
            uncertain=work.batch.uncertain,
            **measured(work.rows, now),
        )
        await complete(dispatch.key, services)
        return
    if work.throttled_until:
        resting = round(rest.seconds or 0)
        event(log, Action.MAILBOX_THROTTLED, level=logging.WARNING, dispatch=dispatch.key, seconds=resting)
        await slots.rest(services.ledger, services.sender_of(work.batch.channel), work.throttled_until)
    if rest.why == "stopped":
        await work.write(state=BatchState.PLANNED, due=None)
        await stop(dispatch, services)
        return
    wait = rest.seconds or 0.0
    if work.only_waits and wait > services.settings.dispatch_release_ahead_seconds:
        # Receipts may take days. The timer releases the batch when it is due, and the queue stays short.
        await work.write(state=BatchState.PLANNED, due=now + timedelta(seconds=wait))
        return
    if rest.why != "outside the send window":
        wait = min(wait, LONGEST_WAIT)
    await work.write(
        state=BatchState.RELEASED,
        due=now + timedelta(seconds=wait),
        refusals=work.batch.refusals + 1 if work.refused_by_all else 0,
        refused_since=(work.batch.refused_since or now) if work.refused_by_all else None,
    )
    await _put_back(message, services, seconds=wait, why=rest.why)


def _after_refusal(work: WindowRun, services: Services, now: datetime) -> Rest:
    batch = work.batch
    give_up = timedelta(hours=services.settings.dispatch_give_up_hours)
    if batch.refused_since and now - batch.refused_since >= give_up:
        work.fail_refused(
            RecipientState.PLANNED,
            lambda row: outcomes.ended(
                row, RecipientState.FAILED, Reason.TRANSPORTS_REFUSED, now, detail=work.last_refusal
            ),
        )
        return DONE if all(row.has_outcome for row in work.rows) else Rest(REFUSED_WAIT[0], "refused")
    return Rest(REFUSED_WAIT[min(batch.refusals, len(REFUSED_WAIT) - 1)], "refused")


async def _put_back(message: SendBatch, services: Services, *, seconds: float, why: str) -> None:
    await services.queues.put_batch(message, delay=seconds)
    event(
        log, Action.BATCH_HANDED_BACK, dispatch=message.dispatch, batch=message.batch, seconds=round(seconds), why=why
    )
