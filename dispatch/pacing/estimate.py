"""When a dispatch will be done: the release's own turns, played through to the end without booking anything."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.core import Batch, BatchState, Dispatch, DispatchState
from dispatch.pacing import slots
from dispatch.pacing.rate import pace_of, recipients_per_minute
from dispatch.pacing.release import place
from dispatch.services import Services
from dispatch.settings import Sender, sender_of

FAR = timedelta(days=3650)


async def estimated_end(dispatch: Dispatch, left: Sequence[Batch], services: Services) -> datetime:
    """When the last of these batches will have been sent, by pace, quota of the day, send window and other dispatches.

    Where no pace is set, sending itself counts for nothing, and the answer is the earliest moment.
    """
    now = services.clock()
    done = max((_end(dispatch, batch, batch.due or now, services) for batch in left if _booked(batch)), default=now)
    planned = [batch for batch in left if not _booked(batch)]
    others = [
        (other, [batch for batch in await services.ledger.batches(other.key, states=TO_BEGIN) if _counts(batch)])
        for other in (await _others(dispatch, services) if planned else ())
    ]
    everyones = [*left, *(batch for _, batches in others for batch in batches)]
    for sender in dict.fromkeys(_sender(batch, services) for batch in planned):
        queues = [
            (owner, deque(batch for batch in batches if _waits_for(sender, batch, services)))
            for owner, batches in ((dispatch, planned), *others)
        ]
        placed = place(
            [queue for _, queue in queues if queue],
            slots.with_released(await services.ledger.sender(sender.name), _released(sender, everyones, services), now),
            {owner.key: pace_of(owner, sender, services.settings) for owner, _ in queues},
            now=now,
            horizon=now + FAR,
        )
        ours = (_end(dispatch, batch, due, services) for batch, due in placed if batch.dispatch == dispatch.key)
        done = max(done, *ours)
    return done


TO_BEGIN = frozenset({BatchState.PLANNED, BatchState.RELEASED})


def _counts(batch: Batch) -> bool:
    """Whether another's batch stands before ours; one that waits till a moment of its own does not."""
    return batch.state is BatchState.RELEASED or batch.due is None


def _waits_for(sender: Sender, batch: Batch, services: Services) -> bool:
    return batch.state is BatchState.PLANNED and _sender(batch, services) == sender


def _released(sender: Sender, batches: Sequence[Batch], services: Services) -> list[Batch]:
    return [batch for batch in batches if batch.state is BatchState.RELEASED and _sender(batch, services) == sender]


def _booked(batch: Batch) -> bool:
    """Whether the sender has it already."""
    return batch.state is not BatchState.PLANNED


def _end(dispatch: Dispatch, batch: Batch, due: datetime, services: Services) -> datetime:
    rate = recipients_per_minute(dispatch, _sender(batch, services), services.settings)
    return due + timedelta(minutes=batch.to_send / rate if rate else 0.0)


def _sender(batch: Batch, services: Services) -> Sender:
    return sender_of(batch.channel, services.settings)


async def _others(dispatch: Dispatch, services: Services) -> list[Dispatch]:
    lines = [line for line in await services.ledger.active() if line.key != dispatch.key]
    found = [await services.ledger.dispatch(line.key) for line in lines]
    return [other for other in found if other is not None and other.state is DispatchState.SENDING]
