"""A world small enough to be lived through in every order: one dispatch of three recipients in one batch.

The processes are real: the verbs of production, each with services of its own, stopped at every call to the outside.
The outside is in memory, and what it received is what the ledger and the report are held against.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dispatch import tick
from dispatch.closing import resolve
from dispatch.core import (
    OUTCOMES,
    DispatchKey,
    DispatchState,
    OutcomeUnknown,
    RecipientState,
    Rejected,
    ResolveTicket,
    SendBatch,
    TicketSystemBusy,
    Transport,
)
from dispatch.mail import FrozenLetters
from dispatch.sending import EformidlingTransport
from dispatch.sending.worker import run as send
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.settings import Settings
from dispatch.steering import actions
from local.in_memory import MemoryContent, MemoryLedger, MemoryQueues, Queued
from local.memory_reader import MemoryReader
from local.small_worlds.exchange import SmallExchange
from local.small_worlds.gate import Gated, Worker
from local.small_worlds.outside import HIDDEN, LOST, OPEN, SOLVED, TICKET, SmallMailbox, SmallPureservice
from local.small_worlds.own_tickets import SmallOwnTickets

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = DispatchKey(f"{TICKET}-8001")
LEASE = 60
MOST_DELIVERIES = 12
HIDDEN_SECONDS = 600  # a message in the hands of a process that died comes back after so long
SOMEBODY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a world is of: how it sends, and what the outside answers to the first three attempts."""

    name: str
    settings: tuple[tuple[str, str], ...] = ()
    exchange: bool = False
    own_tickets: bool = False
    memory: bool = True
    drafts: bool = False
    answers: tuple[str, ...] = ("accept", HIDDEN, "recipient")


KINDS = {
    kind.name: kind
    for kind in (
        Kind("sent-items"),
        Kind("draft", (("MAIL_RECONCILE", "draft"),), drafts=True),
        Kind("off", (("MAIL_RECONCILE", "off"),), memory=False),
        Kind("eformidling", exchange=True),
        Kind("own-tickets", own_tickets=True),
        Kind("own-messages", (("PURESERVICE_121_SEND_VIA", "pureservice"),), own_tickets=True, answers=("", HIDDEN)),
    )
}


class Clock:
    """Moves only when the world moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        """Time goes by."""
        self.now += timedelta(seconds=seconds)


class Broken(AssertionError):
    """Something that must always hold does not."""


@dataclass(eq=False)
class Process:
    """One invocation: a message in a worker's hands, the timer, or a person at the page."""

    worker: Worker
    message: SendBatch | ResolveTicket | None = None
    person: bool = False


@dataclass
class World:
    """One life: begin, let processes go on in some order, end, and look."""

    kind: Kind
    loop: asyncio.AbstractEventLoop
    exchange: SmallExchange = field(default_factory=SmallExchange)
    by_exchange: EformidlingTransport | None = None  # kept from one world to the next: it remembers the document
    clock: Clock = field(default_factory=Clock)
    processes: list[Process] = field(default_factory=list)
    asked_for_uncertain: bool = False

    def __post_init__(self) -> None:
        random.seed(0)
        self.ledger, self.content, self.queues = MemoryLedger(), MemoryContent(), MemoryQueues(self.clock)
        self.pureservice = SmallPureservice(people=3, organisations=self.kind.exchange, split=self.kind.own_tickets)
        self.graph = SmallMailbox(memory=self.kind.memory, drafts_first=self.kind.drafts)
        self.smtp = SmallMailbox(name=Transport.SMTP, memory=False)
        self.own = SmallOwnTickets()
        self.exchange.forget()
        self.settings = Settings.from_environ(
            {
                "PURESERVICE_URL": "http://127.0.0.1:1",
                "PURESERVICE_APIKEY": "small",
                "MAIL_FROM_ADDRESS": "utsending@etat.example",
                "MAIL_REPLYTO_ADDRESS": "svar@etat.example",
                "MAIL_HOST": "127.0.0.1",
                "MAIL_ENCRYPTION": "none",
                "MAIL_RATE_PER_MINUTE": "0",
                "AzureWebJobsStorage": "UseDevelopmentStorage=true",
                "DISPATCH_LEASE_SECONDS": str(LEASE),
                **({"EF_IP_URL": "http://127.0.0.1:1", "EF_SELF_ID": "910000012"} if self.kind.exchange else {}),
                **dict(self.kind.settings),
            }
        )

    # --- the beginning and the end

    async def plan(self) -> SendBatch:
        """The timer has planned and released the batch; returns its message, not yet delivered."""
        await self._to_the_end(await self.timer())
        message = self.queues.take()
        if not isinstance(message, SendBatch):
            raise Broken("no batch was released")
        self.faults_begin()
        return message

    def faults_begin(self) -> None:
        """From here on the outside answers as this kind of world has it."""
        box = self.exchange.answers if self.kind.exchange else self.graph.answers
        if self.kind.own_tickets:
            self.own.answers.extend(answer for answer in self.kind.answers if answer in ("", HIDDEN, LOST))
        else:
            box.extend(self.kind.answers)

    def as_planned(self, planned: "World") -> None:
        """Begins where the other world stood when it was planned; whatever it did later is its own."""
        self.ledger, self.content = planned.ledger.copy(), planned.content
        self.clock.now = planned.clock.now
        self.faults_begin()

    async def finish(self) -> None:
        """No more faults: processes end, time passes, and a person wishes the dispatch to end."""
        for answers in (self.graph.answers, self.exchange.answers, self.own.answers):
            answers.clear()
        for _ in range(60):
            for process in list(self.processes):
                await self._to_the_end(process)
            if self._is_over():
                return
            if self.pureservice.status == OPEN and self._state() is not DispatchState.STOPPED:
                self.pureservice.status = self.pureservice.ready
            if self._state() is DispatchState.STOPPED and not self._ended_by_person():
                self.pureservice.status = self.pureservice.ready
            await self._to_the_end(await self.timer())
            while (message := self.queues.take()) is not None:
                await self._to_the_end(await self.deliver(message))
            self.clock.pass_(300)
        raise Broken(f"the dispatch never came to an end: {self._state()}, {self.queues.messages}")

    def _ended_by_person(self) -> bool:
        head = self.ledger.heads.get(KEY)
        return head is not None and head.rounds.ended == head.rounds.current

    def _state(self) -> DispatchState | None:
        head = self.ledger.heads.get(KEY)
        return head.state if head else None

    def _is_over(self) -> bool:
        ended = self._state() is DispatchState.RESOLVED and self.pureservice.status == SOLVED
        return ended and not self.queues.messages and not self.processes

    async def close(self) -> None:
        """What still runs ends here."""
        for process in list(self.processes):
            await self.kill(process)

    # --- processes

    async def timer(self) -> Process:
        """The timer fires."""
        return await self.start(tick.run)

    async def deliver(self, message: SendBatch | ResolveTicket) -> Process:
        """The message reaches a worker."""

        def handler(services: Services) -> Coroutine[Any, Any, None]:
            return send(message, services) if isinstance(message, SendBatch) else resolve.run(message, services)

        return await self.start(handler, message=message)

    async def drain(self) -> Process:
        """A host to which one message after another is delivered, each when its time has come."""

        async def draining(services: Services) -> None:
            for _ in range(MOST_DELIVERIES):
                visible = self.queues.next_visible()
                if visible is None:
                    return
                self.clock.now = max(self.clock.now, visible)
                message = self.queues.take()
                if isinstance(message, SendBatch):
                    await send(message, services)
                elif message is not None:
                    await resolve.run(message, services)

        return await self.start(draining)

    async def press(self, what: str) -> Process:
        """A person presses buttons, one after another: names joined by a plus sign."""

        async def pressing(services: Services) -> None:
            for button in what.split("+"):
                try:
                    await self._press(button, services)
                except (Rejected, TicketSystemBusy):
                    continue  # the page says so, and nothing was done

        return await self.start(pressing, person=True)

    async def _press(self, button: str, services: Services) -> None:
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "stop": lambda: actions.stop(KEY, services, who=SOMEBODY),
            "go on": lambda: actions.resume(KEY, services, who=SOMEBODY),
            "send again": lambda: actions.retry_failed(KEY, services, who=SOMEBODY),
            "send again to the uncertain": lambda: actions.retry_failed(KEY, services, who=SOMEBODY, uncertain=True),
            "resolve": lambda: actions.resolve_now(KEY, services, who=SOMEBODY),
        }
        self.asked_for_uncertain |= button == "send again to the uncertain"
        await acts[button]()

    async def start(
        self,
        handler: Callable[[Services], Coroutine[Any, Any, None]],
        *,
        message: SendBatch | ResolveTicket | None = None,
        person: bool = False,
    ) -> Process:
        worker = Worker(f"w{len(self.processes)}")
        process = Process(worker, message, person)
        self.processes.append(process)

        worker.start(handler(self._services(worker)))
        await self._settle()
        return process

    async def step(self, process: Process) -> bool:
        """Lets one call of the process through; False where it has ended."""
        if process not in self.processes:
            return False
        process.worker.let_through(0)
        await self._settle()
        return True

    async def kill(self, process: Process) -> None:
        """The process is gone; what it had done so far stands."""
        if process in self.processes:
            process.worker.kill()
            await self._settle()

    def is_frozen(self, process: Process) -> None:
        """Its host does not hold the message any longer: it comes to another after a while."""
        if process in self.processes and process.message is not None:
            self._put_again(process.message, HIDDEN_SECONDS)

    async def _to_the_end(self, process: Process) -> None:
        while await self.step(process):
            pass

    def _services(self, worker: Worker) -> Services:
        late = self._deadline(TicketSystemBusy("POST", "/", message="Deadline"))
        tickets: Any = Gated(self.pureservice, worker, too_late=late, twice=False)
        content: Any = Gated(self.content, worker, twice=False)
        ledger: Any = Gated(self.ledger, worker)  # a process may be put aside between its intent and its request
        queues: Any = Gated(self.queues, worker, twice=False)
        own: Any = Gated(self.own, worker, too_late=late, twice=False)
        unsure = self._deadline(OutcomeUnknown(Transport.GRAPH, "Deadline"))
        transports: Any = tuple(
            Gated(mailbox, worker, too_late=unsure, twice=False) for mailbox in (self.graph, self.smtp)
        )
        return Services(
            settings=self.settings,
            clock=self.clock,
            tickets=tickets,
            own_tickets=own,
            undelivered_mail=tickets,
            ledger=ledger,
            reader=MemoryReader(self.ledger),
            content=content,
            templates=content,
            queues=queues,
            transports=transports,
            exchange=self._exchange(worker),
            statuses=Statuses(tickets, self.clock),
            watch=TicketWatch(tickets, self.clock),
            letters=FrozenLetters(content),
        )

    def _exchange(self, worker: Worker) -> Any:
        if not self.kind.exchange:
            return None
        unsure = self._deadline(OutcomeUnknown(Transport.EFORMIDLING, "Deadline"))
        self.by_exchange = self.by_exchange or EformidlingTransport(self.exchange, self.settings)
        return Gated(self.by_exchange, worker, too_late=unsure, twice=False)

    def _deadline(self, error: Exception) -> Callable[[float], Callable[[], None]]:
        """A request that has not left within its deadline never leaves; its caller hears of no answer."""

        def begin(seconds: float) -> Callable[[], None]:
            begun = self.clock()

            def check() -> None:
                if self.clock() - begun > timedelta(seconds=seconds):
                    raise error

            return check

        return begin

    async def _quiet(self) -> None:
        """Until nothing is left that could run."""
        ready: Any = self.loop._ready  # type: ignore[attr-defined]  # noqa: SLF001 - nothing else tells it exactly
        await asyncio.sleep(0)
        while ready:  # noqa: ASYNC110 - the loop itself is what is waited for
            await asyncio.sleep(0)

    async def _settle(self) -> None:
        await self._quiet()
        for process in list(self.processes):
            # The PDF is made elsewhere: the only thing that is neither at the gate nor at an end.
            while not process.worker.done and not process.worker.waiting:
                await asyncio.sleep(0.0005)
                await self._quiet()
            if process.worker.done:
                self._ended(process)

    def _ended(self, process: Process) -> None:
        self.processes.remove(process)
        task = process.worker.task
        error = task.exception() if task else None
        if process.message is None:
            if error is not None:
                raise Broken(f"{'a press' if process.person else 'the timer'} failed: {error!r}") from error
            return
        if process.worker.dead or error is not None:
            seconds = HIDDEN_SECONDS if process.worker.dead else LEASE
            self._put_again(process.message, seconds)

    def _put_again(self, message: SendBatch | ResolveTicket, seconds: float) -> None:
        self.queues.messages.append(Queued(message, self.clock() + timedelta(seconds=seconds)))

    # --- what must hold

    def received(self) -> Counter[str]:
        """What each recipient got, whatever carried it, by the recipient's number in the list."""
        counted: Counter[str] = Counter()
        for mailbox in (self.graph, self.smtp):
            counted.update(mail.to.address for mail in mailbox.received)
        counted.update(self.exchange.received)
        counted.update(
            {
                ticket.reference: self.own.messages[int(ticket.id)]
                for ticket in self.own.tickets
                if self.own.messages[int(ticket.id)]
            }
        )
        return counted

    def check_always(self) -> None:
        """Nobody got two letters, or two tickets, unless a person asked for the uncertain."""
        most = 2 if self.asked_for_uncertain else 1
        for who, count in self.received().items():
            if count > most:
                raise Broken(f"{who} received {count} letters")
        for reference, count in Counter(ticket.reference for ticket in self.own.tickets).items():
            if count > 1:
                raise Broken(f"{reference} was made {count} times")

    def check_the_end(self) -> None:
        """Ledger, mailbox and ticket tell the same."""
        self.check_always()
        rows = [row for row in self.ledger.rows[KEY].values() if not row.superseded]
        if len(rows) != self.pureservice.people:
            raise Broken(f"{len(rows)} rows for {self.pureservice.people} people")
        received = self.received()
        for row in rows:
            if row.state not in OUTCOMES:
                raise Broken(f"{row.index} has no outcome")
            got = sum(received[name] for name in self._names_of(row.source_id))
            if row.state is RecipientState.DELIVERED and not got:
                raise Broken(f"{row.index} is reported as delivered and never received")
            if row.state in (RecipientState.FAILED, RecipientState.SKIPPED) and got:
                raise Broken(f"{row.index} received, and is reported as {row.state} ({row.reason})")
        if len(self.pureservice.files) != len(set(self.pureservice.files)):
            raise Broken("a file was attached twice")

    def _names_of(self, source_id: int) -> tuple[str, ...]:
        member = self.pureservice.member(source_id - 1)
        kind = "o" if self.kind.exchange else "p"
        return member.address, member.organization_number, f"utsendelse-{KEY}-{kind}{source_id}"
