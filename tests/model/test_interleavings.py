"""Random interleavings of ticks, deliveries, repeated deliveries, crashes at any call, faults and status changes.

Hypothesis finds the order; after every step nobody has received twice, and in the end the ledger, the report and the
mailboxes tell the same, whatever happened on the way.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dispatch import tick
from dispatch.closing import abandon, resolve
from dispatch.core import (
    OUTCOMES,
    DispatchState,
    OutcomeUnknown,
    PlanDispatch,
    Recipient,
    RecipientState,
    SendBatch,
    TicketSystemBusy,
    Transport,
    dispatch_key,
)
from dispatch.mail import FrozenLetters
from dispatch.planning import plan_requests
from dispatch.sending import worker as sending_worker
from dispatch.services import Services, Statuses, TicketWatch
from local.in_memory import CheckedLedger, MemoryContent, MemoryQueues, MemoryReader, Queued, QueueMessage
from local.sheet_reader import SHEETS
from local.small_worlds.gate import Gated, Worker
from local.small_worlds.mailbox import ANSWERS, SmallMailbox
from local.small_worlds.pureservice import OPEN, READY, SOLVED, TICKET, SmallPureservice
from local.typesetter import set_once
from tests.builders import FixedClock, some_settings

KEY = dispatch_key(TICKET, 8001)  # type: ignore[arg-type]  # plain ints are what the rows hold
WINDOW = 3
HIDDEN_SECONDS, FAILED_SECONDS, MOST_FAILURES = 600, 60, 5
MOST_HANDS, MOST_TIMERS = 4, 2

WORKS: ContextVar[Worker | None] = ContextVar("works", default=None)  # whose call it is


@dataclass(eq=False)
class Hand:
    """A message in a worker's hands; it is deleted only when the worker ends well."""

    worker: Worker
    message: QueueMessage | None
    failures: int = 0


class Interleavings(RuleBasedStateMachine):
    """One dispatch, several processes."""

    mode = "sent-items"
    in_doubt = "hold"

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.hands: list[Hand] = []
        self.failures: dict[str, int] = {}
        self.outcomes: dict[tuple[int, int], Recipient] = {}
        self.killed_windows = 0
        random.seed(0)

    @initialize(people=st.integers(1, 12), size=st.integers(1, 6), planned=st.booleans())
    def begin(self, people: int, size: int, planned: bool) -> None:
        self.clock = FixedClock()
        self.ledger, self.content, self.queues = CheckedLedger(), MemoryContent(), MemoryQueues(self.clock)
        self.pureservice = SmallPureservice(people)
        self.graph = SmallMailbox(memory=self.mode != "off", drafts_first=self.mode == "draft")
        self.smtp = SmallMailbox(name=Transport.SMTP, memory=False)
        self.settings = some_settings(
            DISPATCH_BATCH_SIZE=str(size),
            DISPATCH_WINDOW_SIZE=str(WINDOW),
            DISPATCH_LEASE_SECONDS="60",
            DISPATCH_IN_DOUBT=self.in_doubt,
            MAIL_RECONCILE=self.mode,
            MAIL_CONCURRENCY="4",
        )
        self.ledger.doubt_bound = WINDOW
        if planned:
            self._advance(self._start(None), 4000)

    def _advance(self, hand: Hand, calls: int, place: int = 0) -> None:
        for _ in range(calls):
            if hand not in self.hands:
                return
            hand.worker.let_through(place)
            self.loop.run_until_complete(self._settle())

    def teardown(self) -> None:
        try:
            if hasattr(self, "ledger"):
                self.finish_quietly()
                self.check_the_end()
        finally:
            for hand in self.hands:
                hand.worker.kill()
            self.loop.run_until_complete(self._settle())
            self.loop.close()

    # --- processes

    def _services(self, worker: Worker) -> Services:
        return self._behind(worker, self.clock)

    def _behind(self, gate: Any, clock: Callable[[], datetime]) -> Services:
        late = self._deadline(TicketSystemBusy("POST", "/", message="Deadline"))
        tickets: Any = Gated(self.pureservice, gate, too_late=late)
        content: Any = Gated(self.content, gate)
        ledger: Any = Gated(self.ledger, gate)
        queues: Any = Gated(self.queues, gate)
        unsure = self._deadline(OutcomeUnknown(Transport.GRAPH, "Deadline"))
        transports: Any = tuple(Gated(mailbox, gate, too_late=unsure) for mailbox in (self.graph, self.smtp))
        return Services(
            settings=self.settings,
            clock=clock,
            tickets=tickets,
            own_tickets=tickets,
            undelivered_mail=tickets,
            ledger=ledger,
            reader=MemoryReader(self.ledger),
            content=content,
            templates=content,
            queues=queues,
            transports=transports,
            exchange=None,
            statuses=Statuses(tickets, clock),
            watch=TicketWatch(tickets, clock),
            letters=FrozenLetters(content),
            typesetter=set_once,
            sheets=SHEETS,
        )

    def _deadline(self, error: Exception) -> Callable[[float], Callable[[], None]]:
        """A request that has not left within its deadline never leaves; its caller hears of no answer."""

        def begin(seconds: float) -> Callable[[], None]:
            begun = self.clock()

            def check() -> None:
                if self.clock() - begun > timedelta(seconds=seconds):
                    raise error

            return check

        return begin

    def _start(self, message: QueueMessage | None) -> Hand:
        return self._begin(message, lambda services: self._handler(message, services))

    def _begin(self, message: QueueMessage | None, handler: Callable[[Services], Awaitable[object]]) -> Hand:
        worker = Worker(f"w{len(self.hands)}")
        services = self._services(worker)

        async def work() -> None:
            WORKS.set(worker)
            await handler(services)

        async def started() -> None:
            worker.start(work())
            await self._settle()

        hand = Hand(worker, message)
        self.hands.append(hand)
        self.loop.run_until_complete(started())
        return hand

    def _handler(self, message: QueueMessage | None, services: Services) -> Coroutine[Any, Any, None]:
        if message is None:
            return tick.run(services)
        if isinstance(message, SendBatch):
            if self.failures.get(message.to_json(), 0) >= MOST_FAILURES:
                return abandon.put_batch_back(message, services)
            return sending_worker.run(message, services)
        if isinstance(message, PlanDispatch):
            poisoned = self.failures.get(message.to_json(), 0) >= MOST_FAILURES
            return (plan_requests.give_up if poisoned else plan_requests.run)(message, services)
        return resolve.run(message, services)

    async def _settle(self) -> None:
        for _ in range(8):
            await asyncio.sleep(0)
        for hand in list(self.hands):
            # The PDF is made in a thread: the only thing that is neither at the gate nor at an end.
            while not hand.worker.done and not hand.worker.waiting:  # noqa: ASYNC110 - nothing could set an event
                await asyncio.sleep(0.0005)
            if hand.worker.done:
                self._ended(hand)

    def _ended(self, hand: Hand) -> None:
        self.hands.remove(hand)
        task = hand.worker.task
        assert task is not None
        error = task.exception()
        if hand.message is None:
            assert error is None, f"the timer must never fail: {error!r}"
            return
        if hand.worker.dead:
            self._put_again(hand.message, HIDDEN_SECONDS)
        elif error is not None:
            name = hand.message.to_json()
            self.failures[name] = self.failures.get(name, 0) + 1
            self._put_again(hand.message, FAILED_SECONDS)

    def _put_again(self, message: QueueMessage, seconds: float) -> None:
        self.queues.messages.append(Queued(message, self.clock() + timedelta(seconds=seconds)))

    # --- what may happen

    @precondition(lambda self: sum(hand.message is None for hand in self.hands) < MOST_TIMERS)
    @rule(calls=st.integers(0, 80))
    def timer(self, calls: int) -> None:
        self._advance(self._start(None), calls)

    @precondition(lambda self: len(self.hands) < MOST_HANDS)
    @rule(calls=st.integers(0, 60), crash=st.booleans())
    def deliver(self, calls: int, crash: bool) -> None:
        """The next message is delivered, when its time has come, and its worker gets some way, or dies on it."""
        visible = self.queues.next_visible()
        if visible is not None:
            self.clock.now = max(self.clock.now, visible)
        self._go_on(self._start(self.queues.take()), calls, 0, crash=crash)

    @precondition(lambda self: any(hand.message for hand in self.hands) and len(self.hands) < MOST_HANDS)
    @rule(which=st.integers(0, 3), calls=st.integers(0, 60))
    def deliver_the_same_again(self, which: int, calls: int) -> None:
        held = [hand.message for hand in self.hands if hand.message]
        self._advance(self._start(held[which % len(held)]), calls)

    @precondition(lambda self: bool(self.hands))
    @rule(which=st.integers(0, 3), calls=st.integers(1, 60), place=st.integers(0, 3), crash=st.booleans())
    def go_on(self, which: int, calls: int, place: int, crash: bool) -> None:
        self._go_on(self.hands[which % len(self.hands)], calls, place, crash=crash)

    def _go_on(self, hand: Hand, calls: int, place: int, *, crash: bool) -> None:
        self._advance(hand, calls, place)
        if crash and hand in self.hands:
            hand.worker.kill()
            self.loop.run_until_complete(self._settle())

    @rule(seconds=st.sampled_from([1.0, 20.0, 61.0, 400.0, 1000.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.move(seconds)

    @rule(answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4))
    def graph_will_answer(self, answers: list[str]) -> None:
        self.graph.answers.extend(answers)

    @rule(calls=st.integers(1, 3))
    def pureservice_is_busy(self, calls: int) -> None:
        self.pureservice.busy = calls

    @precondition(lambda self: self.pureservice.status != SOLVED)
    @rule(ready=st.booleans())
    def case_worker_sets_status(self, ready: bool) -> None:
        self.pureservice.status = READY if ready else OPEN

    @precondition(lambda self: self.pureservice.status == SOLVED)
    @rule()
    def case_worker_sets_it_ready_again(self) -> None:
        self.pureservice.status = READY

    # --- what must always hold

    @invariant()
    def nobody_has_received_twice(self) -> None:
        if not hasattr(self, "graph"):
            return
        counted = self.graph.by_address() + self.smtp.by_address()
        for address, count in counted.items():
            if count > 1:
                ids = {
                    mail.message_id
                    for box in (self.graph, self.smtp)
                    for mail in box.received
                    if mail.to.address == address
                }
                assert self.in_doubt == "resend", f"{address} received {count} letters"
                assert len(ids) == 1, "a letter that is repeated is the same letter"

    @invariant()
    def an_outcome_is_never_left(self) -> None:
        if not hasattr(self, "ledger"):
            return
        rows = self.ledger.rows.get(KEY, {})
        head = self.ledger.heads.get(KEY)
        if head is None or head.state in (DispatchState.PLANNING, DispatchState.REJECTING, DispatchState.REJECTED):
            self.outcomes.clear()
            return
        for place, row in self.outcomes.items():
            assert rows.get(place, row) == row, "an outcome was changed"
        self.outcomes.update({place: row for place, row in rows.items() if row.state in OUTCOMES})

    # --- the end

    def finish_quietly(self) -> None:
        """No more faults: the processes end, the case worker leaves the ticket ready, time passes."""
        self.graph.answers.clear()
        self.pureservice.busy = 0
        for _ in range(400):
            for hand in list(self.hands):
                self._advance(hand, 4000)
            if self.pureservice.status == OPEN:
                self.pureservice.status = READY
            if self._is_over():
                return
            self._start(None)
            while (message := self.queues.take()) is not None:
                self._start(message)
            self.clock.move(300)
        pytest.fail("the dispatch never came to an end")

    def _is_over(self) -> bool:
        head = self.ledger.heads.get(KEY)
        ended = head is not None and head.state is DispatchState.RESOLVED
        return ended and not self.queues.messages and not self.hands and self.pureservice.status == SOLVED

    def check_the_end(self) -> None:
        self.nobody_has_received_twice()
        self.an_outcome_is_never_left()
        rows = [row for row in self.ledger.rows[KEY].values() if not row.superseded]
        head = self.ledger.heads[KEY]
        received = self.graph.by_address() + self.smtp.by_address()
        assert all(row.state in OUTCOMES for row in rows)
        assert head.plan.recipients == len(rows) == self.pureservice.people
        for row in rows:
            got = received[row.address]
            if row.state is RecipientState.DELIVERED:
                assert got >= 1, "reported as delivered and never received"
            elif row.state is not RecipientState.UNCERTAIN:
                assert got == 0, f"received, and reported as {row.state}"
        if self.mode != "off":
            by_smtp = {row.address for row in rows if row.attempt.transport is Transport.SMTP}
            uncertain = [row for row in rows if row.state is RecipientState.UNCERTAIN and row.address not in by_smtp]
            assert uncertain == [] or self.failures, "the mailbox could have told"
        assert len(set(self.pureservice.solutions)) == 1, "one solution"
        assert len(self.pureservice.attached) == len(set(self.pureservice.attached)), "each file once"


class WithDrafts(Interleavings):
    mode = "draft"


class WithoutMemory(Interleavings):
    mode = "off"


class Resending(Interleavings):
    mode = "off"
    in_doubt = "resend"


QUICK = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    # A failing run is told step by step; making it smaller takes minutes, and its seed makes it again.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    derandomize="MODEL_RANDOM" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestSentItems = Interleavings.TestCase
TestDrafts = WithDrafts.TestCase
TestOff = WithoutMemory.TestCase
TestResend = Resending.TestCase
for case in (TestSentItems, TestDrafts, TestOff, TestResend):
    case.settings = QUICK
del case
