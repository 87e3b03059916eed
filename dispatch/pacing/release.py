"""Puts on the queue the batches that come due before the next tick, each with the delay that keeps the pace.

The queue stays short on purpose: Flex Consumption scales out on its length, hidden messages included; a stop takes
effect at once; and dispatches that share a mailbox take turns, one batch each, so that a small urgent one waits for
one batch of a giant and not for all of them. Where several mailboxes share what waits, a batch is given the one that
can take it first, and its row names it.
"""

import contextlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import Batch, BatchState, Channel, Dispatch, DispatchKey, LostRace, SendBatch, SenderState
from dispatch.pacing import slots
from dispatch.pacing.pace import Pace, with_released
from dispatch.pacing.placing import Allotment, Budget, Placed
from dispatch.pacing.rate import pace_of
from dispatch.pacing.turns import in_turn
from dispatch.services import Services
from dispatch.settings import TENANT, Sender, sender_of, senders_of
from dispatch.telemetry import Action, apart, event

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500  # batches of one dispatch by one sender a tick, where no rate is set
FIRST_LOOK, NEXT_LOOK = 16, 250  # batches that are read at a time: a tick that keeps a pace releases a few
TOGETHER = 20  # batches that one transaction releases; a crash right after it leaves so many to the sweep


async def release_due(dispatches: Sequence[Dispatch], services: Services) -> int:
    """Releases what is due within ``DISPATCH_RELEASE_AHEAD_SECONDS``; returns the number of batches."""
    queues = [_Planned(dispatch, services) for dispatch in dispatches]
    shared = dict.fromkeys(senders_of(channel, services.settings) for channel in Channel)
    return sum([await _Release(senders, queues, services).run() for senders in shared])


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

    def of(self, senders: Sequence[Sender]) -> list[Batch]:
        """Those of the senders that have been read, and no more than a tick may release."""
        mine = [batch for batch in self._due if senders_of(batch.channel, self._services.settings) == senders]
        return mine[:MOST_AT_ONCE]

    def may_have_more(self, senders: Sequence[Sender]) -> bool:
        """Whether some of the senders' are not read yet."""
        by_mail = senders_of(Channel.EMAIL, self._services.settings)
        has_more = not self._is_whole and len(self.of(senders)) < MOST_AT_ONCE
        return has_more and (senders == by_mail or self.dispatch.channel is Channel.EFORMIDLING)

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
        # What a stop took back before anybody began with it is any mailbox's.
        self._due += [batch if batch.attempts else replace(batch, mailbox="") for batch in due]
        self._last = found[-1].number if found else self._last
        self._is_whole = len(found) < most


class _Release:
    """What is due in one sender, or in several that share what waits."""

    def __init__(self, senders: tuple[Sender, ...], queues: Sequence[_Planned], services: Services) -> None:
        self._senders = senders
        self._queues = queues
        self._are_in_turn = False
        self._services = services
        self._rows = services.memory.senders
        self._now = services.clock()
        self._dispatches = {queue.dispatch.key: queue.dispatch for queue in queues}
        self._known, self._then = dict[Sender, SenderState](), dict[Sender, SenderState]()  # then: with what was placed
        self._budget = Budget()
        self._released: list[Batch] | None = None  # they will use the quota of the day, and have not begun to
        self._begins = {queue.dispatch.key: queue.dispatch.rounds.times.not_before for queue in queues}

    async def run(self) -> int:
        """Releases it; the number of batches."""
        placed = await self._read_enough()
        booked: dict[tuple[DispatchKey, int], Placed] = {}
        for sender in dict.fromkeys(one.sender for one in placed):
            mine = await self._booked(sender, [one for one in placed if one.sender == sender])
            booked |= {(one.batch.dispatch, one.batch.number): one for one in mine}
        in_turn = [booked[at] for one in placed if (at := (one.batch.dispatch, one.batch.number)) in booked]
        for start in range(0, len(in_turn), TOGETHER):
            await _put(in_turn[start : start + TOGETHER], self._services)
        return len(in_turn)

    async def _read_enough(self) -> list[Placed]:
        """Reads on until the senders have no room for more; what goes where, and when."""
        while True:
            placed, left = await self._place_within_the_day()
            short = [queue for queue in self._queues if self._runs_out(queue, left)]
            if not short:
                return placed
            for queue in short:
                await queue.read_on()

    async def _place_within_the_day(self) -> tuple[list[Placed], set[DispatchKey]]:
        """What lies on the queue has a part of the day; it is asked for where something might be placed beside it."""
        waiting = [batch for queue in self._queues for batch in queue.of(self._senders)]
        await self._know(waiting)
        placed, left = self._place()
        limited = self._budget.per_day or any(sender.daily_limit for sender in self._known)
        if placed and limited and self._released is None:
            self._released = await self._on_the_queue()
            placed, left = self._place()
        if not (placed and left) or self._are_in_turn:
            return placed, left
        await self._take_turns()
        return self._place()

    async def _take_turns(self) -> None:
        """Not all have room: those go first whose last turn lies longest back."""
        self._are_in_turn = True
        firsts = [mine[0] for queue in self._queues if (mine := queue.of(self._senders))]
        turns = {first.dispatch: turn for turn, first in enumerate(await in_turn(firsts, self._services))}
        self._queues = sorted(self._queues, key=lambda queue: turns.get(queue.dispatch.key, len(turns)))

    async def _know(self, waiting: Sequence[Batch]) -> None:
        """Reads how the senders stand, and those that are out of the pool and not yet done with what they had begun."""
        bound = [sender_of(batch, self._services.settings) for batch in waiting if batch.mailbox]
        for sender in dict.fromkeys([*self._senders, *bound] if waiting else ()):
            if sender not in self._known:
                self._known[sender] = await self._rows.sender(sender.name)
        per_day = self._services.settings.mail_tenant_daily_limit
        by_mail = self._senders == senders_of(Channel.EMAIL, self._services.settings)
        if waiting and by_mail and per_day and not self._budget.per_day:
            self._budget = Budget(per_day, await self._rows.sender(TENANT))

    def _runs_out(self, queue: _Planned, left: set[DispatchKey]) -> bool:
        """Whether more of its batches might have been placed."""
        return queue.may_have_more(self._senders) and queue.dispatch.key not in left

    def _place(self) -> tuple[list[Placed], set[DispatchKey]]:
        """What is placed, and the dispatches of which something is not that any sender might have had."""
        waiting = [deque(mine) for queue in self._queues if (mine := queue.of(self._senders))]
        allotment = self._allotment(self._known)
        placed = allotment.place(waiting, horizon=_horizon(self._services))
        self._then = allotment.states
        return self._not_before(placed), {batch.dispatch for queue in waiting for batch in queue if not batch.mailbox}

    def _not_before(self, placed: Sequence[Placed]) -> list[Placed]:
        """None of them before the moment that its dispatch is to begin at."""
        return [replace(one, due=max(one.due, self._begins[one.batch.dispatch] or one.due)) for one in placed]

    def _allotment(self, states: Mapping[Sender, SenderState]) -> Allotment:
        released = self._released or ()
        budget = replace(self._budget, state=with_released(self._budget.state, released, self._now))
        standing = {
            sender: with_released(
                state, [batch for batch in released if sender_of(batch, self._services.settings) == sender], self._now
            )
            for sender, state in states.items()
        }
        return Allotment(standing, self._pace, now=self._now, budget=budget)

    def _pace(self, key: DispatchKey, sender: Sender) -> Pace:
        return pace_of(self._dispatches[key], sender, self._services.settings)

    async def _booked(self, sender: Sender, placed: list[Placed]) -> list[Placed]:
        """Books the pace in the sender's row, anew where somebody has changed it; what of them is due then."""
        found: list[Placed] = []

        def book(current: SenderState) -> SenderState:
            nonlocal found
            found, then = placed, self._then[sender]
            if current is not self._known[sender]:
                allotment = self._allotment({sender: current})
                placed_anew = allotment.place([deque(one.batch for one in placed)], horizon=_horizon(self._services))
                found = self._not_before(placed_anew)
                then = allotment.states[sender]
            # Only the pace is booked: the quota of the day counts what is sent, when its sending begins.
            return replace(then, sent_by_hour=current.sent_by_hour)

        kept = await slots.change(self._rows, sender.name, book, known=self._known[sender])
        return found if kept is not None else []

    async def _on_the_queue(self) -> list[Batch]:
        found: list[Batch] = []
        for queue in self._queues:
            with apart(log, queue.dispatch.key):
                found += await self._services.ledger.batches(queue.dispatch.key, states={BatchState.RELEASED})
        return [batch for batch in found if senders_of(batch.channel, self._services.settings) == self._senders]


def _horizon(services: Services) -> datetime:
    return services.clock() + timedelta(seconds=services.settings.dispatch_release_ahead_seconds)


async def _put(placed: Sequence[Placed], services: Services) -> None:
    """Releases these batches and puts their messages on the queue, in the order of their turns."""
    wished = [_released(one) for one in placed]
    # The rows first: a crash before the messages leaves released batches that the sweep finds; the other order could
    # let a worker meet a batch that does not know it was released.
    released = {(batch.dispatch, batch.number): batch for batch in await _saved(wished, services)}
    for at in [(batch.dispatch, batch.number) for batch in wished]:
        if batch := released.get(at):
            assert batch.due is not None
            delay = max(0.0, (batch.due - services.clock()).total_seconds())
            await services.queues.put_batch(SendBatch.asking_for(batch), delay=delay)
            event(log, Action.BATCH_RELEASED, dispatch=batch.dispatch, batch=batch.number, delay=round(delay))


def _released(one: Placed) -> Batch:
    batch = one.batch
    return replace(
        batch,
        state=BatchState.RELEASED,
        mailbox=one.sender.name if one.sender.of_pool else batch.mailbox,
        due=max(one.due, batch.due or one.due),
        release=batch.release + 1,
    )


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
