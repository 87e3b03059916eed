"""A small Pureservice and a small mailbox in memory: what they hold is the truth that the report is held against."""

from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dispatch.core import (
    Accepted,
    AttachmentInfo,
    Communication,
    CommunicationId,
    FileOrigin,
    FileWay,
    Letter,
    MailError,
    MailingList,
    Member,
    MemberKind,
    OutcomeUnknown,
    OutgoingMail,
    Part,
    RecipientRefused,
    Seen,
    Sighting,
    StatusRef,
    Throttled,
    Ticket,
    TicketId,
    TicketSystemBusy,
    Transport,
    TransportRefused,
    TryAgain,
    UndeliveredMail,
)
from dispatch.ports import MemberPage, PagePlace

READY, OPEN, SOLVED, SPLIT = 6, 2, 7, 9
TICKET = TicketId(9001)
ORGANISATIONS = ("910000020", "910000039", "910000047")
STATUSES = (
    StatusRef(OPEN, "Under arbeid", 20),
    StatusRef(READY, "Til ekspedering", 20),
    StatusRef(SOLVED, "Løst", 50),
    StatusRef(SPLIT, "Klar til splitt", 20),
)


@dataclass
class SmallPureservice:
    """One ticket, one message, one list."""

    people: int
    status: int = 0
    solutions: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    busy: int = 0  # so many of the next calls meet a throttled or restarted server
    organisations: bool = False  # the list holds organisations, and the dispatch goes through eFormidling
    split: bool = False  # one ticket for each recipient

    def __post_init__(self) -> None:
        self.status = self.status or self.ready

    @property
    def ready(self) -> int:
        """The status that starts the dispatch."""
        return SPLIT if self.split else READY

    def _answer(self) -> None:
        if self.busy:
            self.busy -= 1
            raise TicketSystemBusy("GET", "/", status=503, retry_after=20)

    def _ticket(self) -> Ticket:
        solution = self.solutions[-1] if self.solutions else ""
        user = "ut@eformidling.pureservice.local" if self.organisations else "ut@e-post.pureservice.local"
        return Ticket(TICKET, 10234, "Høring", self.status, user, solution)

    async def statuses(self) -> Sequence[StatusRef]:
        self._answer()
        return STATUSES

    async def tickets_in_status(self, status_id: int) -> Sequence[Ticket]:
        self._answer()
        return [self._ticket()] if status_id == self.status else []

    async def undelivered(self, domain: str) -> Sequence[UndeliveredMail]:
        assert domain
        return []

    async def dispatch_messages(self, ticket_id: TicketId) -> Sequence[Communication]:
        self._answer()
        return [Communication(CommunicationId(8001), ticket_id, "<p>Hei</p>")]

    async def ticket(self, ticket_id: TicketId) -> Ticket | None:
        self._answer()
        return replace(self._ticket(), id=ticket_id)

    async def mailing_lists(self, ticket_id: TicketId) -> Sequence[MailingList]:
        self._answer()
        return [MailingList(int(ticket_id), "Listen")]

    async def members(self, list_id: int) -> AsyncIterator[Member]:
        self._answer()
        for n in range(self.people):
            yield self.member(n, list_id=list_id)

    def member(self, n: int, *, list_id: int = 0) -> Member:
        """Number ``n`` on the list; every seventh has no address."""
        address = "" if n % 7 == 6 else f"m{n}@x.example"
        if self.organisations:
            number = ORGANISATIONS[n % len(ORGANISATIONS)]
            return Member(MemberKind.ORGANISATION, n + 1, list_id * 1000 + n, f"Nr {n}", address, number)
        return Member(MemberKind.PERSON, n + 1, list_id * 1000 + n, f"Nr {n}", address)

    async def member_pages(self, list_id: int, *, after: PagePlace | None = None) -> AsyncIterator[MemberPage]:
        everyone = tuple([member async for member in self.members(list_id)])
        assert after is None, "a whole list is one page here"
        yield MemberPage(everyone, PagePlace(len(everyone), everyone[-1].relation_id if everyone else 0))

    async def attachments(self, ticket_id: TicketId) -> Sequence[AttachmentInfo]:
        self._answer()
        return [
            AttachmentInfo(int(ticket_id) + n, name, "x/y", 1, of_solution=True) for n, name in enumerate(self.attached)
        ]

    async def notes(self, ticket_id: TicketId) -> Sequence[str]:
        assert ticket_id
        self._answer()
        return list(self.told)

    async def add_note(self, ticket_id: TicketId, *, subject: str, html: str) -> None:
        assert ticket_id
        assert subject
        self._answer()
        self.told.append(html)

    async def set_status(self, ticket_id: TicketId, status_id: int) -> None:
        assert ticket_id
        self._answer()
        self.status = status_id

    async def file_origins(self, ticket_id: TicketId) -> Mapping[int, FileOrigin]:
        assert ticket_id
        self._answer()
        return {}

    @property
    def files(self) -> "SmallPureservice":
        return self

    async def attach(self, ticket_id: TicketId, part: Part, *, way: FileWay, subject: str) -> None:
        assert ticket_id
        assert way
        assert subject
        self._answer()
        self.attached.append(part.name)

    async def solve_with(
        self, ticket_id: TicketId, parts: Sequence[Part], *, status_id: int, solution: str, reference: str
    ) -> None:
        assert reference
        await self.solve(ticket_id, status_id=status_id, solution=solution)
        self.attached += [part.name for part in parts]

    async def write_solution(self, ticket_id: TicketId, solution: str) -> None:
        assert ticket_id
        self._answer()
        self.solutions.append(solution)

    async def solve(self, ticket_id: TicketId, *, status_id: int, solution: str) -> None:
        assert ticket_id
        self._answer()
        self.status = status_id
        self.solutions.append(solution)


ACCEPT, LOST, HIDDEN = "accept", "lost", "hidden"
ANSWERS = (ACCEPT, LOST, HIDDEN, "throttle", "later", "recipient", "transport")
"""What the mailbox may do with a letter; ``hidden`` is accepted without an answer, ``lost`` neither."""


@dataclass
class SmallMailbox:
    """Keeps every letter that was accepted, and says whether the mailbox that is asked has one, as Graph does."""

    name: Transport = Transport.GRAPH
    memory: bool = True
    drafts_first: bool = False
    answers: deque[str] = field(default_factory=deque)
    received: list[OutgoingMail] = field(default_factory=list)
    drafts: dict[str, OutgoingMail] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    drafted: int = 0

    def needs_draft(self, mail: OutgoingMail) -> bool:
        return self.drafts_first and bool(mail.key)

    async def limit_exceeded(self, letter: Letter, *, sender: str) -> int:  # noqa: ARG002
        return 0

    async def prepare(self, mail: OutgoingMail) -> str:
        self.drafted += 1
        number = f"draft-{self.drafted}"
        self.drafts[number] = mail
        return number

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:
        if draft_id and self.drafts.get(draft_id) is None:
            raise OutcomeUnknown(self.name, "ErrorItemNotFound")
        answer = self.answers.popleft() if self.answers else ACCEPT
        if mail.key in self.refused:
            answer = "recipient"
        if answer in (ACCEPT, HIDDEN):
            self.received.append(mail)
            self.drafts.pop(draft_id, None)
        self._maybe_raise(answer, mail)
        return Accepted(self.name, mail.message_id)

    def _maybe_raise(self, answer: str, mail: OutgoingMail) -> None:
        if answer == "recipient":
            self.refused.add(mail.key)  # an address that is refused once is refused always
        errors: dict[str, MailError] = {
            LOST: OutcomeUnknown(self.name, "504"),
            HIDDEN: OutcomeUnknown(self.name, "504"),
            "throttle": Throttled(self.name, "429", retry_after=30),
            "later": TryAgain(self.name, "451", retry_after=60),
            "recipient": RecipientRefused(self.name, "550"),
            "transport": TransportRefused(self.name, "403"),
        }
        if answer in errors:
            raise errors[answer]

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:
        if not self.memory:
            return Seen(Sighting.CANNOT_TELL)
        if any(kept.key == mail.key and self._keeps(kept, mail.route.sender) for kept in self.received):
            return Seen(Sighting.SENT, message_id=mail.message_id)
        if draft_id in self.drafts:
            return Seen(Sighting.DRAFT, draft_id=draft_id)
        return Seen(Sighting.CANNOT_TELL if mail.route.unsaved and not draft_id else Sighting.ABSENT)

    @staticmethod
    def _keeps(mail: OutgoingMail, mailbox: str) -> bool:
        return mail.route.sender == mailbox and not mail.route.unsaved

    async def close(self) -> None:
        """Nothing to give back."""

    def by_address(self) -> Counter[str]:
        return Counter(mail.to.address for mail in self.received)
