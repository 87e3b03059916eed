"""Random histories of one dispatch: rounds, corrections, closings, abandonments, fall-backs, and processes that die.

The verbs are the real ones, the outside is in memory. After every step nobody has got a second letter, or a second
ticket, that no person asked for by name; judged by what the servers received.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dispatch import tick
from dispatch.closing import abandon, resolve
from dispatch.core import (
    Channel,
    DispatchError,
    DispatchState,
    Letter,
    Member,
    PlanDispatch,
    Recipient,
    RecipientState,
    SendBatch,
    own_ticket_reference,
)
from dispatch.planning import plan_requests
from dispatch.sending import EformidlingTransport
from dispatch.services import Services
from dispatch.steering import actions
from local.in_memory import Queued, QueueMessage
from local.small_worlds.gate import Worker
from local.small_worlds.kinds import KINDS, Kind
from local.small_worlds.mailbox import HIDDEN, LOST
from local.small_worlds.pureservice import OPEN, SOLVED, SmallPureservice
from local.small_worlds.setting import KEY, Setting
from local.small_worlds.world import handle

SOMEBODY = "0f8fad5b-d9cb-469f-a165-70867728950e"
HIDDEN_SECONDS, MOST_PROCESSES = 600, 3
PEOPLE = 4
WRONG = "feil(at)x.example"
TRIAL = "prove@x.example"
FIRST = "m0@x.example"
OWN = "egen@x.example"  # of the one who shared the address of the first on the list
SHARED = "felles@x.example"
SHARER = PEOPLE  # the last on the list when it is planned

Work = Callable[[Services], Coroutine[Any, Any, Any]]


@dataclass
class Correcting(SmallPureservice):
    """A list whose last member has no address that can be used, until somebody corrects one."""

    corrected: dict[int, str] = field(default_factory=lambda: {PEOPLE - 1: WRONG, SHARER: FIRST})

    def member(self, n: int, *, list_id: int = 0) -> Member:
        known = super().member(n, list_id=list_id)
        # One who is put on the list afterwards has the number of one who stood there.
        number = known.organization_number if n < PEOPLE - 1 or n > SHARER else ""
        return Member(known.kind, known.id, known.relation_id, known.name, self.corrected.get(n, known.address), number)


@dataclass(eq=False)
class Process:
    """One invocation, and the message that it was given."""

    worker: Worker
    message: QueueMessage | None = None


class History:
    """One life of a dispatch, step by step."""

    def __init__(self, kind: Kind) -> None:
        self.outside = Setting(kind)
        self.outside.settings = self.outside.settings.model_copy(
            update={"dispatch_batch_size": 2, "dispatch_window_size": 1}
        )
        split, organisations = kind.own_tickets, kind.exchange
        self.outside.pureservice = Correcting(people=PEOPLE + 1, organisations=organisations, split=split)
        self.processes: list[Process] = []
        self.before: dict[tuple[int, int], Recipient] = {}  # the rows when a person last asked to send again
        self.received: Counter[str] = Counter()  # and what had been received then
        self.uncertain_too = False
        self.had_shared = self.sharer_has_own = False
        self.points = {self.outside.settings.ef_ip_url: self.outside.exchange}  # by URL

    # --- processes

    async def live(self, work: Work, message: QueueMessage | None, end: tuple[str, int]) -> None:
        """Begins a process; ``end`` says whether it runs to its end, dies, or is put aside after so many calls."""
        process = Process(Worker("p"), message)
        self.processes.append(process)
        process.worker.start(work(self.outside.services(process.worker)))
        how, calls = end
        await self.go_on(process, None if how == "whole" else calls)
        if how == "dies" and process in self.processes:
            process.worker.kill()
            await self.settled(process)

    async def go_on(self, process: Process, calls: int | None) -> None:
        """Lets it through so many calls; None for all."""
        await self.settled(process)
        while process in self.processes and calls != 0:
            process.worker.let_through(0)
            await self.settled(process)
            calls = None if calls is None else calls - 1

    async def settled(self, process: Process) -> None:
        for _ in range(6):
            await asyncio.sleep(0)
        # The PDF is made beside the loop: the only thing that is neither at the gate nor at an end.
        while not process.worker.done and not process.worker.waiting:  # noqa: ASYNC110 - nothing could set an event
            await asyncio.sleep(0.0005)
        if not process.worker.done:
            return
        self.processes.remove(process)
        task = process.worker.task
        assert task is not None
        error = task.exception()
        if process.message is None:
            assert error is None or isinstance(error, DispatchError), f"{error!r}"
        elif process.worker.dead or error is not None:
            again = self.outside.clock.now
            self.outside.clock.pass_(HIDDEN_SECONDS)
            self.outside.queues.messages.append(Queued(process.message, self.outside.clock.now))
            self.outside.clock.now = again

    # --- what may happen

    async def timer(self, end: tuple[str, int]) -> None:
        await self.live(tick.run, None, end)

    async def deliver(self, end: tuple[str, int]) -> None:
        """The next message, when its time has come."""
        visible = self.outside.queues.next_visible()
        if visible is None:
            return
        self.outside.clock.now = max(self.outside.clock.now, visible)
        message = self.outside.queues.take()
        assert message is not None
        await self.live(lambda services: handle(message, services), message, end)

    async def poison(self, _: Any) -> None:
        """The next message has failed too often."""
        message = self.outside.queues.take()
        if isinstance(message, SendBatch):
            await self.live(lambda services: abandon.put_batch_back(message, services), message, ("whole", 0))
        elif isinstance(message, PlanDispatch):
            await self.live(lambda services: plan_requests.give_up(message, services), message, ("whole", 0))

    async def retry(self, how: tuple[bool, tuple[str, int]]) -> None:
        """A person sends again, and names the uncertain or does not."""
        uncertain, (way, calls) = how
        head = self.outside.ledger.heads.get(KEY)
        if head is None or head.state is not DispatchState.RESOLVED:
            return
        self.before, self.received, self.uncertain_too = self._rows(), self.outside.received(), uncertain
        end = ("dies" if way == "aside" else way, calls)
        await self.live(
            lambda services: actions.retry_failed(KEY, services, who=SOMEBODY, uncertain=uncertain), None, end
        )

    def _named(self) -> set[str]:
        """Whom a person named for this round: those in doubt whom it was asked to send to."""
        rows, named = self._rows(), set[str]()
        for place, old in self.before.items():
            in_doubt = old.state is RecipientState.UNCERTAIN and not old.superseded
            if self.uncertain_too and in_doubt and rows[place].superseded:
                named |= names_of(old)
        return named

    async def end(self, end: tuple[str, int]) -> None:
        await self.live(lambda services: actions.resolve_now(KEY, services, who=SOMEBODY), None, end)

    async def stop(self, end: tuple[str, int]) -> None:
        await self.live(lambda services: actions.stop(KEY, services, who=SOMEBODY), None, end)

    async def resume(self, end: tuple[str, int]) -> None:
        await self.live(lambda services: actions.resume(KEY, services, who=SOMEBODY), None, end)

    async def wake(self, how: tuple[int, int]) -> None:
        """A process that was put aside goes on."""
        which, calls = how
        if self.processes:
            await self.go_on(self.processes[which % len(self.processes)], calls)

    async def correct(self, how: tuple[int, str]) -> None:
        """Somebody corrects an address in Pureservice."""
        who, address = how
        pureservice = self.outside.pureservice
        assert isinstance(pureservice, Correcting)
        head = self.outside.ledger.heads.get(KEY)
        planned = head is not None and head.plan.made is not None
        if planned or who not in (0, SHARER):  # who shares an address is to be so when it is planned
            pureservice.corrected[who] = address

    async def put_on_the_list(self, address: str) -> None:
        """Somebody is put on the list, perhaps at an address that another has."""
        pureservice = self.outside.pureservice
        assert isinstance(pureservice, Correcting)
        if pureservice.people < SHARER + 4:
            pureservice.corrected[pureservice.people] = address
            pureservice.people += 1

    async def add(self, end: tuple[str, int]) -> None:
        """A person sends to those who were added since."""
        way, calls = end
        end = ("dies" if way == "aside" else way, calls)
        await self.live(lambda services: actions.send_to_added(KEY, services, who=SOMEBODY), None, end)

    async def set(self, how: tuple[str, str]) -> None:
        """The operator changes a setting; processes that are under way have the old one."""
        name, value = how
        outside = self.outside
        if name == "ef_ip_url" and outside.settings.ef_ip_url != value:
            if not outside.kind.exchange:
                return
            outside.exchange = self.points.setdefault(value, replace(outside.exchange, known=set()))
            outside.by_exchange = None
        outside.settings = outside.settings.model_copy(update={name: value})
        outside.graph.memory = outside.settings.mail_reconcile != "off"
        outside.graph.drafts_first = outside.settings.mail_reconcile == "draft"

    async def answers(self, given: list[str]) -> None:
        """What the outside will answer to the next attempts."""
        self.outside.graph.answers.extend(given)
        self.outside.exchange.answers.extend(given)
        self.outside.own.answers.extend(answer for answer in given if answer in (HIDDEN, LOST))

    async def time(self, seconds: float) -> None:
        self.outside.clock.pass_(seconds)

    # --- what must hold

    def check(self) -> None:
        """In a round nobody gets a second letter, nor a first one who has had one, unless named for that round."""
        named = self._named()
        received = self.outside.received()
        if OWN in {row.address for row in self._rows().values()} and not self.sharer_has_own:
            self.sharer_has_own = True
            assert not self.had_shared, "one who shared an address that has had the letter is written to again"
        self.had_shared = bool(received[FIRST]) and not self.outside.kind.exchange
        for who, count in received.items():
            if who == TRIAL:
                continue
            had = self.received[who]
            most = had + 1 if not had or who in named else had
            assert count <= most, f"{who} received {count} letters, {had} of them in earlier rounds"
        made = Counter(ticket.reference for ticket in self.outside.own.tickets)
        assert not [reference for reference, count in made.items() if count > 1], "a second ticket"

    def check_the_end(self) -> None:
        """The ledger tells what was received."""
        received = self.outside.received()
        for row in self._rows().values():
            got = sum(received[name] for name in names_of(row))
            if not row.superseded and row.state is RecipientState.DELIVERED:
                redirected = bool(row.attempt.route.redirect)
                assert got or redirected, f"{row.name} is reported as delivered and never received"
            if not row.superseded and row.state is RecipientState.FAILED and row.attempt.count:
                assert not got, f"{row.name} received, and is reported as failed ({row.reason})"

    async def finish(self) -> None:
        """Processes end, time passes, the case worker lets it go on; faults that were foretold still happen."""
        if self.outside.kind.exchange:  # what is for eFormidling waits until a trial is over
            await self.set(("mail_redirect_to", ""))
        for _ in range(60):
            for process in list(self.processes):
                await self.go_on(process, None)
            head = self.outside.ledger.heads.get(KEY)
            over = head is not None and head.state is DispatchState.RESOLVED
            if over and not self.outside.queues.messages:
                return
            if self.outside.pureservice.status in (OPEN, SOLVED) and not over:
                self.outside.pureservice.status = self.outside.pureservice.ready
            await self.timer(("whole", 0))
            for _ in range(len(self.outside.queues.messages)):
                await self.deliver(("whole", 0))
                self.check()
            self.outside.clock.pass_(300)
        pytest.fail("the dispatch never came to an end")

    def _rows(self) -> dict[tuple[int, int], Recipient]:
        return dict(self.outside.ledger.rows.get(KEY, {}))


def names_of(row: Recipient) -> set[str]:
    """Under which names the outside counts a letter of the row."""
    if row.channel is Channel.EFORMIDLING:
        return {row.organization_number}
    return {row.address, own_ticket_reference(KEY, row.kind, row.source_id)} - {""}


CHANGES_NOTHING = ("wake", "time", "correct", "answers", "put_on_the_list", "set")  # no process begins with it


@asynccontextmanager
async def a_history(kind: Kind) -> AsyncIterator[History]:
    """A dispatch that has been planned; whatever is still under way in the end is ended."""
    history = History(kind)
    try:
        await history.timer(("whole", 0))
        yield history
    finally:
        for process in list(history.processes):
            process.worker.kill()
            await history.settled(process)


ENDS = st.one_of(
    st.just(("whole", 0)),
    st.just(("whole", 0)),
    st.tuples(st.sampled_from(["dies", "aside"]), st.integers(0, 40)),
)
ADDRESSES = st.sampled_from(["m0@x.example", "m1@x.example", SHARED, "ny@x.example", WRONG])
CHANGES = (
    ("mail_from_address", ("utsending@etat.example", "ny@etat.example")),
    ("mail_redirect_to", ("", "", TRIAL)),
    ("mail_reconcile", ("sent-items", "draft", "off")),
    ("pureservice_121_send_via", ("mail", "pureservice")),
    ("ef_ip_url", ("http://127.0.0.1:1", "http://127.0.0.1:2")),
)
ANSWERS = ("accept", HIDDEN, HIDDEN, LOST, "recipient", "transport", "later")
STEPS = st.one_of(
    st.tuples(st.just("timer"), ENDS),
    st.tuples(st.just("deliver"), ENDS),
    st.tuples(st.just("deliver"), ENDS),
    st.tuples(st.just("retry"), st.tuples(st.booleans(), ENDS)),
    st.tuples(st.just("end"), ENDS),
    st.tuples(st.sampled_from(["stop", "resume"]), ENDS),
    st.tuples(st.just("poison"), st.none()),
    st.tuples(st.just("wake"), st.tuples(st.integers(0, 2), st.integers(1, 40))),
    st.tuples(st.just("correct"), st.tuples(st.integers(0, PEOPLE - 1), ADDRESSES)),
    st.tuples(st.just("correct"), st.just((SHARER, OWN))),
    st.tuples(st.just("put_on_the_list"), ADDRESSES),
    st.tuples(st.just("add"), ENDS),
    st.tuples(st.just("set"), st.one_of(*(st.tuples(st.just(name), st.sampled_from(v)) for name, v in CHANGES))),
    st.tuples(st.just("answers"), st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4)),
    st.tuples(st.just("time"), st.sampled_from([20.0, 61.0, 700.0])),
)
# A round at a time, so that histories come far: what is between two presses runs to its end.
ROUNDS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(ANSWERS), max_size=4),
        st.lists(STEPS, max_size=6),
        st.booleans(),
        st.sampled_from(["", "end", "end", "poison"]),
    ),
    min_size=2,
    max_size=4,
)


@contextmanager
def without_typesetting() -> Iterator[None]:
    """The document is not what these histories are about, and making it would be all of their time."""

    async def as_it_is(letter: Letter, **_: Any) -> Any:
        return SimpleNamespace(content=letter.html.encode())

    with pytest.MonkeyPatch.context() as patched:
        for module in (resolve, sys.modules[EformidlingTransport.__module__]):
            patched.setattr(module, "render_pdf", as_it_is)
        yield


async def lived(kind: Kind, rounds: list[tuple[list[str], list[tuple[str, Any]], bool, str]]) -> None:
    async with a_history(kind) as history:
        for answers, steps, uncertain, closed in rounds:
            await history.answers(answers)
            for name, given_ in steps:
                if len(history.processes) < MOST_PROCESSES or name in CHANGES_NOTHING:
                    await getattr(history, name)(given_)
                    history.check()
            await history.finish()
            history.check()
            history.check_the_end()
            await history.retry((uncertain, ("whole", 0)))
            if closed:  # before anything of the new round is sent
                await getattr(history, closed)(("whole", 0))
        await history.finish()
        history.check()
        history.check_the_end()


@pytest.mark.parametrize("name", sorted(KINDS))
@settings(
    max_examples=int(os.environ.get("HISTORIES", "40")),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    derandomize="MODEL_RANDOM" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(rounds=ROUNDS)
def test_nobody_is_accepted_twice_in_any_history_unless_a_person_asked_for_them_by_name(name, rounds):
    with without_typesetting():
        asyncio.run(lived(KINDS[name], rounds))
