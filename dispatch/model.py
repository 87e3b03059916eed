"""The nouns: frozen values that travel from find to resolve. No I/O, no vendor."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType

from dispatch.status import (
    OUTCOMES,
    BatchState,
    Channel,
    Detour,
    DispatchState,
    Reason,
    RecipientState,
    Scenario,
    Transport,
)

DispatchKey = NewType("DispatchKey", str)
TicketId = NewType("TicketId", int)
CommunicationId = NewType("CommunicationId", int)

NO_VERSION = ""  # a row that has never been written


def dispatch_key(ticket_id: TicketId, communication_id: CommunicationId) -> DispatchKey:
    """The identity of a dispatch: one ticket and one message in it, whatever else happens to the ticket."""
    return DispatchKey(f"{ticket_id}-{communication_id}")


# --- what Pureservice tells us -------------------------------------------------------------------------------------


class MemberKind(StrEnum):
    """What a mailing list relates to."""

    PERSON = "person"
    ORGANISATION = "organisation"


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


@dataclass(frozen=True, slots=True)
class Message:
    """A communication of the dispatch type: the text that a case worker wrote for the recipients."""

    id: CommunicationId
    ticket_id: TicketId
    html: str
    subject: str = ""
    email_id: int | None = None


@dataclass(frozen=True, slots=True)
class MailingList:
    """An asset that is related to the ticket by the configured relation."""

    id: int
    name: str
    usable: bool = True  # False: deleted, or in an inactive status


@dataclass(frozen=True, slots=True)
class Member:
    """One person or organisation on a list, with its default address as Pureservice has it."""

    kind: MemberKind
    id: int
    relation_id: int
    name: str
    address: str = ""
    organization_number: str = ""
    disabled: bool = False
    anonymised: bool = False


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """A file on the ticket, not yet fetched."""

    id: int
    name: str
    content_type: str
    size: int
    of_solution: bool = False


# --- what is sent ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A file that goes with the letter; one with a ``content_id`` is shown inside it (``cid:``)."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """The frozen content: what every recipient of a dispatch gets. ``html`` is a whole document."""

    subject: str
    html: str
    text: str
    attachments: tuple[Part, ...] = ()
    inline: tuple[Part, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all parts and both texts before any transfer encoding."""
        parts = sum(len(part.content) for part in (*self.attachments, *self.inline))
        return parts + len(self.html.encode()) + len(self.text.encode())


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One letter to one recipient. ``key``, ``message_id`` and ``date`` stay the same at every attempt.

    ``key`` is 26 characters of lower-case base32 and marks the message in the sender's mailbox;
    ``message_id`` has its angle brackets.
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


@dataclass(frozen=True, slots=True)
class Accepted:
    """A transport took the message. ``message_id`` is what it will carry, where the transport tells."""

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


# --- the ledger -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One mass mailing. ``version`` is the row's ETag; empty where it was never written."""

    key: DispatchKey
    ticket_id: TicketId
    request_number: int
    communication_id: CommunicationId
    state: DispatchState
    created: datetime
    scenario: Scenario = Scenario.ONE_TO_MANY
    channel: Channel = Channel.EMAIL
    subject: str = ""
    content_hash: str = ""
    content_bytes: int = 0
    case_hash: str = ""  # scenario 2: what every recipient's own ticket is made of
    recipients: int = 0  # planned, the skipped ones included
    skipped: int = 0  # at planning
    duplicates: int = 0
    batches: int = 0
    lists: str = ""  # names, as the report says them
    attempt: int = 1  # times that a case worker has asked for it
    rounds: int = 1  # sendings; more than one where a person asked to send again to the failed
    stops: int = 0
    stops_told: int = 0
    start_told: int = 0  # the round whose expected end the ticket has been told
    half_told: int = 0  # the round of which the ticket has been told that half is done
    done_before: int = 0  # outcomes when that round began
    ended_round: int = 0  # the round whose report a person asked for before everyone was reached
    waiting_told: bool = False  # the case worker knows that receipts are waited for
    problems: str = ""  # of a rejection, one sentence a line
    email_id: int = 0
    owner: str = ""
    owner_until: datetime | None = None
    planned_at: datetime | None = None
    expected_done: datetime | None = None
    resolved_at: datetime | None = None
    changed: datetime | None = None
    version: str = NO_VERSION


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to ``DISPATCH_BATCH_SIZE`` recipients, sent by one invocation at a time."""

    dispatch: DispatchKey
    number: int
    state: BatchState
    size: int
    to_send: int  # those without an outcome when planned
    channel: Channel = Channel.EMAIL
    due: datetime | None = None
    owner: str = ""
    lease_until: datetime | None = None
    release: int = 0  # messages of an older release are stale
    attempts: int = 0
    refusals: int = 0  # in a row, by every transport
    refused_since: datetime | None = None
    delivered: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    under_way: int = 0  # handed to eFormidling, without a receipt yet
    version: str = NO_VERSION


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person or organisation that one dispatch is addressed to."""

    batch: int
    index: int
    kind: MemberKind
    source_id: int
    name: str
    address: str
    state: RecipientState
    organization_number: str = ""
    channel: Channel = Channel.EMAIL
    transport: Transport | None = None
    message_id: str = ""
    date: datetime | None = None
    reason: Reason | None = None
    detail: str = ""
    attempts: int = 0
    refused_by: tuple[Transport, ...] = ()
    draft_id: str = ""
    first_attempt: datetime | None = None
    in_doubt_since: datetime | None = None
    looks: int = 0
    not_before: datetime | None = None
    changed: datetime | None = None
    user_id: int = 0  # scenario 2: the end user of the recipient's own ticket
    case_id: int = 0  # that ticket's id
    case_number: int = 0  # and the number that people see
    case_note: str = ""  # whether the ticket has been told how the sending ended
    resent_in_doubt: bool = False  # an earlier attempt may have arrived: no later refusal can prove that it did not
    detour: Detour | None = None  # why it goes by e-mail, where eFormidling was wished
    superseded: bool = False  # a person asked to send again; a later row has the place, and this one is history

    @property
    def has_outcome(self) -> bool:
        """Whether nothing more will happen to this recipient."""
        return self.state in OUTCOMES


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One line of the ledger's index: a dispatch, its row there, and since when it stands there."""

    key: DispatchKey
    row: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """Part of a mailbox's concurrency, held by one worker until ``until``."""

    owner: str
    permits: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Lane:
    """The shared state of one sender mailbox: who sends now, until when it rests, what the pace allows."""

    mailbox: str
    slots: tuple[Slot, ...] = ()
    not_before: datetime | None = None
    paced_until: datetime | None = None
    sent_by_hour: Mapping[str, int] = field(default_factory=dict)
    version: str = NO_VERSION


def recipient_key(dispatch: DispatchKey, channel: Channel, identity: str) -> str:
    """26 lower-case base32 characters made from the dispatch, the channel and the recipient's normalised address.

    Lower-case base32 since Graph compares the marker's value without regard to case.
    """
    digest = hashlib.sha256(f"{dispatch}|{channel}|{identity}".encode()).digest()
    return base64.b32encode(digest).decode("ascii")[:26].lower()


def aware(moment: datetime) -> datetime:
    """The same moment in UTC; a naive one is a mistake.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)
