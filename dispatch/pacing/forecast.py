"""What a dispatch waits for, how fast it goes, and when it will be done, from rows that have been read. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.core import Batch, BatchState, Dispatch, DispatchState, SenderState
from dispatch.pacing.rate import pace_of, recipients_per_minute
from dispatch.pacing.slots import Pace, rest_until
from dispatch.settings import Settings, sender_of

LOOKED_BACK = timedelta(minutes=10)
SHORTEST = timedelta(seconds=20)  # over which a rate says anything


class Waits(StrEnum):
    """What a dispatch waits for."""

    NOTHING = "nothing"  # letters go out right now, or it is finished
    PLAN = "plan"  # the roll is being written
    TURN = "turn"  # the next batch is picked up any moment
    RATE = "rate"  # the pace of the mailbox
    QUOTA = "quota"  # the mailbox's recipients in 24 hours
    WINDOW = "window"  # office hours
    THROTTLED = "throttled"  # the mail system asked for a rest
    REFUSED = "refused"  # no transport takes letters; it is tried again
    RECEIPTS = "receipts"  # eFormidling
    PERSON = "person"  # it was stopped
    REPORT = "report"  # everyone has an outcome; the ticket is being answered


@dataclass(frozen=True, slots=True)
class Waiting:
    """For what, and until when where that is known."""

    what: Waits
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a forecast is made from. ``senders`` are by the name that ``sender_of`` gives."""

    dispatch: Dispatch
    batches: Sequence[Batch]
    written: Mapping[int, datetime]
    senders: Mapping[str, SenderState]
    settings: Settings
    now: datetime

    @property
    def left(self) -> list[Batch]:
        """Batches that are not done."""
        return [batch for batch in self.batches if batch.state is not BatchState.RECORDED]

    def sender(self, batch: Batch) -> SenderState:
        """Whose concurrency and pace the batch shares."""
        name = sender_of(batch.channel, self.settings).name
        return self.senders.get(name) or SenderState(name)


def unsent(batch: Batch) -> int:
    """Recipients of the batch that nothing has been sent to yet."""
    if batch.state is BatchState.RECORDED:
        return 0
    return max(
        0,
        batch.to_send - batch.counts.delivered - batch.counts.failed - batch.counts.uncertain - batch.counts.under_way,
    )


def waiting(seen: Snapshot) -> Waiting:
    """What the dispatch waits for."""
    match seen.dispatch.state:
        case DispatchState.PLANNING:
            return Waiting(Waits.PLAN)
        case DispatchState.STOPPED:
            return Waiting(Waits.PERSON)
        case DispatchState.RESOLVING:
            return Waiting(Waits.REPORT)
        case DispatchState.SENDING:
            return _while_sending(seen)
        case _:
            return Waiting(Waits.NOTHING)


def _while_sending(seen: Snapshot) -> Waiting:
    left, now = seen.left, seen.now
    if not left:
        return Waiting(Waits.REPORT)
    unreached = [batch for batch in left if unsent(batch)]
    if not unreached:
        return Waiting(Waits.RECEIPTS, _next_due(left, now))
    window = seen.settings.send_window
    if window and window.next_open(now) > now:
        return Waiting(Waits.WINDOW, window.next_open(now))
    rests = [rest_until(seen.sender(batch), now) for batch in unreached]
    if all(rests):
        return Waiting(Waits.THROTTLED, min(until for until in rests if until))
    if any(batch.state is BatchState.LEASED and (batch.lease.until or now) > now for batch in unreached):
        return Waiting(Waits.NOTHING)
    if any(batch.refusals.in_a_row for batch in unreached):
        return Waiting(Waits.REFUSED, _next_due(unreached, now))
    if any(_is_due(batch, now) for batch in unreached):
        return Waiting(Waits.TURN)
    first = unreached[0]
    # Where nothing is booked, the timer books what the pace allows.
    due = _next_due(unreached, now) or _pace(seen, first).place(seen.sender(first), first.to_send, now)[0]
    return Waiting(_why_later(seen, first, due), due) if due > now else Waiting(Waits.TURN)


def _why_later(seen: Snapshot, batch: Batch, due: datetime) -> Waits:
    limit = sender_of(batch.channel, seen.settings).daily_limit
    counted = sum(seen.sender(batch).sent_by_hour.values())
    full = limit and counted + batch.to_send > limit
    return Waits.QUOTA if full and due - seen.now > timedelta(hours=1) else Waits.RATE


def _is_due(batch: Batch, now: datetime) -> bool:
    return batch.state is BatchState.RELEASED and (batch.due is None or batch.due <= now)


def _next_due(batches: Iterable[Batch], now: datetime) -> datetime | None:
    return min((batch.due for batch in batches if batch.due and batch.due > now), default=None)


# --- how fast, and till when ---------------------------------------------------------------------------------------


def per_minute(seen: Snapshot) -> float | None:
    """Recipients a minute that got an outcome lately; None where it is too early to tell."""
    begun = seen.dispatch.plan.made
    if seen.dispatch.state is not DispatchState.SENDING or begun is None:
        return None
    since = max(begun, seen.now - LOOKED_BACK)
    took = seen.now - since
    done = sum(
        batch.counts.delivered + batch.counts.failed + batch.counts.uncertain
        for batch in seen.batches
        if seen.written.get(batch.number, since) > since
    )
    return done / (took.total_seconds() / 60) if took >= SHORTEST and done else None


def expected_done(seen: Snapshot) -> datetime | None:
    """The later of two: at the rate of the last minutes, and by pace, quota and send window. None: nothing is left."""
    left = [batch for batch in seen.left if unsent(batch)]
    if seen.dispatch.state is not DispatchState.SENDING or not left:
        return None
    paced = _by_pace(seen, left)
    rate = per_minute(seen)
    if not rate:
        return paced
    minutes = sum(unsent(batch) for batch in left) / rate
    starts = max(seen.now, waiting(seen).until or seen.now)
    return max(starts + timedelta(minutes=minutes), paced or seen.now)


def _by_pace(seen: Snapshot, left: Sequence[Batch]) -> datetime | None:
    """Played through as the release books it; None where nothing bounds it."""
    settings = seen.settings
    rates = [_rate(seen, batch) for batch in left]
    if not any(rates) and not settings.send_window:
        return None
    done = seen.now
    senders: dict[str, SenderState] = {}
    for batch, rate in zip(left, rates, strict=True):
        takes = timedelta(minutes=unsent(batch) / rate if rate else 0.0)
        if batch.state is not BatchState.PLANNED:
            done = max(done, max(batch.due or seen.now, seen.now) + takes)
            continue
        sender = senders.get(seen.sender(batch).mailbox) or seen.sender(batch)
        due, senders[sender.mailbox] = _pace(seen, batch).place(sender, batch.to_send, seen.now)
        done = max(done, due + takes)
    return done


def _rate(seen: Snapshot, batch: Batch) -> float:
    return recipients_per_minute(seen.dispatch, sender_of(batch.channel, seen.settings), seen.settings)


def _pace(seen: Snapshot, batch: Batch) -> Pace:
    return pace_of(seen.dispatch, sender_of(batch.channel, seen.settings), seen.settings)
