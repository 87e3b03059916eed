"""Messages that Pureservice itself could not deliver, because the address only means something to us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dispatch.model import TicketId


@dataclass(frozen=True, slots=True)
class UndeliveredMail:
    """An outgoing e-mail row that failed. ``to`` is as Pureservice has it and may hold several addresses."""

    id: int
    ticket_id: TicketId
    to: str
    subject: str
    html: str
    created: datetime
    attachments: tuple[int, ...] = ()


class Outbox(Protocol):
    """Pureservice's outgoing e-mail. Raises ``TicketSystemBusy`` and ``TicketSystemRefused``."""

    async def undelivered(self, domain: str) -> Sequence[UndeliveredMail]:
        """Outgoing rows that failed and whose ``to`` holds the domain, oldest first."""
        ...
