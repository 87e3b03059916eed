"""The port ``TicketSystem`` on Pureservice's REST API."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence

import httpx

from dispatch.adapters.pureservice.client import AuthScheme, Client
from dispatch.adapters.pureservice.filters import equals, every
from dispatch.adapters.pureservice.health_check import Inspection
from dispatch.adapters.pureservice.limiter import Limiter
from dispatch.adapters.pureservice.lists import Lists
from dispatch.adapters.pureservice.messages import Messages
from dispatch.adapters.pureservice.open_questions import OpenQuestions
from dispatch.adapters.pureservice.own_tickets import OwnTickets
from dispatch.adapters.pureservice.people import TicketPage
from dispatch.adapters.pureservice.reading import Rows, read, salvaged
from dispatch.adapters.pureservice.records import AttachmentRow, StatusRow, same_name
from dispatch.adapters.pureservice.ticket_files import TicketFiles
from dispatch.adapters.pureservice.undelivered_mail import UndeliveredMails
from dispatch.core import (
    AttachmentInfo,
    Communication,
    CommunicationId,
    FileOrigin,
    MailingList,
    Member,
    MemberKind,
    StatusRef,
    Ticket,
    TicketId,
    UnreadableRow,
)
from dispatch.ports import MemberPage, PagePlace

SILENT = 1  # visible to the end user, and no receipt is sent
EMAIL_SENT = 4
REQUEST_TYPE = "Ticket"
WITH_USER = "user,user.emailaddress"


class Pureservice:
    """See ``dispatch.ports.TicketSystem``."""

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        prefix: str = "/agent/api",
        auth_scheme: AuthScheme = "bearer",
        message_type_name: str,
        list_asset_type: str,
        list_inactive: Sequence[str] = ("Inaktiv",),
        link_to_company: str,
        link_to_user: str,
        link_to_ticket: str,
        requests_per_minute: int = 90,
        timeout_seconds: float = 90.0,
        patience_seconds: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = Client(
            url=url,
            api_key=api_key,
            prefix=prefix,
            auth_scheme=auth_scheme,
            limiter=Limiter(requests_per_minute, monotonic=monotonic),
            patience_seconds=patience_seconds,
            timeout_seconds=timeout_seconds,
            transport=transport,
            sleep=sleep,
        )
        self._names = (list_asset_type, message_type_name, list_inactive)
        self._messages = Messages(self._client, message_type_name)
        self._lists = Lists(
            self._client,
            asset_type=list_asset_type,
            inactive=list_inactive,
            to_company=link_to_company,
            to_user=link_to_user,
            to_ticket=link_to_ticket,
        )

    async def close(self) -> None:
        """Gives back connections."""
        await self._client.close()

    @property
    def inspection(self) -> Inspection:
        """Looks at what the tenant must have before anything can be sent."""
        return Inspection(self._client)

    def open_questions(self) -> OpenQuestions:
        """What nobody outside the vendor knows, to be asked of this tenant."""
        list_type, message_type, inactive = self._names
        return OpenQuestions(self._client, list_type=list_type, message_type=message_type, inactive=inactive)

    @property
    def own_tickets(self) -> OwnTickets:
        """Users and tickets of their own for recipients."""
        return OwnTickets(self._client)

    @property
    def files(self) -> TicketFiles:
        """Files onto a ticket."""
        return TicketFiles(self._client)

    @property
    def undelivered_mail(self) -> UndeliveredMails:
        """Messages that Pureservice could not deliver."""
        return UndeliveredMails(self._client)

    @property
    def relation_parameters(self) -> frozenset[str]:
        """Which of ``start``, ``sort`` and ``limit`` a ticket's relations were last read with."""
        return self._client.relation_parameters

    @property
    def requests(self) -> int:
        """Requests made so far."""
        return self._client.requests

    # --- reading

    async def statuses(self) -> Sequence[StatusRef]:
        """Every enabled ticket status. A change may have a status of the same name, so the type is asked for."""
        asked = every("!disabled", equals("requesttype.key", REQUEST_TYPE))
        found = read(StatusRow, await self._client.rows("status/", filter=asked), path="status")
        return [
            StatusRef(row.id, row.name, row.core_status)
            for row in found.or_skipped()
            if not row.disabled and same_name(row.request_type_key or REQUEST_TYPE, REQUEST_TYPE)
        ]

    async def tickets_in_status(self, status_id: int) -> Sequence[Ticket]:
        """Tickets in the status, oldest first, with those of which only the server knows that they are in it."""
        found: list[Ticket] = []
        lost: list[UnreadableRow] = []
        asked = every(equals("statusId", status_id), "!isMarkedForDeletion")
        async for page in self._client.pages("ticket/", filter=asked, include=WITH_USER):
            for one in TicketPage(page, "ticket").tickets():
                if isinstance(one, UnreadableRow):
                    lost.append(one)
                elif one.status_id == status_id or "statusId" in one.faults:
                    found.append(one)
        Rows((), tuple(lost)).or_skipped()
        return found

    async def dispatch_messages(self, ticket_id: TicketId) -> Sequence[Communication]:
        """The ticket's communications of the dispatch type, oldest first."""
        return await self._messages.of_dispatch(ticket_id)

    async def ticket_of_message(self, message: CommunicationId) -> TicketId | None:
        """The ticket that the communication stands on now."""
        return await self._messages.ticket_of(message)

    async def ticket(self, ticket_id: TicketId) -> Ticket | None:
        """The ticket as it is now; None where it is gone."""
        return await self._one_ticket(f"ticket/{ticket_id}")

    async def ticket_numbered(self, number: int) -> Ticket | None:
        """The ticket of the number that people see; None where there is none."""
        found = await self._one_ticket(f"ticket/{number}/requestNumber/")
        return found if found is not None and found.number == number else None

    async def _one_ticket(self, path: str) -> Ticket | None:
        answer = await self._client.one(path, include=WITH_USER)
        if answer is None:
            return None
        found = next(TicketPage(answer, path).tickets(), None)
        if isinstance(found, UnreadableRow):
            raise found
        if found is not None and "statusId" in found.faults:
            # Without it the ticket would look as if somebody had taken it out of its ready status.
            raise UnreadableRow(path, noun="ticket", row=found.id, fields=found.faults)
        return found

    async def mailing_lists(self, ticket_id: TicketId) -> Sequence[MailingList]:
        """Lists related to the ticket by the configured relation, by id."""
        return await self._lists.of_ticket(ticket_id)

    def members(self, list_id: int) -> AsyncIterator[Member]:
        """Everyone on the list, page by page."""
        return self._lists.members(list_id)

    def member_pages(self, list_id: int, *, after: PagePlace | None = None) -> AsyncIterator[MemberPage]:
        """The same with where each page ends."""
        return self._lists.member_pages(list_id, after=after)

    async def members_by_id(self, kind: MemberKind, ids: Collection[int]) -> Sequence[Member]:
        """Each of them as they are now, on a list or not."""
        return await self._lists.members_by_id(kind, ids)

    async def attachments(self, ticket_id: TicketId) -> Sequence[AttachmentInfo]:
        """Files on the ticket, by id."""
        rows = await self._client.rows("attachment/", filter=equals("ticketId", ticket_id))
        found = [salvaged(AttachmentRow, row, path="attachment") for row in rows]
        return [
            AttachmentInfo(
                id=row.id,
                name=row.file_name or row.name,
                content_type=row.content_type,
                size=row.content_length,
                of_solution=row.is_part_of_current_solution,
                faults=faults,
            )
            for row, faults in found
            if row.ticket_id in (0, ticket_id)
        ]

    async def download(self, attachment_id: int, *, most: int) -> bytes:
        """The content of one file."""
        return await self._client.download(f"attachment/download/{attachment_id}", most=most)

    async def file_origins(self, ticket_id: TicketId) -> Mapping[int, FileOrigin]:
        """Which of the ticket's files came in with a message, or stand in a solution."""
        return await self._messages.origins(ticket_id)

    async def notes(self, ticket_id: TicketId) -> Sequence[str]:
        """The HTML of the ticket's internal notes, newest first."""
        return await self._messages.notes(ticket_id)

    async def note_authors(self, ticket_id: TicketId, references: Collection[str]) -> frozenset[int]:
        """Who wrote the notes that name one of the references."""
        return await self._messages.note_authors(ticket_id, references)

    # --- writing

    async def add_note(self, ticket_id: TicketId, *, subject: str, html: str) -> None:
        """Writes an internal note."""
        await self._messages.add_note(ticket_id, subject=subject, html=html)

    async def set_status(self, ticket_id: TicketId, status_id: int) -> None:
        """Sets the status, and silences receipts."""
        await self._client.patch(f"ticket/{ticket_id}", {"statusId": status_id, "visibility": SILENT})

    async def write_solution(self, ticket_id: TicketId, solution: str) -> None:
        """The solution alone, silently; the status stays."""
        await self._client.patch(f"ticket/{ticket_id}", {"solution": solution, "visibility": SILENT})

    async def solve(self, ticket_id: TicketId, *, status_id: int, solution: str) -> None:
        """Solution and status in one call, silently."""
        body = {"statusId": status_id, "solution": solution, "visibility": SILENT}
        await self._client.patch(f"ticket/{ticket_id}", body)

    async def mark_email_sent(self, email_id: int) -> None:
        """Marks the transport row of a message as sent."""
        await self._client.patch(f"email/{email_id}", {"status": EMAIL_SENT})
