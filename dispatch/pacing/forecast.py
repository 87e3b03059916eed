"""How fast a dispatch goes, and when it will be done, from rows that have been read. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.core import Batch, BatchState, DispatchState
from dispatch.pacing.outlook import FAR, allotment_of
from dispatch.pacing.placing import Placed
from dispatch.pacing.rate import recipients_per_minute
from dispatch.pacing.snapshot import Snapshot, unsent
from dispatch.pacing.waits import PAUSES, STANDS_STILL, waiting
from dispatch.settings import Sender, sender_of, senders_of

LOOKED_BACK = timedelta(minutes=10)
SHORTEST = timedelta(seconds=20)  # over which a rate says anything


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
    done, bounded = seen.now, False
    for batch in left:
        if batch.state is not BatchState.PLANNED:
            sender = sender_of(batch, seen.settings)
            bounded = bounded or bool(_rate(seen, sender))
            done = max(done, _end(seen, batch, sender, max(batch.due or seen.now, seen.now)))
    planned = [batch for batch in left if batch.state is BatchState.PLANNED]
    for senders in dict.fromkeys(senders_of(batch.channel, seen.settings) for batch in planned):
        mine = [one for one in _placed(seen, planned, senders) if one.batch.dispatch == seen.dispatch.key]
        bounded = bounded or any(_rate(seen, one.sender) for one in mine)
        done = max([done, *(_end(seen, one.batch, one.sender, one.due) for one in mine)])
    return done if bounded or done > asked else None


def _placed(seen: Snapshot, planned: Sequence[Batch], senders: tuple[Sender, ...]) -> list[Placed]:
    """Who sends each of the batches that these senders share, and when, the dispatches taking turns."""
    every = [(seen.dispatch, planned), *seen.others]
    waiting = [
        deque(batch for batch in batches if batch.state is BatchState.PLANNED and _are_of(senders, batch, seen))
        for _, batches in every
    ]
    released = [
        batch
        for batches in (seen.left, *(others for _, others in seen.others))
        for batch in batches
        if batch.state is BatchState.RELEASED and _are_of(senders, batch, seen)
    ]
    return allotment_of(seen, senders, [batch for queue in waiting for batch in queue], released).place(
        waiting, horizon=seen.now + FAR
    )


def _are_of(senders: tuple[Sender, ...], batch: Batch, seen: Snapshot) -> bool:
    return senders_of(batch.channel, seen.settings) == senders


def _end(seen: Snapshot, batch: Batch, sender: Sender, due: datetime) -> datetime:
    rate = _rate(seen, sender)
    return due + timedelta(minutes=unsent(batch) / rate if rate else 0.0)


def _rate(seen: Snapshot, sender: Sender) -> float:
    return recipients_per_minute(seen.dispatch, sender, seen.settings)
