"""What a verb is handed: the ports it may use, the settings as a value, and the clock."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.core import Batch, Mailbox, Scenario, StatusRef, TicketId
from dispatch.mail import FrozenLetters
from dispatch.memory import Memory
from dispatch.ports import (
    Clock,
    ContentStore,
    ExchangeTransport,
    Ledger,
    LedgerReader,
    MailTransport,
    OwnTicketSystem,
    Queues,
    ReturnedMails,
    SheetReader,
    TicketSystem,
    UndeliveredMails,
)
from dispatch.settings import Settings, sender_of
from dispatch.typesetting import Typesetter

STATUS_NAMES_LAST = timedelta(minutes=10)
TICKET_STATUS_LASTS = timedelta(seconds=20)


class Statuses:
    """Pureservice's ticket statuses by name, asked for anew every ten minutes."""

    def __init__(self, tickets: TicketSystem, clock: Clock) -> None:
        self._tickets = tickets
        self._clock = clock
        self._read: datetime | None = None
        self._by_name: dict[str, StatusRef] = {}

    async def named(self, name: str) -> StatusRef | None:
        """The status of that name, whatever its letter case; None where there is none."""
        now = self._clock()
        if self._read is None or now - self._read > STATUS_NAMES_LAST:
            found: Sequence[StatusRef] = await self._tickets.statuses()
            self._by_name = {status.name.casefold(): status for status in found}
            self._read = now
        return self._by_name.get(name.casefold())


class TicketWatch:
    """Whether a ticket still stands in its ready status, asked at most every twenty seconds a process."""

    def __init__(self, tickets: TicketSystem, clock: Clock) -> None:
        self._tickets = tickets
        self._clock = clock
        self._seen: dict[TicketId, tuple[datetime, int]] = {}

    async def status_of(self, ticket_id: TicketId, *, anew: bool = False) -> int:
        """The ticket's status id; 0 where the ticket is gone. With ``anew`` it is asked for whatever is remembered."""
        now = self._clock()
        known = self._seen.get(ticket_id)
        if anew or known is None or now - known[0] > TICKET_STATUS_LASTS:
            ticket = await self._tickets.ticket(ticket_id)
            known = (now, ticket.status_id if ticket else 0)
            self._seen[ticket_id] = known
        return known[1]

    def forget(self) -> None:
        """Every ticket is asked for anew at its next look, as after twenty seconds."""
        self._seen.clear()


@dataclass(frozen=True, slots=True)
class Services:
    """The open adapters of one process."""

    settings: Settings
    clock: Clock
    tickets: TicketSystem
    own_tickets: OwnTicketSystem
    undelivered_mail: UndeliveredMails
    ledger: Ledger
    reader: LedgerReader
    content: ContentStore
    templates: ContentStore
    queues: Queues
    transports: tuple[MailTransport, ...]
    exchange: ExchangeTransport | None  # eFormidling, where it is set up
    statuses: Statuses
    watch: TicketWatch
    letters: FrozenLetters
    typesetter: Typesetter
    sheets: SheetReader
    returned_mails: Mapping[str, ReturnedMails] = field(default_factory=dict)  # by the mailbox that it comes back to
    former_mailboxes: Callable[[str], ReturnedMails] | None = None  # opens one that letters left from before
    worker: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    memory: Memory = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "memory", Memory(self.ledger, self.clock))

    @property
    def sender(self) -> Mailbox:
        """Whom letters come from."""
        return Mailbox(self.settings.mail_from_address, self.settings.mail_from_name)

    @property
    def reply_to(self) -> Mailbox | None:
        """Where answers go, if elsewhere than to the sender."""
        address = self.settings.mail_replyto_address
        return Mailbox(address, self.settings.mail_replyto_name) if address else None

    def ready_status_name(self, scenario: Scenario) -> str:
        """The name of the status that starts this kind of dispatch."""
        if scenario is not Scenario.ONE_TO_MANY:
            return self.settings.pureservice_121_status
        return self.settings.pureservice_dispatch_status

    async def starts_something(self, status_id: int) -> bool:
        """Whether a ticket in that status stands ready, for whichever kind of dispatch."""
        found = [await self.statuses.named(self.ready_status_name(scenario)) for scenario in Scenario]
        return any(status is not None and status.id == status_id for status in found)

    def sender_of(self, batch: Batch) -> str:
        """Whose concurrency and pace a batch shares: the mailbox that it was given, or the integration point."""
        return sender_of(batch, self.settings).name

    def new_owner(self) -> str:
        """A name for one invocation's leases."""
        return f"{self.worker}.{uuid.uuid4().hex[:8]}"
