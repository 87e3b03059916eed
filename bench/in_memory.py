"""The application's own loop over ports in memory: everything outside is a twin that answers at once, or after so long.

One dispatch goes from the ready ticket to the solved one in this process, a stage at a time, so that each is measured
by itself. The clock is the real one, moved ahead where nothing is left to do before the timer fires again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.letters import SENDER, SENDER_NAME, body
from dispatch import tick
from dispatch.answering import plan_queue
from dispatch.closing import resolve
from dispatch.core import (
    Accepted,
    Communication,
    CommunicationId,
    Letter,
    Member,
    MemberKind,
    OutgoingMail,
    PlanDispatch,
    ResolveTicket,
    Seen,
    SendBatch,
    Sighting,
    TicketId,
    Transport,
)
from dispatch.mail import FrozenLetters
from dispatch.ports import MemberPage, PagePlace
from dispatch.sending import worker
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.settings import Settings
from dispatch.typesetting import set_letter
from local.in_memory import MemoryContent, MemoryQueues, QueueMessage
from local.small_worlds.pureservice import SOLVED, SmallPureservice

PAGE = 500  # members that Pureservice gives at a time
TICK = timedelta(minutes=5)
MOST_IDLE = 6  # ticks
DOMAIN = "innbygger.example"


@dataclass
class MovableClock:
    """The real time, and so much more."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """The moment."""
        return datetime.now(UTC) + self.ahead


@dataclass
class Register(SmallPureservice):
    """One ready ticket with a list of so many people, each with a name and an address of usual length, or longer."""

    longer: str = ""

    async def dispatch_messages(self, ticket_id: TicketId) -> list[Communication]:
        """The letter that all sections send."""
        return [Communication(CommunicationId(8001), ticket_id, body())]

    def member(self, n: int, *, list_id: int = 0) -> Member:
        """Number ``n`` on the list."""
        name, address = f"Kåre Nordmann {n} {self.longer * 3}", f"{self.longer}nr{n}@{DOMAIN}"
        return Member(MemberKind.PERSON, n + 1, list_id * 1000 + n, name, address)

    async def member_pages(self, list_id: int, *, after: PagePlace | None = None) -> AsyncIterator[MemberPage]:
        """Page by page, as Pureservice gives them."""
        for start in range(after.start if after else 0, self.people, PAGE):
            end = min(start + PAGE, self.people)
            members = tuple(self.member(n, list_id=list_id) for n in range(start, end))
            yield MemberPage(members, PagePlace(end, members[-1].relation_id))
        yield MemberPage((), PagePlace(self.people, list_id * 1000 + self.people))


@dataclass
class Mailbox:
    """Takes every letter after ``seconds``, and remembers of each recipient how often."""

    name: Transport
    people: int
    seconds: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.received = bytearray(self.people)
        self.arrived = 0

    def needs_draft(self, mail: OutgoingMail) -> bool:  # noqa: ARG002 - the port's
        """None."""
        return False

    async def limit_exceeded(self, letter: Letter, *, sender: str, beside: Sequence[int] = ()) -> int:  # noqa: ARG002 - the port's
        """No limit."""
        return 0

    async def prepare(self, mail: OutgoingMail) -> str:
        """Never asked for."""
        raise NotImplementedError(mail.key)

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:  # noqa: ARG002 - the port's
        """Takes it."""
        if self.seconds:
            await asyncio.sleep(self.seconds)
        self.received[int(mail.to.address.partition("@")[0].rpartition("nr")[2])] += 1
        self.arrived += 1
        return Accepted(self.name, mail.message_id)

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:  # noqa: ARG002 - the port's
        """Nothing is ever in doubt here."""
        return Seen(Sighting.CANNOT_TELL)

    async def close(self) -> None:
        """Nothing to give back."""


class Counted:
    """A port, with every call to it counted by its name."""

    def __init__(self, port: Any, calls: Counter[str], name: str) -> None:
        self._port, self._calls, self._name = port, calls, name

    def __getattr__(self, what: str) -> Any:
        """The port's own, counted where it is called."""
        own = getattr(self._port, what)
        if not callable(own):
            return own

        def counted(*given: Any, **named: Any) -> Any:
            self._calls[f"{self._name}: {what}"] += 1
            return own(*given, **named)

        self.__dict__[what] = counted
        return counted


@dataclass
class Flow:
    """One dispatch, a stage at a time."""

    services: Services
    clock: MovableClock
    queues: MemoryQueues
    register: Register
    mailbox: Mailbox

    async def plan(self) -> None:
        """From the tick to the released batches."""
        await tick.run(self.services)
        await self._deliver(PlanDispatch)

    async def send(self) -> None:
        """Every batch, with a tick whenever the queue is empty, until the ticket may be answered.

        Raises:
            RuntimeError: for half an hour of the clock nobody got a letter.
        """
        idle, arrived = 0, 0
        while not self._is_asked_for(ResolveTicket):
            await self._deliver(SendBatch)
            if self._is_asked_for(ResolveTicket):
                return
            idle, arrived = idle + 1 if self.mailbox.arrived == arrived else 0, self.mailbox.arrived
            if idle > MOST_IDLE:
                raise RuntimeError(f"nothing moves after {arrived} letters")
            self.clock.ahead += TICK
            await tick.run(self.services)

    async def resolve(self) -> None:
        """The report, and the solved ticket.

        Raises:
            RuntimeError: it was not solved, or somebody did not get exactly one letter.
        """
        await self._deliver(ResolveTicket)
        if self.register.status != SOLVED:
            raise RuntimeError("the ticket was not solved")
        if self.mailbox.received.count(1) != self.register.people:
            raise RuntimeError(f"{sum(self.mailbox.received)} letters for {self.register.people} recipients")

    def _is_asked_for(self, kind: type[QueueMessage]) -> bool:
        return any(isinstance(item.message, kind) for item in self.queues.messages)

    async def _deliver(self, kind: type[QueueMessage]) -> None:
        while (message := self.queues.take(kind)) is not None:
            await _handle(message, self.services)


def _handle(message: QueueMessage, services: Services) -> Coroutine[Any, Any, None]:
    match message:
        case PlanDispatch():
            return plan_queue.run(message, services)
        case SendBatch():
            return worker.run(message, services)
        case ResolveTicket():
            return resolve.run(message, services)


def a_flow(
    *,
    ledger: Any,
    reader: Any,
    people: int,
    transport: Transport = Transport.GRAPH,
    concurrency: int = 4,
    seconds: float = 0.0,
    longer: str = "",
    calls: Counter[str] | None = None,
) -> Flow:
    """A ready ticket before ``ledger``, and twins of everything else; ``calls`` counts what storage is asked for."""
    clock, register, mailbox = MovableClock(), Register(people, longer=longer), Mailbox(transport, people, seconds)
    queues, content = MemoryQueues(clock), MemoryContent()
    tickets: Any = register
    counted: Counter[str] = Counter() if calls is None else calls
    seen: Any = Counted(content, counted, "blob")
    services = Services(
        settings=_settings(transport, concurrency),
        clock=clock,
        tickets=tickets,
        own_tickets=tickets,
        undelivered_mail=tickets,
        ledger=Counted(ledger, counted, "table"),  # type: ignore[arg-type] # by its names
        reader=reader,
        content=seen,
        templates=MemoryContent(),
        queues=Counted(queues, counted, "queue"),  # type: ignore[arg-type] # by its names
        transports=(mailbox,),
        exchange=None,
        statuses=Statuses(tickets, clock),
        watch=TicketWatch(tickets, clock),
        letters=FrozenLetters(seen),
        typesetter=set_letter,
    )
    return Flow(services, clock, queues, register, mailbox)


def _settings(transport: Transport, concurrency: int) -> Settings:
    return Settings.from_environ(
        {
            "PURESERVICE_URL": "http://127.0.0.1:1",
            "PURESERVICE_APIKEY": "x",
            "MAIL_MAILER": str(transport),
            "MAIL_FROM_ADDRESS": SENDER,
            "MAIL_FROM_NAME": SENDER_NAME,
            "MAIL_HOST": "127.0.0.1",
            "MAIL_ENCRYPTION": "none",
            "MAIL_RATE_PER_MINUTE": "0",
            "MAIL_DAILY_LIMIT": "0",
            "MAIL_CONCURRENCY": str(concurrency),
            "DISPATCH_MAX_RECIPIENTS": "0",
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        }
    )
