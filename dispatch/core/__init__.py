"""The nouns: frozen values that travel from the ticket to the report. No I/O, no vendor."""

from dispatch.core.addresses import valid_organisation_number
from dispatch.core.batches import Batch
from dispatch.core.dispatches import Dispatch, IndexLine
from dispatch.core.errors import (
    BadConfiguration,
    ContentMissing,
    DispatchError,
    ListChanged,
    LostRace,
    MailError,
    MessageRefused,
    OutcomeUnknown,
    RecipientRefused,
    Rejected,
    Throttled,
    TicketSystemBusy,
    TicketSystemError,
    TicketSystemRefused,
    TransportRefused,
    TryAgain,
    UnsafeFilterValue,
)
from dispatch.core.exchange_messages import ExchangeMessage, Journey, Standing, message_ids
from dispatch.core.file_names import NamesInUse, safe_file_name
from dispatch.core.identifiers import NO_VERSION, CommunicationId, DispatchKey, TicketId, dispatch_key, recipient_key
from dispatch.core.languages import Language, language_of
from dispatch.core.letters import Letter, Part
from dispatch.core.mailing_lists import MailingList, Member, MemberKind
from dispatch.core.mails import Accepted, Mailbox, OutgoingMail, Seen, Sighting
from dispatch.core.own_tickets import (
    NOTE_REFUSED,
    NOTE_WRITTEN,
    OWN_TICKET_NUMBER,
    EndUser,
    NewUser,
    OwnTicket,
    OwnTicketTemplate,
    SentRow,
    numbered,
    owes_note,
    own_ticket_reference,
)
from dispatch.core.queue_messages import ResolveTicket, SendBatch
from dispatch.core.recipients import Recipient
from dispatch.core.send_window import SendWindow
from dispatch.core.senders import SenderState, Slot
from dispatch.core.states import (
    MAILERS,
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
from dispatch.core.tables import for_every
from dispatch.core.tickets import AttachmentInfo, Message, StatusRef, Ticket
from dispatch.core.undelivered_mail import UndeliveredMail

__all__ = [
    "MAILERS",
    "NOTE_REFUSED",
    "NOTE_WRITTEN",
    "NO_VERSION",
    "OUTCOMES",
    "OWN_TICKET_NUMBER",
    "Accepted",
    "AttachmentInfo",
    "BadConfiguration",
    "Batch",
    "BatchState",
    "Channel",
    "CommunicationId",
    "ContentMissing",
    "Detour",
    "Dispatch",
    "DispatchError",
    "DispatchKey",
    "DispatchState",
    "EndUser",
    "ExchangeMessage",
    "IndexLine",
    "Journey",
    "Language",
    "Letter",
    "ListChanged",
    "LostRace",
    "MailError",
    "Mailbox",
    "MailingList",
    "Member",
    "MemberKind",
    "Message",
    "MessageRefused",
    "NamesInUse",
    "NewUser",
    "OutcomeUnknown",
    "OutgoingMail",
    "OwnTicket",
    "OwnTicketTemplate",
    "Part",
    "Reason",
    "Recipient",
    "RecipientRefused",
    "RecipientState",
    "Rejected",
    "ResolveTicket",
    "Scenario",
    "Seen",
    "SendBatch",
    "SendWindow",
    "SenderState",
    "SentRow",
    "Sighting",
    "Slot",
    "Standing",
    "StatusRef",
    "Throttled",
    "Ticket",
    "TicketId",
    "TicketSystemBusy",
    "TicketSystemError",
    "TicketSystemRefused",
    "Transport",
    "TransportRefused",
    "TryAgain",
    "UndeliveredMail",
    "UnsafeFilterValue",
    "dispatch_key",
    "for_every",
    "language_of",
    "message_ids",
    "numbered",
    "owes_note",
    "own_ticket_reference",
    "recipient_key",
    "safe_file_name",
    "valid_organisation_number",
]
