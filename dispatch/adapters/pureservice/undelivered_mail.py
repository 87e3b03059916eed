"""The port ``UndeliveredMails`` on Pureservice's REST API."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import PositiveInt, field_validator

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.filters import equals, every, text
from dispatch.adapters.pureservice.reading import Rows, salvaged
from dispatch.adapters.pureservice.records import Html, Number, Receivers, Record, Subject
from dispatch.core import TicketId, UndeliveredMail, UnreadableRow

OUTGOING, FAILED = 2, 5
# Without these it is not known whether the mail is one of ours, or where to say that it can't be sent.
WHOSE = frozenset({"ticketId", "direction", "status", "to", "created"})


class EmailRow(Record):
    """An e-mail with what is needed to send it another way."""

    ticket_id: Number = 0
    direction: Number = 0
    status: Number = 0
    to: Receivers = ""
    subject: Subject = ""
    html: Html = ""
    created: datetime
    links: tuple[PositiveInt, ...] = ()  # of its attachments

    @field_validator("created")
    @classmethod
    def _aware(cls, value: datetime) -> datetime:
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    @field_validator("links", mode="before")
    @classmethod
    def _files(cls, links: Any) -> Any:
        """Either of the two forms that the server gives links in. A file that can't be read is not left out."""
        if not isinstance(links, Mapping):
            return links
        found = links.get("attachments")
        if isinstance(found, Mapping):
            return found.get("ids") or ()
        if isinstance(found, list):
            return [one.get("id") if isinstance(one, Mapping) else one for one in found]
        return found or ()


class UndeliveredMails:
    """See ``dispatch.ports.UndeliveredMails``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def undelivered(self, domain: str) -> Sequence[UndeliveredMail]:
        """Whether a row counts is decided here as well; the filter only keeps the answer short."""
        contains = f"to.contains({text(domain, what='PURESERVICE_EF_DOMAIN')})"
        asked = every(equals("direction", OUTGOING), equals("status", FAILED), contains)
        found: list[UndeliveredMail] = []
        rows = await self._client.rows("email/", filter=asked, include="attachments")
        lost: list[UnreadableRow] = []
        for raw in rows:
            try:
                row, faults = salvaged(EmailRow, raw, path="email")
                if WHOSE.intersection(faults):
                    raise UnreadableRow("email", noun=EmailRow.noun(), row=row.id, fields=faults)
            except UnreadableRow as error:
                lost.append(error)
                continue
            if row.direction == OUTGOING and row.status == FAILED and domain.casefold() in row.to.casefold():
                found.append(_mail(row, faults))
        Rows((), tuple(lost)).or_skipped()
        return found


def _mail(row: EmailRow, faults: tuple[str, ...]) -> UndeliveredMail:
    return UndeliveredMail(
        id=row.id,
        ticket_id=TicketId(row.ticket_id),
        to=row.to,
        subject=row.subject,
        html=row.html,
        created=row.created,
        attachments=row.links,
        faults=faults,
    )
