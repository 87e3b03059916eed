"""Sends one batch: takes part of the mailbox and a lease on the batch, works through it, records how it ended.

A message whose work is done, taken or obsolete is dropped with a log line; one that must wait goes back to the queue
with a delay. Neither is an error, so that a dequeue count tells of real faults only.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Dispatch,
    Lease,
    LostRace,
    Recipient,
    RecipientState,
    Scenario,
    SendBatch,
    TicketSystemError,
)
from dispatch.pacing import slots, unsent
from dispatch.planning import thaw_template
from dispatch.sending.admission import FEWEST_SECONDS, Drop, Later, admit
from dispatch.sending.batch_end import end, plan_for, put_back
from dispatch.sending.batch_loop import work_through
from dispatch.sending.batch_work import BatchWork, work_on
from dispatch.sending.breaker import break_off
from dispatch.sending.completion import complete, complete_after
from dispatch.sending.day_budget import counted_together, given_back, share_of_day
from dispatch.sending.equal_refusals import NOBODY_ELSE, Others, beside
from dispatch.sending.interruption import Interruption, closed_for, patience, until_a_slot, wanted_slot
from dispatch.sending.own_contents import own_contents
from dispatch.sending.pool import is_passed_on
from dispatch.sending.steps import steps_of
from dispatch.sending.stop_button import still_ready, stop
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a worker's part: to how many nothing was sent for certain, and whether its mailbox takes letters."""

    left: int = 0
    is_recorded: bool = False
    took: bool = False


async def run(message: SendBatch, services: Services) -> None:
    """Handles one message of the queue ``dispatch-batches``."""
    key = message.dispatch
    dispatch, batch = await _asked_for(message, services)
    verdict = admit(message, dispatch, batch, services.clock())
    if isinstance(verdict, Drop):
        event(log, Action.BATCH_DROPPED, dispatch=key, batch=message.batch, why=verdict.why)
        if verdict.why == "recorded":
            await complete(key, services)
    elif isinstance(verdict, Later):
        await put_back(message, services, seconds=verdict.seconds, why=verdict.why)
    else:
        assert dispatch is not None
        assert batch is not None
        if await _may_begin(message, dispatch, services):
            await _with_slot(message, dispatch, batch, services)


async def _asked_for(message: SendBatch, services: Services) -> tuple[Dispatch | None, Batch | None]:
    """The dispatch and the batch; the batch as the message brings it, where nobody has worked on it."""
    if message.released is None:
        dispatch = await services.ledger.dispatch(message.dispatch)
        return dispatch, await services.ledger.batch(message.dispatch, message.batch)
    return await services.memory.heads.dispatch(message.dispatch), message.released


async def _may_begin(message: SendBatch, dispatch: Dispatch, services: Services) -> bool:
    """Whether the send window is open and the ticket still stands ready; else the message is taken care of."""
    if dispatch.rounds.broken:  # a worker died while it stopped the dispatch
        await break_off(dispatch.key, services)
        return False
    if early := _too_early(dispatch, services.clock()):
        await put_back(message, services, seconds=early, why="not before its time")
        return False
    if closed := closed_for(services):
        await put_back(message, services, seconds=closed, why="outside the send window")
        return False
    try:
        ready = await still_ready(dispatch, services)
    except TicketSystemError as error:
        await put_back(message, services, seconds=patience(error), why="pureservice can't be asked")
        return False
    if not ready:
        await stop(await services.ledger.dispatch(dispatch.key) or dispatch, services)
    return ready


def _too_early(dispatch: Dispatch, now: datetime) -> float:
    """Seconds until the moment that the ticket names."""
    begins = dispatch.rounds.times.not_before
    return max(0.0, (begins - now).total_seconds()) if begins else 0.0


async def _with_slot(message: SendBatch, dispatch: Dispatch, batch: Batch, services: Services) -> None:
    """Takes a part of the sender, and gives it back whatever happens."""
    owner = services.new_owner()
    share = share_of_day(batch, services)
    held = await wanted_slot(batch, owner, services, recipients=share)
    if not held.permits:
        await _without_slot(message, dispatch, batch, services, held=held)
        return
    senders, mailbox = services.memory.senders, services.sender_of(batch)
    done, together = Done(left=unsent(batch)), slots.Held(0, held.until)
    try:
        together = await counted_together(batch, share, services)
        if together.day_is_full:
            await plan_for(message, batch, together.until, services, why="the quota of the day is used")
        elif not await is_passed_on(dispatch, batch, held, services):
            services.memory.unrecorded.begins(batch, mailbox)
            done = Done()  # whoever fails from here on may have sent to all
            done = await _with_lease(message, dispatch, batch, services, owner=owner, held=held, share=share)
    finally:
        unused = max(0, share - (unsent(batch) - done.left))
        giving = slots.give_slot(senders, mailbox, owner, held=held, unsent=unused, took=done.took)
        await asyncio.shield(giving)
        await asyncio.shield(given_back(together, unused, services))
    if done.is_recorded:
        await complete_after(batch, services)


async def _without_slot(
    message: SendBatch, dispatch: Dispatch, batch: Batch, services: Services, *, held: slots.Held
) -> None:
    if await is_passed_on(dispatch, batch, held, services):
        return
    if held.day_is_full:
        await plan_for(message, batch, held.until, services, why="the quota of the day is used")
    else:
        await put_back(message, services, seconds=until_a_slot(held, services.clock()), why="the mailbox is busy")


async def _with_lease(
    message: SendBatch,
    dispatch: Dispatch,
    batch: Batch,
    services: Services,
    *,
    owner: str,
    held: slots.Held,
    share: int,
) -> Done:
    """Leases the batch, works through it, and puts it down."""
    began = services.clock()
    recipients = await services.ledger.recipients(batch)
    try:
        leased = await _lease(dispatch, batch, recipients, services, owner=owner, now=began)
    except LostRace:
        seconds = services.settings.dispatch_lease_seconds
        await put_back(message, services, seconds=seconds, why="lost the lease")
        return Done(left=unsent(batch))
    work = await _work(dispatch, leased, recipients, services, permits=held.permits)
    work.rows.is_held = leased.version != batch.version
    work.brakes.may_send = share if share < unsent(batch) else None
    if held.portion is not None:
        work.brakes.may_send, work.brakes.next_portion = min(share, held.portion), held.more_at
    late = round((began - batch.due).total_seconds()) if batch.due else None
    event(log, Action.BATCH_LEASED, dispatch=dispatch.key, batch=batch.number, attempt=leased.attempts, late=late)
    until = began + timedelta(seconds=services.settings.dispatch_work_seconds)
    interruption = Interruption(dispatch, batch, services, owner=owner, held=held)
    try:
        rest = await work_through(work, steps_of(work), until=until, interrupted=interruption.ask)
        await end(message, work, rest)
    except LostRace:
        if message.row and work.rows.batch.version == batch.version:
            # Nothing was written or sent: the row is no more what the message says, and is to be read.
            await put_back(message, services, seconds=FEWEST_SECONDS, why="changed since its release")
            return Done(left=unsent(batch))
        # Another worker took the batch over when our lease had run out; what we did not record is in doubt for it.
        event(log, Action.BATCH_DROPPED, level=logging.WARNING, dispatch=dispatch.key, batch=batch.number, why="fenced")
        return Done()
    finally:
        await asyncio.shield(work.shares.leave())
    left = sum(row.state is RecipientState.PLANNED for row in work.rows.all)
    recorded = work.rows.batch.state is BatchState.RECORDED
    return Done(left, is_recorded=recorded, took=work.transports.mailbox_took)


async def _lease(
    dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient], services: Services, *, owner: str, now: datetime
) -> Batch:
    until = now + timedelta(seconds=services.settings.dispatch_lease_seconds)
    leased = replace(batch, state=BatchState.LEASED, lease=Lease(owner, until), attempts=batch.attempts + 1)
    if _begins_with_intents(dispatch, batch, recipients):
        return leased
    return await services.ledger.save_batch(leased)


def _begins_with_intents(dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient]) -> bool:
    """Whether the first thing that a worker does is to record intents: then that very write takes the lease.

    It is conditional on the batch's version, so that of two workers one is fenced before any request leaves.
    """
    plain = dispatch.scenario is Scenario.ONE_TO_MANY and batch.channel is Channel.EMAIL
    return plain and not batch.attempts and all(r.has_outcome or r.state is RecipientState.PLANNED for r in recipients)


async def _work(
    dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient], services: Services, *, permits: int
) -> BatchWork:
    letter = await services.letters.thaw(dispatch.key, dispatch.content.letter_hash)
    own_tickets = dispatch.scenario is Scenario.ONE_TO_ONE
    template = await thaw_template(dispatch, services) if own_tickets else None
    others = await _others(batch, recipients, services)
    own = await own_contents(dispatch, recipients, services.letters)
    return work_on(
        services, dispatch, batch, recipients, letter, template=template, permits=permits, own=own, others=others
    )


async def _others(batch: Batch, recipients: Sequence[Recipient], services: Services) -> Others:
    """How the dispatch fares elsewhere: asked for where somebody of the batch was tried, and nothing was settled."""
    if not any(row.attempt.count for row in recipients if not row.has_outcome):
        return NOBODY_ELSE
    return beside(batch, await services.ledger.batches(batch.dispatch))
