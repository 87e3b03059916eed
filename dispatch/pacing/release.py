"""Puts on the queue the batches that come due before the next tick, each with the delay that keeps the pace.

The queue stays short on purpose: Flex Consumption scales out on its length, hidden messages included; a stop takes
effect at once; and dispatches that share a mailbox take turns, one batch each, so that a small urgent one waits for
one batch of a giant and not for all of them.
"""

import contextlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import Batch, BatchState, Channel, Dispatch, DispatchKey, LostRace, SendBatch, SenderState
from dispatch.pacing import slots
from dispatch.pacing.rate import pace_of
from dispatch.pacing.slots import Pace
from dispatch.services import Services
from dispatch.settings import Sender, sender_of
from dispatch.telemetry import Action, apart, event

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500  # batches of one dispatch by one sender a tick, where no rate is set
FIRST_LOOK, NEXT_LOOK = 16, 250  # batches that are read at a time: a tick that keeps a pace releases a few
TOGETHER = 20  # batches that one transaction releases; a crash right after it leaves so many to the sweep


async def release_due(dispatches: Sequence[Dispatch], services: Services) -> int:
    """Releases what is due within ``DISPATCH_RELEASE_AHEAD_SECONDS``; returns the number of batches."""
    queues = [_Planned(dispatch, services) for dispatch in dispatches]
    senders = dict.fromkeys(sender_of(channel, services.settings) for channel in Channel)
    return sum([await _Release(sender, queues, services).run() for sender in senders])


class _Planned:
    """A dispatch's planned batches in their order, read no further than is needed to release what is due.

    Those that wait for receipts only when they are due, those that wait for a person not: whoever waits must not stand
    in front of those who need not. Where the dispatch has a moment to begin at, none before that.
    """

    def __init__(self, dispatch: Dispatch, services: Services) -> None:
        self.dispatch = dispatch
        self._services = services
        self._due: list[Batch] = []
        self._last = -1
        begins = dispatch.rounds.times.not_before
        self._is_whole = begins is not None and begins > _horizon(services)

    def of(self, sender: Sender) -> list[Batch]:
        """Those of the sender that have been read, and no more than a tick may release."""
        mine = [batch for batch in self._due if sender_of(batch.channel, self._services.settings) == sender]
        return mine[:MOST_AT_ONCE]

    def may_have_more(self, sender: Sender) -> bool:
        """Whether some of the sender's are not read yet."""
        by_mail = sender_of(Channel.EMAIL, self._services.settings)
        has_more = not self._is_whole and len(self.of(sender)) < MOST_AT_ONCE
        return has_more and (sender == by_mail or self.dispatch.channel is Channel.EFORMIDLING)

    async def read_on(self) -> None:
        """Reads the next of them; where that meets a fault of ours, no more of this dispatch at this tick."""
        self._is_whole = True
        with apart(log, self.dispatch.key):
            await self._read_on()

    async def _read_on(self) -> None:
        most = FIRST_LOOK if self._last < 0 else NEXT_LOOK
        found = await self._services.ledger.batches(
            self.dispatch.key, states={BatchState.PLANNED}, after=self._last, limit=most
        )
        horizon = _horizon(self._services)
        due = [batch for batch in found if not batch.refusals.held and (batch.due is None or batch.due <= horizon)]
        self._due += due
        self._last = found[-1].number if found else self._last
        self._is_whole = len(found) < most


class _Release:
    """What is due in one sender."""

    def __init__(self, sender: Sender, queues: Sequence[_Planned], services: Services) -> None:
        self._sender = sender
        self._queues = queues
        self._services = services
        self._rows = services.memory.senders
        self._now = services.clock()
        self._paces = {queue.dispatch.key: pace_of(queue.dispatch, sender, services.settings) for queue in queues}
        self._released: list[Batch] | None = None  # they will use the quota of the day, and have not begun to
        self._placed: list[tuple[Batch, datetime]] = []
        self._begins = {queue.dispatch.key: queue.dispatch.rounds.times.not_before for queue in queues}

    async def run(self) -> int:
        """Releases it; the number of batches."""
        known = await self._read_enough()
        if known is None or await slots.change(self._rows, self._sender.name, self._book, known=known) is None:
            return 0
        for start in range(0, len(self._placed), TOGETHER):
            await _put(self._placed[start : start + TOGETHER], self._services)
        return len(self._placed)

    async def _read_enough(self) -> SenderState | None:
        """Reads on until the sender has no room for more; how it stands, where anybody waits for it."""
        known: SenderState | None = None
        while True:
            if known is None and any(queue.of(self._sender) for queue in self._queues):
                known = await self._rows.sender(self._sender.name)
            placed = await self._place_within_the_day(known) if known else []
            short = [queue for queue in self._queues if self._runs_out(queue, placed)]
            if not short:
                return known
            for queue in short:
                await queue.read_on()

    async def _place_within_the_day(self, known: SenderState) -> list[tuple[Batch, datetime]]:
        """What lies on the queue has a part of the day; it is asked for where something might be placed beside it."""
        placed = self._place(known)
        if placed and self._sender.daily_limit and self._released is None:
            self._released = await self._on_the_queue()
            return self._place(known)
        return placed

    def _runs_out(self, queue: _Planned, placed: Sequence[tuple[Batch, datetime]]) -> bool:
        """Whether more of its batches might have been placed."""
        mine = sum(batch.dispatch == queue.dispatch.key for batch, _ in placed)
        return queue.may_have_more(self._sender) and mine == len(queue.of(self._sender))

    def _place(self, current: SenderState) -> list[tuple[Batch, datetime]]:
        placed = place(
            [deque(mine) for queue in self._queues if (mine := queue.of(self._sender))],
            slots.with_released(current, self._released or (), self._now),
            self._paces,
            now=self._now,
            horizon=_horizon(self._services),
        )
        return [(batch, max(due, self._begins[batch.dispatch] or due)) for batch, due in placed]

    def _book(self, current: SenderState) -> SenderState:
        self._placed = self._place(current)
        # Only the pace is booked: the quota of the day counts what is sent, when its sending begins.
        booked = _booked(current, self._placed, self._paces, self._now)
        return replace(booked, sent_by_hour=current.sent_by_hour)

    async def _on_the_queue(self) -> list[Batch]:
        found: list[Batch] = []
        for queue in self._queues:
            with apart(log, queue.dispatch.key):
                found += await self._services.ledger.batches(queue.dispatch.key, states={BatchState.RELEASED})
        return [batch for batch in found if sender_of(batch.channel, self._services.settings) == self._sender]


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


def _horizon(services: Services) -> datetime:
    return services.clock() + timedelta(seconds=services.settings.dispatch_release_ahead_seconds)


async def _put(placed: Sequence[tuple[Batch, datetime]], services: Services) -> None:
    """Releases these batches and puts their messages on the queue, in the order of their turns."""
    wished = [
        replace(batch, state=BatchState.RELEASED, due=max(due, batch.due or due), release=batch.release + 1)
        for batch, due in placed
    ]
    # The rows first: a crash before the messages leaves released batches that the sweep finds; the other order could
    # let a worker meet a batch that does not know it was released.
    released = {(batch.dispatch, batch.number): batch for batch in await _saved(wished, services)}
    for at in [(batch.dispatch, batch.number) for batch in wished]:
        if batch := released.get(at):
            assert batch.due is not None
            delay = max(0.0, (batch.due - services.clock()).total_seconds())
            await services.queues.put_batch(SendBatch.asking_for(batch), delay=delay)
            event(log, Action.BATCH_RELEASED, dispatch=batch.dispatch, batch=batch.number, delay=round(delay))


async def _saved_of_one(batches: Sequence[Batch], services: Services) -> list[Batch]:
    with contextlib.suppress(LostRace):
        return await services.ledger.save_batches(batches)
    found: list[Batch] = []
    for batch in batches:
        with contextlib.suppress(LostRace):
            found.append(await services.ledger.save_batch(batch))
    return found


async def _saved(batches: Sequence[Batch], services: Services) -> list[Batch]:
    """A dispatch's batches by one transaction; each on its own where somebody has changed one meanwhile."""
    found: list[Batch] = []
    for key in dict.fromkeys(batch.dispatch for batch in batches):
        mine = [batch for batch in batches if batch.dispatch == key]
        with apart(log, key):
            found += await _saved_of_one(mine, services)
    return found
