"""What Pureservice says of a ticket."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.core.identifiers import CommunicationId, TicketId


@dataclass(frozen=True, slots=True)
class StatusRef:
    """A ticket status; ``core`` is 50 and up for solved and closed ones."""

    id: int
    name: str
    core: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as found. ``number`` is what people see ("Sak ID# 10234"), ``id`` what the API wants."""

    id: TicketId
    number: int
    subject: str
    status_id: int
    user_address: str
    solution: str = ""
    user_name: str = ""
    faults: tuple[str, ...] = ()  # names of the fields that can't be read
    modified_by: int = 0  # the agent who changed it last; 0 where that is not said
    custom: tuple[tuple[str, str], ...] = ()  # the tenant's own fields (``cf_3``), as texts

    def field(self, name: str) -> str:
        """What the tenant's own field says; empty where nothing does."""
        return dict(self.custom).get(name, "")


@dataclass(frozen=True, slots=True)
class Communication:
    """A communication of the dispatch type: the text that a case worker wrote for the recipients."""

    id: CommunicationId
    ticket_id: TicketId
    html: str
    subject: str = ""
    email_id: int | None = None
    attachments: tuple[int, ...] = ()  # ids of its own files
    faults: tuple[str, ...] = ()


class FileOrigin(StrEnum):
    """Why a file of the ticket does not go with a letter."""

    RECEIVED = "received"  # with a message that came in
    SOLUTION = "solution"  # part of a solution
    OURS = "ours"  # made for a dispatch of this ticket
    RECIPIENTS = "recipients"  # whom to send to stands in it
    NOT_NAMED = "not_named"  # while the recipients' file says which files go to whom
    NAMED_BEFORE = "named_before"  # for somebody alone, with an earlier message
    TICKET = "ticket"  # not the message's own, and the message has files of its own


class FileWay(StrEnum):
    """How a file gets onto a ticket, the best first: in production today, tied to the solution, tied to anything."""

    SOLVED_WITH = "solved_with"  # with the solution, in one change of the whole ticket
    BARE = "bare"  # on its own, as an object
    ENVELOPE = "envelope"  # on its own, in an envelope
    NOTE = "note"  # with an internal note


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """A file on the ticket, not yet fetched."""

    id: int
    name: str
    content_type: str
    size: int
    of_solution: bool = False
    faults: tuple[str, ...] = ()
