"""Random interleavings over two instances that live on and remember, whose clocks may differ, and a person in a third.

In the other model each process begins anew; here what an instance knows from before (the rows that it keeps, its watch
over tickets, its letters) is met with what others have done meanwhile.
"""

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from dispatch.core import (
    OUTCOMES,
    DispatchState,
    HalfDone,
    LostRace,
    RecipientState,
    Rejected,
    TicketSystemBusy,
)
from dispatch.services import Services
from dispatch.steering import actions
from local.small_worlds.gate import Worker
from local.small_worlds.pureservice import OPEN, READY
from tests.model.test_interleavings import KEY, MOST_HANDS, WORKS, Interleavings

SOMEBODY = "kari@kommune.no"
FIRST, SECOND, PERSONS = range(3)  # the instances
PRESSES: dict[str, Callable[[Services], Awaitable[object]]] = {
    "stop": lambda services: actions.stop(KEY, services, who=SOMEBODY),
    "go on": lambda services: actions.resume(KEY, services, who=SOMEBODY),
    "resolve": lambda services: actions.resolve_now(KEY, services, who=SOMEBODY),
    "send again": lambda services: actions.retry_failed(KEY, services, who=SOMEBODY),
    "send again to the uncertain": lambda services: actions.retry_failed(KEY, services, who=SOMEBODY, uncertain=True),
}


class WhoeverWorks:
    """The gate of an instance's services: the process that makes the call is the one that stops."""

    async def stop_here(self) -> None:
        worker = WORKS.get()
        if worker is not None:
            await worker.stop_here()


class TwoInstances(Interleavings):
    skews = (0.0, 0.0, 0.0)

    def __init__(self) -> None:
        super().__init__()
        self.instances: list[Services] = []
        self.instance = FIRST
        self.asked_for_uncertain = False

    def _services(self, worker: Worker) -> Services:
        if not self.instances:
            self.instances = [self._instance(skew) for skew in self.skews]
        return self.instances[self.instance]

    def _instance(self, skew: float) -> Services:
        return self._behind(WhoeverWorks(), lambda: self.clock() + timedelta(seconds=skew))

    # --- what may happen besides

    @rule(which=st.sampled_from([FIRST, SECOND]))
    def another_instance_is_next(self, which: int) -> None:
        self.instance = which

    @precondition(lambda self: KEY in self.ledger.heads and len(self.hands) < MOST_HANDS)
    @rule(what=st.sampled_from(sorted(PRESSES)), calls=st.integers(0, 60))
    def person_presses(self, what: str, calls: int) -> None:
        self.asked_for_uncertain |= what == "send again to the uncertain"

        async def press(services: Services) -> None:
            try:
                await PRESSES[what](services)
            except (Rejected, TicketSystemBusy, LostRace, HalfDone):
                return  # the page says so, and what was done and what not

        before, self.instance = self.instance, PERSONS
        hand = self._begin(None, press)
        self.instance = before
        self._advance(hand, calls)

    @rule(rounds=st.integers(1, 3))
    def all_that_is_due_is_done(self, rounds: int) -> None:
        for number in range(rounds):
            self.instance = number % 2
            self._advance(self._start(None), 4000)
            for _ in range(12):
                message = self.queues.take()
                if message is None:
                    break
                self.instance = SECOND - self.instance
                self._advance(self._start(message), 4000)
            self.clock.move(5)

    @rule(seconds=st.sampled_from([2.0, 5.0, 19.0]))
    def a_little_time_passes(self, seconds: float) -> None:
        self.clock.move(seconds)

    # --- what must hold

    @invariant()
    def nobody_has_received_twice(self) -> None:
        if not self.asked_for_uncertain:
            super().nobody_has_received_twice()

    @invariant()
    def an_outcome_is_never_left(self) -> None:
        """An outcome is set aside by a round that a person asked for, and is never another."""
        if not hasattr(self, "ledger"):
            return
        rows, head = self.ledger.rows.get(KEY, {}), self.ledger.heads.get(KEY)
        if head is None or head.state in (DispatchState.PLANNING, DispatchState.REJECTING, DispatchState.REJECTED):
            self.outcomes.clear()
            return
        for place, row in self.outcomes.items():
            assert replace(rows[place], superseded=row.superseded) == row, "an outcome was changed"
        self.outcomes.update({place: row for place, row in rows.items() if row.state in OUTCOMES})

    def check_the_end(self) -> None:
        self.nobody_has_received_twice()
        rows = [row for row in self.ledger.rows[KEY].values() if not row.superseded]
        received = self.graph.by_address() + self.smtp.by_address()
        assert all(row.state in OUTCOMES for row in rows)
        assert self.ledger.heads[KEY].plan.recipients == len(rows) == self.pureservice.people
        for row in rows:
            if row.state is RecipientState.DELIVERED:
                assert received[row.address] >= 1, "reported as delivered and never received"
            elif row.state is not RecipientState.UNCERTAIN:
                assert received[row.address] == 0 or self.asked_for_uncertain, f"received, and reported as {row.state}"
        assert len(self.pureservice.attached) == len(set(self.pureservice.attached)), "each file once"

    def finish_quietly(self) -> None:
        """No more faults; a ticket that a person's act has stopped is set ready, unless that round has ended."""
        self.graph.answers.clear()
        self.pureservice.busy = 0
        for number in range(400):
            for hand in list(self.hands):
                self._advance(hand, 4000)
            head = self.ledger.heads.get(KEY)
            has_ended = head is not None and head.rounds.ended == head.rounds.current
            if self.pureservice.status == OPEN and not (
                has_ended and head is not None and head.state is DispatchState.STOPPED
            ):
                self.pureservice.status = READY
            if self._is_over():
                return
            self.instance = number % 2
            self._start(None)
            while (message := self.queues.take()) is not None:
                self._start(message)
            self.clock.move(300)
        raise AssertionError("the dispatch never came to an end")


class ClocksApart(TwoInstances):
    skews = (0.0, 25.0, -25.0)


class WithDrafts(TwoInstances):
    mode = "draft"


class Resending(TwoInstances):
    mode = "off"
    in_doubt = "resend"


QUICK = settings(
    max_examples=int(os.environ.get("LONG_LIVED", "12")),
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    derandomize="LONG_LIVED" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestTwoInstances = TwoInstances.TestCase
TestClocksApart = ClocksApart.TestCase
TestDrafts = WithDrafts.TestCase
TestResend = Resending.TestCase
for case in (TestTwoInstances, TestClocksApart, TestDrafts, TestResend):
    case.settings = QUICK
# The base class is another module's case, with settings of its own.
del case, Interleavings
