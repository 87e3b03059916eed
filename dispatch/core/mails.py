"""One letter on its way to one recipient, and what a transport or a look-up says of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.core.identifiers import operation_id
from dispatch.core.letters import Letter
from dispatch.core.routes import UNKNOWN_ROUTE, Route
from dispatch.core.states import Transport


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One letter to one recipient. ``key``, ``message_id`` and ``date`` stay the same at every attempt.

    ``key`` is 26 characters of lower-case base32 and marks the message in the sender's mailbox;
    ``message_id`` has its angle brackets. ``route`` says which mailbox sends it, or may have sent it; where it says
    nothing, the one that is set up.
    """

    key: str
    message_id: str
    date: datetime
    sender: Mailbox
    reply_to: Mailbox | None
    to: Mailbox
    letter: Letter
    organization_number: str = ""
    request_number: int = 0
    conversation_id: str = ""  # of eFormidling
    planned_at: datetime | None = None  # when the letter was frozen
    route: Route = UNKNOWN_ROUTE

    @property
    def operation_id(self) -> str:
        """What a service that numbers sendings knows this one by."""
        return operation_id(self.key, self.date)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A transport took the message. ``message_id`` is what it will carry, where the transport says."""

    transport: Transport
    message_id: str = ""
    request_id: str = ""


class Sighting(StrEnum):
    """What a look in the sender's mailbox for one message says."""

    SENT = "sent"
    DRAFT = "draft"  # it lies among the drafts: on its way, or never sent
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"  # no permission to look, not saved, or a transport without memory


@dataclass(frozen=True, slots=True)
class Seen:
    """The answer of a look-up; ``draft_id`` where a draft was found."""

    sighting: Sighting
    draft_id: str = ""
    message_id: str = ""
