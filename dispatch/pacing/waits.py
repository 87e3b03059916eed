"""What a dispatch waits for, from rows that have been read. Pure."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.core import Batch, BatchState, Channel, DispatchState, Refusal, SenderState
from dispatch.pacing.adaptive import is_spread
from dispatch.pacing.outlook import FAR, allotment_of
from dispatch.pacing.placing import Placed
from dispatch.pacing.slots import rest_until
from dispatch.pacing.snapshot import Snapshot, unsent
from dispatch.settings import TENANT, senders_of

OVERDUE = timedelta(minutes=15)  # three ticks; what takes longer than that does not come in a moment
LONG_PLAN = timedelta(hours=1)


class Waits(StrEnum):
    """What a dispatch waits for."""

    NOTHING = "nothing"  # letters go out right now, or it is finished
    PLAN = "plan"  # the recipients are being written
    PLAN_HANGS = "plan hangs"  # they could not be written for long
    TURN = "turn"  # the next batch is picked up any moment
    LATE = "late"  # the next batch should have been picked up long ago
    RATE = "rate"  # the pace of the mailbox
    QUOTA = "quota"  # the mailbox's recipients in 24 hours
    WINDOW = "window"  # office hours
    MOMENT = "moment"  # the moment that the ticket names
    THROTTLED = "throttled"  # the mail system asked for a rest
    REFUSED = "refused"  # no transport takes letters; it is tried again
    EXCHANGE_REFUSED = "exchange refused"  # nor does the integration point
    HELD = "held"  # it was tried for long enough, or stopped for it; a person decides
    AGAIN = "again"  # everyone has been tried; what did not succeed is tried again, or looked up
    DOUBT = "doubt"  # what is left is looked up: nobody knows yet whether it went out
    GREYLISTED = "greylisted"  # what is left was put off by the recipients' own servers
    RECEIPTS = "receipts"  # eFormidling
    BROKEN = "broken"  # it stopped itself, since too many were refused; a person decides
    APPROVAL = "approval"  # another person than who asked for it must let it go
    PERSON = "person"  # it was stopped
    GOING_ON = "going on"  # a person let it go on, and the timer sees that when it runs next
    GOING_ON_LATE = "going on late"  # the timer should have seen it long ago
    ENDING = "ending"  # a person ended it; a worker still holds a batch
    REPORT = "report"  # everyone has an outcome; the ticket is being answered
    REPORT_LATE = "report late"  # the ticket should have been answered long ago


STANDS_STILL = frozenset(
    {
        Waits.LATE,
        Waits.REFUSED,
        Waits.EXCHANGE_REFUSED,
        Waits.HELD,
        Waits.AGAIN,
        Waits.DOUBT,
        Waits.GREYLISTED,
        Waits.RECEIPTS,
    }
)
PAUSES = STANDS_STILL | {Waits.QUOTA, Waits.WINDOW, Waits.MOMENT, Waits.THROTTLED}


@dataclass(frozen=True, slots=True)
class Waiting:
    """For what; until when, since when, and when it is left to a person, where known; ``code`` is for the operator."""

    what: Waits
    until: datetime | None = None
    since: datetime | None = None
    ends: datetime | None = None
    count: int = 0
    code: str = ""
    about: Refusal | None = None  # what the refusals are about
    by_exchange: bool = False  # and whether they are eFormidling's


def waiting(seen: Snapshot) -> Waiting:
    """What the dispatch waits for."""
    match seen.dispatch.state:
        case DispatchState.PLANNING:
            return _while_planning(seen)
        case DispatchState.STOPPED:
            return _while_stopped(seen)
        case DispatchState.RESOLVING:
            return _for_report(seen)
        case DispatchState.SENDING:
            return _while_sending(seen)
        case _:
            return Waiting(Waits.NOTHING)


def is_held(left: Sequence[Batch]) -> bool:
    """Whether nothing more of these batches is sent before a person decides."""
    return bool(left) and all(batch.refusals.held for batch in left)


def _while_planning(seen: Snapshot) -> Waiting:
    head = seen.dispatch
    since = head.created if head.rounds.asked == 1 else head.changed or head.created
    held = head.lease.until is not None and head.lease.until > seen.now
    hangs = seen.now - since > (LONG_PLAN if held else OVERDUE)
    return Waiting(Waits.PLAN_HANGS, since=since) if hangs else Waiting(Waits.PLAN)


def _while_stopped(seen: Snapshot) -> Waiting:
    rounds = seen.dispatch.rounds
    if rounds.ended == rounds.current:
        return Waiting(Waits.ENDING, since=seen.dispatch.changed)
    if rounds.going_on is None:
        # One that was stopped because nothing of it goes out says so, whoever stopped it.
        if is_held(seen.left):
            return replace(_for_the_refusing(seen, seen.left), what=Waits.HELD, until=None, ends=None)
        if rounds.approval.wanted and rounds.approval.approved is None:
            return Waiting(Waits.APPROVAL)
        return Waiting(Waits.BROKEN if rounds.broken and not rounds.stop_pressed else Waits.PERSON)
    late = seen.now - rounds.going_on > OVERDUE
    return Waiting(Waits.GOING_ON_LATE if late else Waits.GOING_ON, since=rounds.going_on)


def _for_report(seen: Snapshot) -> Waiting:
    since = seen.dispatch.changed
    late = since is not None and seen.now - since > OVERDUE
    return Waiting(Waits.REPORT_LATE, since=since) if late else Waiting(Waits.REPORT, since=since)


def _while_sending(seen: Snapshot) -> Waiting:
    left, now = seen.left, seen.now
    if not left:
        return Waiting(Waits.REPORT)
    unreached = [batch for batch in left if unsent(batch)]
    if not unreached:
        return _for_receipts(seen, left)
    if is_held(left):
        return replace(_for_the_refusing(seen, left), what=Waits.HELD, ends=None)
    unreached = [batch for batch in unreached if not batch.refusals.held] or unreached
    begins = seen.dispatch.rounds.times.not_before
    if begins and begins > now:
        return Waiting(Waits.MOMENT, begins)
    window = seen.settings.send_window
    if window and window.next_open(now) > now:
        return Waiting(Waits.WINDOW, window.next_open(now))
    rests = [_rest_until(seen, batch) for batch in unreached]
    if all(rests):
        return Waiting(Waits.THROTTLED, min(until for until in rests if until))
    if any(batch.state is BatchState.LEASED and (batch.lease.until or now) > now for batch in unreached):
        return Waiting(Waits.NOTHING)
    if any(batch.refusals.in_a_row for batch in unreached):
        return _for_the_refusing(seen, unreached)
    return _for_its_turn(seen, unreached)


def _rest_until(seen: Snapshot, batch: Batch) -> datetime | None:
    """When the first sender that may take the batch ends its rest; None where one need not rest."""
    rests = [rest_until(seen.standing(sender), seen.now) for sender in seen.senders_of(batch)]
    return min(until for until in rests if until) if all(rests) else None


def _for_receipts(seen: Snapshot, left: Sequence[Batch]) -> Waiting:
    refused = [batch for batch in left if batch.refusals.in_a_row]
    return _for_the_refusing(seen, refused) if refused else Waiting(Waits.RECEIPTS, _next_due(left, seen.now))


def _for_the_refusing(seen: Snapshot, unreached: Sequence[Batch]) -> Waiting:
    refused = [batch for batch in unreached if batch.refusals.in_a_row]
    since = min((batch.refusals.since for batch in refused if batch.refusals.since), default=None)
    by_exchange = all(batch.channel is Channel.EFORMIDLING for batch in refused)
    last = max(refused, key=lambda batch: batch.refusals.since or seen.now).refusals
    return Waiting(
        Waits.EXCHANGE_REFUSED if by_exchange else Waits.REFUSED,
        _next_due(refused, seen.now),
        since=since,
        ends=max((_left_to_a_person(batch, seen) for batch in refused if batch.refusals.since), default=None),
        code=last.code,
        about=last.about,
        by_exchange=by_exchange,
    )


def _left_to_a_person(batch: Batch, seen: Snapshot) -> datetime:
    """When it will have been tried for as long as the settings say, if nothing shuts meanwhile."""
    left = seen.settings.dispatch_give_up_hours * 3600.0 - batch.refusals.waited
    return max(batch.due or seen.now, seen.now) + timedelta(seconds=max(0.0, left))


def _for_its_turn(seen: Snapshot, unreached: Sequence[Batch]) -> Waiting:
    now = seen.now
    overdue = [since for batch in unreached if (since := _due_since(batch, now))]
    if overdue:
        return _turn(min(overdue), now)
    if all(_was_tried(batch) and not _is_spread(seen, batch) for batch in unreached):
        return Waiting(Waits.AGAIN, _next_due(unreached, now))
    first = next(batch for batch in unreached if not _was_tried(batch))
    # Where nothing is booked, the timer books what the pace allows.
    due = _next_due(unreached, now) or _placed(seen, first).due
    return Waiting(_why_later(seen, first, due), due) if due > now else _turn(_last_movement(seen), now)


def _turn(since: datetime, now: datetime) -> Waiting:
    return Waiting(Waits.LATE, since=since) if now - since > OVERDUE else Waiting(Waits.TURN)


def _due_since(batch: Batch, now: datetime) -> datetime | None:
    """Since when a worker could have had the batch; None where it is not due."""
    if batch.state is BatchState.LEASED:
        return batch.lease.until or now
    if batch.state is not BatchState.RELEASED:
        return None
    due = batch.due or now
    return due if due <= now else None


def _was_tried(batch: Batch) -> bool:
    """Whether its letters have gone out, or tried to, and some of them are to be tried again."""
    return batch.state is BatchState.RELEASED and batch.attempts > 0


def _is_spread(seen: Snapshot, batch: Batch) -> bool:
    """Whether its mailbox gets letters in portions, so that only some of the batch have been tried."""
    return any(is_spread(seen.standing(sender), seen.now) for sender in seen.senders_of(batch))


def _last_movement(seen: Snapshot) -> datetime:
    """When anything of the dispatch was last written."""
    moments = (*seen.written.values(), seen.dispatch.changed, seen.dispatch.plan.made)
    known = [moment for moment in moments if moment is not None]
    return max(known) if known and seen.written else seen.now


def _why_later(seen: Snapshot, batch: Batch, due: datetime) -> Waits:
    limits = [(sender.daily_limit, seen.standing(sender)) for sender in seen.senders_of(batch)]
    together = _is_full(seen.settings.mail_tenant_daily_limit, seen.standing(TENANT), batch)
    full = together or all(_is_full(limit, state, batch) for limit, state in limits)
    return Waits.QUOTA if full and due - seen.now > timedelta(hours=1) else Waits.RATE


def _is_full(limit: int, state: SenderState, batch: Batch) -> bool:
    return bool(limit) and sum(state.sent_by_hour.values()) + batch.to_send > limit


def _next_due(batches: Iterable[Batch], now: datetime) -> datetime | None:
    return min((batch.due for batch in batches if batch.due and batch.due > now), default=None)


def _placed(seen: Snapshot, batch: Batch) -> Placed:
    """Who takes the batch first, and when, if it stood alone."""
    shared = senders_of(batch.channel, seen.settings)
    return allotment_of(seen, shared, [batch]).place([deque([batch])], horizon=seen.now + FAR)[0]
