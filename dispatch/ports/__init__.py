"""What the verbs need from outside: one protocol a file. Adapters implement them."""

from dispatch.ports.checks import Check, Examined, Known, Places, Remedy, Trouble, Words
from dispatch.ports.clock import Clock
from dispatch.ports.content_store import ContentStore, ReadBlob, StoredBlob
from dispatch.ports.ledger import Ledger
from dispatch.ports.ledger_reader import Board, LedgerReader, Named, Place, Whole
from dispatch.ports.mail_transport import MailTransport
from dispatch.ports.message_exchange import ExchangeTransport, MessageExchange
from dispatch.ports.own_ticket_system import OwnTicketSystem
from dispatch.ports.queues import Queues
from dispatch.ports.returned_mails import (
    RawMail,
    ReturnedMail,
    ReturnedMails,
    ReturnsMark,
    ReturnsPage,
    moment_name,
)
from dispatch.ports.sheet_reader import SheetReader
from dispatch.ports.sheets import (
    CellFault,
    FileFault,
    FileProblem,
    MarkedCell,
    MergedCells,
    Sheet,
    SheetLimits,
    SheetRow,
    column_letters,
)
from dispatch.ports.ticket_system import MemberPage, PagePlace, TicketSystem
from dispatch.ports.undelivered_mail import UndeliveredMails

__all__ = [
    "Board",
    "CellFault",
    "Check",
    "Clock",
    "ContentStore",
    "Examined",
    "ExchangeTransport",
    "FileFault",
    "FileProblem",
    "Known",
    "Ledger",
    "LedgerReader",
    "MailTransport",
    "MarkedCell",
    "MemberPage",
    "MergedCells",
    "MessageExchange",
    "Named",
    "OwnTicketSystem",
    "PagePlace",
    "Place",
    "Places",
    "Queues",
    "RawMail",
    "ReadBlob",
    "Remedy",
    "ReturnedMail",
    "ReturnedMails",
    "ReturnsMark",
    "ReturnsPage",
    "Sheet",
    "SheetLimits",
    "SheetReader",
    "SheetRow",
    "StoredBlob",
    "TicketSystem",
    "Trouble",
    "UndeliveredMails",
    "Whole",
    "Words",
    "column_letters",
    "moment_name",
]
