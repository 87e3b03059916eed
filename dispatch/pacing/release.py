"""Puts on the queue the batches that come due before the next tick, each with the delay that keeps the pace.

The queue stays short on purpose: Flex Consumption scales out on its length, hidden messages included; a stop takes
effect at once; and dispatches that share a mailbox take turns, one batch each, so that a small urgent one waits for
one batch of a giant and not for all of them.
"""

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import Batch, BatchState, Dispatch, DispatchKey, LostRace, SendBatch, SenderState
from dispatch.pacing import slots
from dispatch.pacing.rate import pace_of
from dispatch.pacing.slots import Pace
from dispatch.services import Services
from dispatch.settings import Sender, sender_of
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500  # batches of one dispatch a tick where no rate is set


async def release_due(dispatches: Sequence[Dispatch], services: Services) -> int:
    """Releases what is due within ``DISPATCH_RELEASE_AHEAD_SECONDS``; returns the number of batches."""
    queues = [await _waiting(dispatch, services) for dispatch in dispatches]
    by_sender: dict[Sender, list[list[Batch]]] = {}
    for queue in queues:
        for sender in dict.fromkeys(sender_of(batch.channel, services.settings) for batch in queue):
            mine = [batch for batch in queue if sender_of(batch.channel, services.settings) == sender]
            by_sender.setdefault(sender, []).append(mine)
    return sum([await _release(sender, mine, dispatches, services) for sender, mine in by_sender.items()])


async def _release(
    sender: Sender, waiting: list[list[Batch]], dispatches: Sequence[Dispatch], services: Services
) -> int:
    """Releases what is due in one sender."""
    settings = services.settings
    now = services.clock()
    paces = {dispatch.key: pace_of(dispatch, sender, settings) for dispatch in dispatches}
    horizon = now + timedelta(seconds=settings.dispatch_release_ahead_seconds)
    placed: list[tuple[Batch, datetime]] = []
    released = await _released(sender, dispatches, services) if sender.daily_limit else []

    def book(current: SenderState) -> SenderState:
        placed.clear()
        placed.extend(
            place(
                [deque(queue) for queue in waiting],
                slots.with_released(current, released, now),
                paces,
                now=now,
                horizon=horizon,
            )
        )
        # Only the pace is booked: the quota of the day counts what is sent, when its sending begins.
        return replace(_booked(current, placed, paces, now), sent_by_hour=current.sent_by_hour)

    if await slots.change(services.ledger, sender.name, book) is None:
        return 0
    begins = {dispatch.key: dispatch.rounds.times.not_before for dispatch in dispatches}
    for batch, due in placed:
        await _put(batch, max(due, batch.due or due, begins[batch.dispatch] or due), services)
    return len(placed)


def place(
    waiting: list[deque[Batch]],
    current: SenderState,
    paces: Mapping[DispatchKey, Pace],
    *,
    now: datetime,
    horizon: datetime,
) -> list[tuple[Batch, datetime]]:
    """Which batches are due before the horizon, and when, the dispatches taking turns. Pure."""
    placed: list[tuple[Batch, datetime]] = []
    turns = deque(waiting)
    while turns:
        queue = turns.popleft()
        due, booked = paces[queue[0].dispatch].place(current, queue[0].to_send, now)
        if due > horizon:
            break
        current = booked
        placed.append((queue.popleft(), due))
        if queue:
            turns.append(queue)
    return placed


def _booked(
    current: SenderState, placed: Sequence[tuple[Batch, datetime]], paces: Mapping[DispatchKey, Pace], now: datetime
) -> SenderState:
    for batch, _ in placed:
        _, current = paces[batch.dispatch].place(current, batch.to_send, now)
    return current


async def _waiting(dispatch: Dispatch, services: Services) -> list[Batch]:
    """Its planned batches: those that wait for receipts only when they are due, those that wait for a person not."""
    horizon = services.clock() + timedelta(seconds=services.settings.dispatch_release_ahead_seconds)
    if dispatch.rounds.times.not_before and dispatch.rounds.times.not_before > horizon:
        return []
    planned = await services.ledger.batches(dispatch.key, states={BatchState.PLANNED})
    # Cut last: whoever waits must not stand in front of those who need not.
    due = [batch for batch in planned if not batch.refusals.held and (batch.due is None or batch.due <= horizon)]
    return due[:MOST_AT_ONCE]


async def _released(sender: Sender, dispatches: Sequence[Dispatch], services: Services) -> list[Batch]:
    """Batches that lie on the sender's queue: they will use its quota of the day, and have not begun to."""
    found = [await services.ledger.batches(dispatch.key, states={BatchState.RELEASED}) for dispatch in dispatches]
    return [batch for some in found for batch in some if sender_of(batch.channel, services.settings) == sender]


async def _put(batch: Batch, due: datetime, services: Services) -> None:
    # The row first: a crash before the message leaves a released batch that the sweep finds; the other order could
    # let a worker meet a batch that does not know it was released.
    try:
        released = await services.ledger.save_batch(
            replace(batch, state=BatchState.RELEASED, due=due, release=batch.release + 1)
        )
    except LostRace:
        return
    delay = max(0.0, (due - services.clock()).total_seconds())
    message = SendBatch(dispatch=batch.dispatch, batch=batch.number, release=released.release)
    await services.queues.put_batch(message, delay=delay)
    event(log, Action.BATCH_RELEASED, dispatch=batch.dispatch, batch=batch.number, delay=round(delay))
