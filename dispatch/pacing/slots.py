"""The sender of one sender mailbox: who may send now, and when the next batch is due.

Flex Consumption runs many instances, so the mailbox's concurrency is held here and not by trust in there being one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from dispatch.core import Batch, LostRace, SenderState, SendWindow, Slot

TRIES = 8
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)


class Rows(Protocol):
    """The senders' rows."""

    async def sender(self, mailbox: str) -> SenderState:
        """One as it stands."""
        ...

    async def save_sender(self, sender: SenderState) -> SenderState:
        """Replaces it if it is still of this version, else raises ``LostRace``."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Part of the mailbox's concurrency is ours until ``until``; ``permits`` is 0 where we must wait till then.

    ``sender`` is the row as we left it, so that giving back need not read it first.
    """

    permits: int
    until: datetime
    sender: SenderState | None = None
    day_is_full: bool = False
    counted_in: str = ""  # the hour in which the recipients were counted to the day's quota


@dataclass(frozen=True, slots=True)
class Quota:
    """What a worker is about to send, and what the mailbox may send in any 24 hours (0 means no limit).

    It is counted when sending begins, in the write that takes the slot. What was not sent is given back with the
    slot; a worker that dies has sent an unknown part, and gives nothing back.
    """

    recipients: int
    per_day: int
    lasts: timedelta  # how long after it began the last of them may leave

    def room(self, sender: SenderState, now: datetime) -> datetime:
        """When the day has room for them."""
        return _room(sender, self.recipients, now, self.per_day)

    def counted(self, sender: SenderState, now: datetime) -> SenderState:
        """The sender with them counted, in the hour in which the last may leave."""
        return _counted(sender, self.recipients, now + self.lasts, now)


def with_slot(
    sender: SenderState, owner: str, *, wanted: int, capacity: int, now: datetime, until: datetime
) -> SenderState:
    """The sender with as many of the wanted permits as are free; unchanged slots of others that still run."""
    others = tuple(slot for slot in sender.slots if slot.owner != owner and slot.until > now)
    free = capacity - sum(slot.permits for slot in others)
    mine = (Slot(owner, min(free, wanted), until),) if free > 0 else ()
    return replace(sender, slots=(*others, *mine))


def rest_until(sender: SenderState, now: datetime) -> datetime | None:
    """Until when the mailbox must rest, because the server said so; None where it need not."""
    return sender.not_before if sender.not_before and sender.not_before > now else None


async def take_slot(
    rows: Rows,
    mailbox: str,
    owner: str,
    *,
    wanted: int,
    capacity: int,
    now: datetime,
    seconds: float,
    quota: Quota | None = None,
    known: SenderState | None = None,
) -> Held:
    """Takes or renews part of the mailbox's concurrency for ``seconds``; ``quota`` is counted with it, or it waits.

    ``known`` is the row as it was last seen: enough to take a slot by, since it is written on condition of its version.
    What speaks against it is read.
    """
    until = now + timedelta(seconds=seconds)

    def held_in(sender: SenderState) -> tuple[Held, SenderState]:
        return _held_in(sender, owner, wanted=wanted, capacity=capacity, now=now, until=until, quota=quota)

    for _ in range(TRIES):
        was_read = known is None
        sender, known = known or await rows.sender(mailbox), None
        held, wished = held_in(sender)
        if not held.permits and not was_read:
            continue
        if not held.permits:
            return held
        try:
            return replace(held, sender=await rows.save_sender(wished))
        except LostRace:
            continue
    return Held(0, now + timedelta(seconds=5))


def _held_in(
    sender: SenderState,
    owner: str,
    *,
    wanted: int,
    capacity: int,
    now: datetime,
    until: datetime,
    quota: Quota | None,
) -> tuple[Held, SenderState]:
    """What can be had of the sender, and its row with that taken. Pure."""
    if rest := rest_until(sender, now):
        return Held(0, rest), sender
    wished = with_slot(sender, owner, wanted=wanted, capacity=capacity, now=now, until=until)
    mine = next((slot for slot in wished.slots if slot.owner == owner), None)
    if mine is None:
        return Held(0, min(slot.until for slot in wished.slots)), sender
    if quota is None:
        return Held(mine.permits, until), wished
    room = quota.room(wished, now)
    if room > now:
        return Held(0, room, day_is_full=True), sender
    return Held(mine.permits, until, counted_in=_hour(now + quota.lasts)), quota.counted(wished, now)


async def give_slot(rows: Rows, mailbox: str, owner: str, *, held: Held | None = None, unsent: int = 0) -> None:
    """Gives the slot back, and the quota of those that nothing was sent to.

    The slot ends on its own, so giving up after some lost races is harmless.
    """

    def freed(sender: SenderState) -> SenderState:
        left = replace(sender, slots=tuple(slot for slot in sender.slots if slot.owner != owner))
        if held is None or not unsent or held.counted_in not in left.sent_by_hour:
            return left
        fewer = max(0, left.sent_by_hour[held.counted_in] - unsent)
        return replace(left, sent_by_hour={**left.sent_by_hour, held.counted_in: fewer})

    known = held.sender if held else None
    if known is not None:
        try:
            await rows.save_sender(freed(known))
        except LostRace:
            pass  # others have changed it since: read it, as below
        else:
            return
    await change(rows, mailbox, freed)


async def rest(rows: Rows, mailbox: str, until: datetime) -> None:
    """Makes every worker leave the mailbox alone until then."""

    def rested(sender: SenderState) -> SenderState:
        return replace(sender, not_before=max(until, sender.not_before or until))

    await change(rows, mailbox, rested)


async def change(
    rows: Rows, mailbox: str, make: Callable[[SenderState], SenderState], *, known: SenderState | None = None
) -> SenderState | None:
    """Changes the sender, again where another worker was first; None where it never succeeded.

    ``known`` is the row where it has just been read.
    """
    for _ in range(TRIES):
        sender, known = known or await rows.sender(mailbox), None
        wished = make(sender)
        if wished == sender:
            return sender
        try:
            return await rows.save_sender(wished)
        except LostRace:
            continue
    return None


# --- pace -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pace:
    """What the mailbox may send: messages a minute, recipients in 24 hours (0 means no limit), and at which hours."""

    per_minute: float
    per_day: int
    window: SendWindow | None = None

    def place(self, sender: SenderState, recipients: int, now: datetime) -> tuple[datetime, SenderState]:
        """When a batch of so many recipients is due, and the sender with it booked."""
        due = max(now, sender.paced_until or now, sender.not_before or now)
        due = self._allowed(sender, recipients, due)
        takes = timedelta(minutes=recipients / self.per_minute) if self.per_minute else timedelta()
        return due, replace(_counted(sender, recipients, due, now), paced_until=due + takes)

    def _allowed(self, sender: SenderState, recipients: int, due: datetime) -> datetime:
        """The first moment at which the window is open and the day has room; each may move what the other allowed."""
        while True:
            opens = self.window.next_open(due) if self.window else due
            moved = _room(sender, recipients, opens, self.per_day)
            if moved == due:
                return due
            due = moved


def _room(sender: SenderState, recipients: int, due: datetime, per_day: int) -> datetime:
    if not per_day:
        return due
    for _ in range(len(sender.sent_by_hour) + 1):
        counted = {name: n for name, n in sender.sent_by_hour.items() if _end_of(name) + DAY > due}
        # A batch larger than the day's limit could never go; it goes when nothing else does.
        if not counted or sum(counted.values()) + recipients <= per_day:
            return due
        due = max(due, _end_of(min(counted)) + DAY)
    return due


def with_released(sender: SenderState, released: Iterable[Batch], now: datetime) -> SenderState:
    """The sender as it will be when the batches that lie on the queue have begun. Only for looking ahead."""
    for batch in released:
        sender = _counted(sender, batch.to_send, max(batch.due or now, now), now)
    return sender


def _counted(sender: SenderState, recipients: int, at: datetime, now: datetime) -> SenderState:
    hour = _hour(at)
    kept = {name: count for name, count in sender.sent_by_hour.items() if _end_of(name) + DAY > now}
    return replace(sender, sent_by_hour={**kept, hour: kept.get(hour, 0) + recipients})


def _hour(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H+00:00")


def _end_of(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%dT%H%z") + HOUR
