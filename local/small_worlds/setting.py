"""All that lies outside a process, in memory: the storage, Pureservice, the mailboxes, the integration point.

What they received is what the ledger and the report are held against.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dispatch.core import OUTCOMES, DispatchKey, OutcomeUnknown, RecipientState, TicketSystemBusy, Transport
from dispatch.mail import FrozenLetters
from dispatch.sending import EformidlingTransport
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.settings import Settings
from local.in_memory import CheckedLedger, MemoryContent, MemoryQueues, MemoryReader
from local.sheet_reader import SHEETS
from local.small_worlds.exchange import SmallExchange
from local.small_worlds.gate import Gated, Worker
from local.small_worlds.kinds import Kind
from local.small_worlds.mailbox import HIDDEN, LOST, SmallMailbox
from local.small_worlds.own_tickets import SmallOwnTickets
from local.small_worlds.pureservice import TICKET, SmallPureservice
from local.typesetter import set_once

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = DispatchKey(f"{TICKET}-8001")
LEASE = 60


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


def settings_of(kind: Kind, **more: str) -> Settings:
    """The settings of such a world, and ``more`` by their names in the environment."""
    exchange = {"EF_IP_URL": "http://127.0.0.1:1", "EF_SELF_ID": "910000012"} if kind.exchange else {}
    return Settings.from_environ(
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
            **more,
            **exchange,
            **dict(kind.settings),
        }
    )


@dataclass
class Setting:
    """The outside of one world."""

    kind: Kind
    exchange: SmallExchange = field(default_factory=SmallExchange)
    by_exchange: EformidlingTransport | None = None  # kept from one world to the next: it remembers the document
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        random.seed(0)
        self.ledger, self.content, self.queues = CheckedLedger(), MemoryContent(), MemoryQueues(self.clock)
        self.pureservice = SmallPureservice(people=3, organisations=self.kind.exchange, split=self.kind.own_tickets)
        self.graph = SmallMailbox(memory=self.kind.memory, drafts_first=self.kind.drafts)
        self.smtp = SmallMailbox(name=Transport.SMTP, memory=False)
        self.own = SmallOwnTickets()
        self.exchange.forget()
        self.settings = settings_of(self.kind)

    def faults_begin(self) -> None:
        """From here on the outside answers as this kind of world has it."""
        box = self.exchange.answers if self.kind.exchange else self.graph.answers
        if self.kind.own_tickets:
            self.own.answers.extend(answer for answer in self.kind.answers if answer in ("", HIDDEN, LOST))
        else:
            box.extend(self.kind.answers)

    def services(self, worker: Worker) -> Services:
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
            typesetter=set_once,
            sheets=SHEETS,
        )

    def _exchange(self, worker: Worker) -> Any:
        if not self.kind.exchange:
            return None
        unsure = self._deadline(OutcomeUnknown(Transport.EFORMIDLING, "Deadline"))
        self.by_exchange = self.by_exchange or EformidlingTransport(self.exchange, self.settings, typesetter=set_once)
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

    def check_always(self, *, most: int) -> None:
        """Nobody got two letters, or two tickets, unless a person asked for the uncertain."""
        for who, count in self.received().items():
            if count > most:
                raise Broken(f"{who} received {count} letters")
        for reference, count in Counter(ticket.reference for ticket in self.own.tickets).items():
            if count > 1:
                raise Broken(f"{reference} was made {count} times")

    def check_the_end(self, *, most: int) -> None:
        """Ledger, mailbox and ticket tell the same."""
        self.check_always(most=most)
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
        if len(self.pureservice.attached) != len(set(self.pureservice.attached)):
            raise Broken("a file was attached twice")

    def _names_of(self, source_id: int) -> tuple[str, ...]:
        member = self.pureservice.member(source_id - 1)
        kind = "o" if self.kind.exchange else "p"
        return member.address, member.organization_number, f"utsendelse-{KEY}-{kind}{source_id}"
