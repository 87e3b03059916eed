"""The sender of one sender mailbox: who may send now, and when the next batch is due.

Flex Consumption runs many instances, so the mailbox's concurrency is held here and not by trust in there being one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from dispatch.core import LostRace, SenderState, Slot
from dispatch.pacing import adaptive
from dispatch.pacing.pace import hour_of, room_in_day, with_counted

TRIES = 8
REFUSED_RESTS = (60.0, 300.0, 900.0, 3600.0)  # seconds


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
    is_exact: bool = False  # nobody can be earlier than ``until``, and who comes then has it
    portion: int | None = None  # letters that may leave now; None where as many as there are
    more_at: datetime | None = None  # when more may
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
        return room_in_day(sender, self.recipients, now, self.per_day)

    def counted(self, sender: SenderState, now: datetime) -> SenderState:
        """The sender with them counted, in the hour in which the last may leave."""
        return with_counted(sender, self.recipients, now + self.lasts, now)


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
    rate: float = 0.0,
    pace: float = 0.0,
    letters: int = 0,
    refuses_more: bool = False,
    known: SenderState | None = None,
) -> Held:
    """Takes or renews part of the mailbox's concurrency for ``seconds``; ``quota`` is counted with it, or it waits.

    ``rate`` is what is set for a mailbox from which so many letters are to leave: one that throttled gives portions,
    and so does from the first letter one that ``refuses_more`` than a minute's.
    ``pace`` is how many leave a minute where nothing else keeps it: they are booked, and it waits for those before.
    ``known`` is the row as it was last seen: enough to take a slot by, since it is written on condition of its version.
    What speaks against it is read.
    """
    until = now + timedelta(seconds=seconds)

    def held_in(sender: SenderState) -> tuple[Held, SenderState]:
        if pace and letters and sender.paced_until and sender.paced_until > now:
            return Held(0, sender.paced_until, is_exact=True), sender
        most = adaptive.portion(sender, rate, now, letters, always=refuses_more) if letters else None
        if most == 0:
            return Held(0, adaptive.room_at(sender, rate, now, letters), is_exact=True), sender
        held, wished = _held_in(sender, owner, wanted=wanted, capacity=capacity, now=now, until=until, quota=quota)
        if pace and held.permits:
            leaving = letters if most is None else most
            wished = replace(wished, paced_until=now + timedelta(minutes=leaving / pace)) if leaving else wished
        if most is None or not held.permits:
            return held, wished
        then = adaptive.spread(wished, most, now)
        return replace(held, portion=most, more_at=adaptive.room_at(then, rate, now, letters - most)), then

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
    return Held(mine.permits, until, counted_in=hour_of(now + quota.lasts)), quota.counted(wished, now)


async def give_slot(
    rows: Rows, mailbox: str, owner: str, *, held: Held | None = None, unsent: int = 0, took: bool = False
) -> None:
    """Gives the slot back, and the quota of those that nothing was sent to; ``took``: it takes letters.

    The slot ends on its own, so giving up after some lost races is harmless.
    """

    def freed(sender: SenderState) -> SenderState:
        left = replace(sender, slots=tuple(slot for slot in sender.slots if slot.owner != owner))
        left = replace(left, refusals=0, refused_until=None) if took else left
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


async def count(rows: Rows, name: str, quota: Quota, now: datetime) -> Held:
    """Counts to a quota alone what is about to be sent; where the day has no room, nothing is, and it says when.

    Where it could not be written, that is to be tried again in a moment.
    """
    room = now

    def with_them(sender: SenderState) -> SenderState:
        nonlocal room
        room = quota.room(sender, now)
        return sender if room > now else quota.counted(sender, now)

    if await change(rows, name, with_them) is None:
        return Held(0, now + timedelta(seconds=5), day_is_full=True)
    return Held(0, room, day_is_full=True) if room > now else Held(1, now, counted_in=hour_of(now + quota.lasts))


async def refused(rows: Rows, mailbox: str, now: datetime) -> None:
    """Of several that share the sending, the others have what waits: for longer, the more workers met only refusals."""

    def turned_away(sender: SenderState) -> SenderState:
        rests = REFUSED_RESTS[min(sender.refusals, len(REFUSED_RESTS) - 1)]
        return replace(sender, refusals=sender.refusals + 1, refused_until=now + timedelta(seconds=rests))

    await change(rows, mailbox, turned_away)


async def rest(rows: Rows, mailbox: str, until: datetime, *, rate: float = 0.0, now: datetime | None = None) -> None:
    """Makes every worker leave the mailbox alone until then; one with a ``rate`` learns by it, ``now``."""

    def rested(sender: SenderState) -> SenderState:
        resting = replace(sender, not_before=max(until, sender.not_before or until))
        return adaptive.throttled(resting, rate, now) if now else resting

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
