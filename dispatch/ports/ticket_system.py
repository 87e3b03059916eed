"""Pureservice, as the verbs need it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

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
)


@dataclass(frozen=True, slots=True)
class PagePlace:
    """How far a list has been read: ``start`` is where the last row stands, ``last`` its relation id."""

    start: int
    last: int


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Some members of a list, and where it goes on."""

    members: tuple[Member, ...]
    end: PagePlace


class TicketFiles(Protocol):
    """Files onto a ticket, each call by one way. Raises ``TicketSystemRefused`` where the way is not taken."""

    async def attach(self, ticket_id: TicketId, part: Part, *, way: FileWay, subject: str) -> None:
        """One file on its own, as part of the solution where that can be."""
        ...

    async def solve_with(
        self, ticket_id: TicketId, parts: Sequence[Part], *, status_id: int, solution: str, reference: str
    ) -> None:
        """Solution, status and files in one call (``FileWay.SOLVED_WITH``), without a receipt to the end user."""
        ...


class TicketSystem(Protocol):
    """Pureservice. Raises ``TicketSystemBusy`` and ``TicketSystemRefused``."""

    async def statuses(self) -> Sequence[StatusRef]:
        """Every enabled ticket status."""
        ...

    async def tickets_in_status(self, status_id: int) -> Sequence[Ticket]:
        """Tickets in the status, oldest first, those marked for deletion left out."""
        ...

    async def dispatch_messages(self, ticket_id: TicketId) -> Sequence[Communication]:
        """The ticket's communications of the dispatch type, oldest first."""
        ...

    async def ticket_of_message(self, message: CommunicationId) -> TicketId | None:
        """The ticket that the communication stands on now; None where it is gone."""
        ...

    async def ticket(self, ticket_id: TicketId) -> Ticket | None:
        """The ticket as it is now; None where it is gone."""
        ...

    async def ticket_numbered(self, number: int) -> Ticket | None:
        """The ticket of the number that people see; None where there is none."""
        ...

    async def mailing_lists(self, ticket_id: TicketId) -> Sequence[MailingList]:
        """Lists related to the ticket by the configured relation, by id."""
        ...

    def members(self, list_id: int) -> AsyncIterator[Member]:
        """Everyone related to the list by the configured relations, page by page, by relation id."""
        ...

    def member_pages(self, list_id: int, *, after: PagePlace | None = None) -> AsyncIterator[MemberPage]:
        """The same with where each page ends, so that reading can go on there.

        Raises:
            ListChanged: the list is not any more what it was when the place was given.
        """
        ...

    async def members_by_id(self, kind: MemberKind, ids: Collection[int]) -> Sequence[Member]:
        """Each of them as they are now, on a list or not; one that is gone, or hidden from us, counts as disabled."""
        ...

    async def attachments(self, ticket_id: TicketId) -> Sequence[AttachmentInfo]:
        """Files on the ticket, by id."""
        ...

    async def file_origins(self, ticket_id: TicketId) -> Mapping[int, FileOrigin]:
        """Which of the ticket's files came in with a message, or stand in a solution."""
        ...

    async def download(self, attachment_id: int, *, most: int) -> bytes:
        """The content of one file.

        Raises:
            TooLarge: it has more bytes, whatever was said of its size.
        """
        ...

    async def notes(self, ticket_id: TicketId) -> Sequence[str]:
        """The HTML of the ticket's internal notes, newest first."""
        ...

    async def note_authors(self, ticket_id: TicketId, references: Collection[str]) -> frozenset[int]:
        """The ids of whoever wrote the notes that name one of the references; of notes of ours, that is ourselves."""
        ...

    async def add_note(self, ticket_id: TicketId, *, subject: str, html: str) -> None:
        """Writes an internal note."""
        ...

    async def set_status(self, ticket_id: TicketId, status_id: int) -> None:
        """Sets the status and silences the ticket, so that no receipt goes to the fictional user."""
        ...

    @property
    def files(self) -> TicketFiles:
        """Files onto a ticket."""
        ...

    async def write_solution(self, ticket_id: TicketId, solution: str) -> None:
        """Writes the solution alone, without a receipt to the end user."""
        ...

    async def solve(self, ticket_id: TicketId, *, status_id: int, solution: str) -> None:
        """Writes the solution and the status in one call, without a receipt to the end user."""
        ...

    async def mark_email_sent(self, email_id: int) -> None:
        """Marks the transport row of a message as sent."""
        ...
