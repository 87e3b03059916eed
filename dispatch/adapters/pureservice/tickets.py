"""The port ``TicketSystem`` on Pureservice's REST API."""

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.filters import equals, every
from dispatch.adapters.pureservice.limiter import Limiter
from dispatch.adapters.pureservice.lists import Lists
from dispatch.adapters.pureservice.records import (
    AddressRow,
    AttachmentRow,
    CommunicationRow,
    StatusRow,
    TicketRow,
    parse,
)
from dispatch.model import (
    AttachmentInfo,
    CommunicationId,
    MailingList,
    Member,
    Message,
    StatusRef,
    Ticket,
    TicketId,
)

NOTE, INTERNAL, SHOWN, OUTGOING = 1, 3, 1, 2
SILENT = 1  # visible to the end user, and no receipt is sent
EMAIL_SENT = 4
PATH_PARTS = re.compile(r"[\x00-\x1f/\\:*?\"<>|]")


class Pureservice:
    """See ``dispatch.ports.TicketSystem``."""

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        prefix: str = "/agent/api",
        auth_scheme: str = "bearer",
        message_type_name: str,
        list_asset_type: str,
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
            limiter=Limiter(requests_per_minute, monotonic=monotonic, sleep=sleep),
            patience_seconds=patience_seconds,
            timeout_seconds=timeout_seconds,
            transport=transport,
            sleep=sleep,
        )
        self._message_type = message_type_name
        self._lists = Lists(
            self._client,
            asset_type=list_asset_type,
            to_company=link_to_company,
            to_user=link_to_user,
            to_ticket=link_to_ticket,
        )

    async def close(self) -> None:
        """Gives back connections."""
        await self._client.close()

    @property
    def requests(self) -> int:
        """Requests made so far."""
        return self._client.requests

    # --- reading

    async def statuses(self) -> Sequence[StatusRef]:
        """Every enabled ticket status. A change may have a status of the same name, so the type is asked for."""
        rows = await self._client.rows("status/", filter='!disabled AND requesttype.key == "Ticket"')
        found = [parse(StatusRow, row, path="status") for row in rows]
        return [StatusRef(row.id, row.name, row.corestatus) for row in found if not row.disabled]

    async def tickets_in_status(self, status_id: int) -> Sequence[Ticket]:
        """Tickets in the status, oldest first."""
        found: list[Ticket] = []
        asked = every(equals("statusId", status_id), "!isMarkedForDeletion")
        async for page in self._client.pages("ticket/", filter=asked, include="user,user.emailaddress"):
            addresses = {
                row.id: row.email
                for row in (parse(AddressRow, r, path="ticket") for r in page.linked.get("emailaddresses", []))
            }
            users = {int(user["id"]): user.get("emailAddressId") or 0 for user in page.linked.get("users", [])}
            for raw in page.rows:
                row = parse(TicketRow, raw, path="ticket")
                if row.statusid == status_id and not row.ismarkedfordeletion:
                    found.append(_ticket(row, addresses.get(users.get(row.userid, 0), "")))
        return found

    async def dispatch_messages(self, ticket_id: TicketId) -> Sequence[Message]:
        """The ticket's communications of the dispatch type, oldest first."""
        asked = every(
            equals("customtype.name", self._message_type, what="the name of the communication type"),
            equals("ticketId", ticket_id),
        )
        rows = await self._client.rows("communication/", filter=asked)
        found = [parse(CommunicationRow, row, path="communication") for row in rows]
        return [
            Message(
                id=CommunicationId(row.id),
                ticket_id=ticket_id,
                html=row.text,
                subject=row.subject,
                email_id=row.messageid if row.direction == OUTGOING and row.messageid else None,
            )
            for row in found
        ]

    async def ticket(self, ticket_id: TicketId) -> Ticket | None:
        """The ticket as it is now; None where it is gone."""
        answer = await self._client.one(f"ticket/{ticket_id}/")
        if answer is None:
            return None
        row = parse(TicketRow, answer.rows[0], path=f"ticket/{ticket_id}")
        return None if row.ismarkedfordeletion else _ticket(row, "")

    async def mailing_lists(self, ticket_id: TicketId) -> Sequence[MailingList]:
        """Lists related to the ticket by the configured relation, by id."""
        return await self._lists.of_ticket(ticket_id)

    def members(self, list_id: int) -> AsyncIterator[Member]:
        """Everyone on the list, page by page."""
        return self._lists.members(list_id)

    async def attachments(self, ticket_id: TicketId) -> Sequence[AttachmentInfo]:
        """Files on the ticket, by id."""
        rows = await self._client.rows("attachment/", filter=equals("ticketId", ticket_id))
        found = [parse(AttachmentRow, row, path="attachment") for row in rows]
        return [
            AttachmentInfo(
                row.id, row.filename or row.name, row.contenttype, row.contentlength, row.ispartofcurrentsolution
            )
            for row in found
        ]

    async def download(self, attachment_id: int) -> bytes:
        """The content of one file."""
        return await self._client.download(f"attachment/download/{attachment_id}")

    async def notes(self, ticket_id: TicketId) -> Sequence[str]:
        """The HTML of the ticket's internal notes, newest first."""
        asked = every(equals("ticketId", ticket_id), equals("type", NOTE))
        rows = await self._client.rows("communication/", filter=asked, sort="id DESC")
        return [parse(CommunicationRow, row, path="communication").text for row in rows]

    # --- writing

    async def add_note(self, ticket_id: TicketId, *, subject: str, html: str) -> None:
        """Writes an internal note."""
        note = {
            "text": html,
            "subject": subject,
            "type": NOTE,
            "direction": INTERNAL,
            "visibility": SHOWN,
            "ticketId": ticket_id,
        }
        await self._client.post("communication/", {"communications": [note]})

    async def set_status(self, ticket_id: TicketId, status_id: int) -> None:
        """Sets the status, and silences receipts."""
        await self._client.patch(f"ticket/{ticket_id}", {"statusId": status_id, "visibility": SILENT})

    async def attach(self, ticket_id: TicketId, *, name: str, content_type: str, content: bytes) -> None:
        """Uploads a file as part of the ticket's solution."""
        safe = PATH_PARTS.sub("_", name)
        row = {
            "name": safe.rpartition(".")[0] or safe,
            "fileName": safe,
            "contentType": content_type,
            "contentLength": len(content),
            "size": f"{len(content) / 1024:.2f}K",
            "ticketId": ticket_id,
            "isVisible": True,
            "isPartOfCurrentSolution": True,
            "bytes": base64.b64encode(content).decode("ascii"),
            "links": {"ticket": {"id": ticket_id, "type": "ticket"}},
        }
        await self._client.post("attachment", {"attachments": [row]})

    async def solve(self, ticket_id: TicketId, *, status_id: int, solution: str) -> None:
        """Solution and status in one call, silently."""
        body = {"statusId": status_id, "solution": solution, "visibility": SILENT}
        await self._client.patch(f"ticket/{ticket_id}", body)

    async def mark_email_sent(self, email_id: int) -> None:
        """Marks the transport row of a message as sent."""
        await self._client.patch(f"email/{email_id}", {"status": EMAIL_SENT})


def _ticket(row: TicketRow, default_address: str) -> Ticket:
    return Ticket(
        id=TicketId(row.id),
        number=row.requestnumber,
        subject=row.subject,
        status_id=row.statusid,
        user_address=row.emailaddress or default_address,
        solution=row.solution,
    )
