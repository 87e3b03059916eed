"""A small Pureservice in memory: one ticket, and what became of it is held against the report."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dispatch.core import (
    AttachmentInfo,
    Communication,
    CommunicationId,
    FileOrigin,
    FileWay,
    MailingList,
    Member,
    MemberKind,
    Part,
    StatusRef,
    Ticket,
    TicketId,
    TicketSystemBusy,
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

    async def note_authors(self, ticket_id: TicketId, references: Collection[str]) -> frozenset[int]:
        assert ticket_id
        assert references
        self._answer()
        return frozenset()

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
