"""Messages that Pureservice itself could not deliver, because the address only means something to us."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.identifiers import TicketId


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
    faults: tuple[str, ...] = ()  # names of the fields that can't be read
