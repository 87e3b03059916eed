"""How fast a dispatch goes, and when it will be done, from rows that have been read. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.core import Batch, BatchState, DispatchState, SenderState
from dispatch.pacing import slots
from dispatch.pacing.rate import pace_of, recipients_per_minute
from dispatch.pacing.release import place
from dispatch.pacing.snapshot import Snapshot, unsent
from dispatch.pacing.waits import PAUSES, STANDS_STILL, waiting
from dispatch.settings import Sender, sender_of

LOOKED_BACK = timedelta(minutes=10)
SHORTEST = timedelta(seconds=20)  # over which a rate says anything
FAR = timedelta(days=3650)


def per_minute(seen: Snapshot) -> float | None:
    """Recipients a minute that got an outcome lately; None where it pauses, or where it is too early to tell."""
    return None if waiting(seen).what in PAUSES else _measured(seen)


def _measured(seen: Snapshot) -> float | None:
    begun = seen.dispatch.plan.made
    if seen.dispatch.state is not DispatchState.SENDING or begun is None:
        return None
    since = max(begun, seen.now - LOOKED_BACK)
    took = seen.now - since
    done = sum(batch.counts.attempted for batch in seen.batches if seen.written.get(batch.number, since) > since)
    return done / (took.total_seconds() / 60) if took >= SHORTEST and done else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """When it will be done, and the recipients a minute that this was made from; None where the pace alone says it."""

    done: datetime
    rate: float | None = None


def forecast(seen: Snapshot) -> Forecast | None:
    """When it will be done; None where nothing is left, where it stands still, or where nobody can tell.

    Page, API, commands and notes all ask here.
    """
    if seen.dispatch.state is not DispatchState.SENDING or waiting(seen).what in STANDS_STILL:
        return None
    return end_of(seen)


def end_of(seen: Snapshot) -> Forecast | None:
    """The later of two: at the rate of the last minutes, and by pace, quota, send window and other dispatches."""
    left = [batch for batch in seen.left if unsent(batch) and not batch.refusals.held]
    if not left:
        return None
    paced = _by_pace(seen, left)
    rate = _measured(seen)
    if rate:
        minutes = sum(unsent(batch) for batch in left) / rate
        starts = max(seen.now, waiting(seen).until or seen.now)
        measured = starts + timedelta(minutes=minutes)
        if paced is None or measured >= paced:
            return Forecast(measured, rate)
    return Forecast(paced) if paced else None


def _by_pace(seen: Snapshot, left: Sequence[Batch]) -> datetime | None:
    """Played through as the release books it, from the moment that the ticket names; None where nothing bounds it."""
    asked, begins = seen.now, seen.dispatch.rounds.times.not_before
    if begins and begins > seen.now:
        seen = replace(seen, now=begins, others=[])
    done = seen.now
    for batch in left:
        if batch.state is not BatchState.PLANNED:
            done = max(done, _end(seen, batch, max(batch.due or seen.now, seen.now)))
    planned = [batch for batch in left if batch.state is BatchState.PLANNED]
    for sender in dict.fromkeys(sender_of(batch.channel, seen.settings) for batch in planned):
        placed = _placed(seen, planned, sender)
        done = max(done, *(_end(seen, batch, due) for batch, due in placed if batch.dispatch == seen.dispatch.key))
    bounded = done > asked or any(_rate(seen, batch) for batch in left)
    return done if bounded else None


def _placed(seen: Snapshot, planned: Sequence[Batch], sender: Sender) -> list[tuple[Batch, datetime]]:
    """When each of the sender's batches comes due, the dispatches taking turns."""
    every = ((seen.dispatch, planned), *seen.others)
    mine = [
        (
            owner,
            deque(batch for batch in batches if batch.state is BatchState.PLANNED and _goes_by(batch, sender, seen)),
        )
        for owner, batches in every
    ]
    released = [
        batch
        for batches in (seen.left, *(others for _, others in seen.others))
        for batch in batches
        if batch.state is BatchState.RELEASED and _goes_by(batch, sender, seen)
    ]
    return place(
        [queue for _, queue in mine if queue],
        slots.with_released(seen.senders.get(sender.name) or SenderState(sender.name), released, seen.now),
        {owner.key: pace_of(owner, sender, seen.settings) for owner, _ in mine},
        now=seen.now,
        horizon=seen.now + FAR,
    )


def _goes_by(batch: Batch, sender: Sender, seen: Snapshot) -> bool:
    return sender_of(batch.channel, seen.settings) == sender


def _end(seen: Snapshot, batch: Batch, due: datetime) -> datetime:
    rate = _rate(seen, batch)
    return due + timedelta(minutes=unsent(batch) / rate if rate else 0.0)


def _rate(seen: Snapshot, batch: Batch) -> float:
    return recipients_per_minute(seen.dispatch, sender_of(batch.channel, seen.settings), seen.settings)
