"""The port ``UndeliveredMails`` on Pureservice's REST API."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import field_validator

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.filters import equals, every, text
from dispatch.adapters.pureservice.records import Record, parse
from dispatch.core import TicketId, UndeliveredMail

OUTGOING, FAILED = 2, 5


class EmailRow(Record):
    """An e-mail row with what is needed to send it another way."""

    ticket_id: int = 0
    direction: int = 0
    status: int = 0
    to: str = ""
    subject: str = ""
    html: str = ""
    created: datetime

    @field_validator("created")
    @classmethod
    def _aware(cls, value: datetime) -> datetime:
        return value if value.tzinfo else value.replace(tzinfo=UTC)


class UndeliveredMails:
    """See ``dispatch.ports.UndeliveredMails``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def undelivered(self, domain: str) -> Sequence[UndeliveredMail]:
        """Whether a row counts is decided here as well; the filter only keeps the answer short."""
        contains = f"to.contains({text(domain, what='PURESERVICE_EF_DOMAIN')})"
        asked = every(equals("direction", OUTGOING), equals("status", FAILED), contains)
        found: list[UndeliveredMail] = []
        for raw in await self._client.rows("email/", filter=asked, include="attachments"):
            row = parse(EmailRow, raw, path="email")
            if row.direction == OUTGOING and row.status == FAILED and domain.casefold() in row.to.casefold():
                files = _attachments(raw)
                found.append(
                    UndeliveredMail(row.id, TicketId(row.ticket_id), row.to, row.subject, row.html, row.created, files)
                )
        return found


def _attachments(raw: Mapping[str, Any]) -> tuple[int, ...]:
    links = next((value for name, value in raw.items() if name.lower() == "links"), None) or {}
    files = links.get("attachments") or {}
    numbers = files.get("ids") or [] if isinstance(files, Mapping) else [one.get("id") for one in files]
    return tuple(number for number in numbers if isinstance(number, int))
