"""What the verbs need from outside, as protocols. Adapters in ``dispatch/adapters`` implement them."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dispatch.messages import ResolveTicket, SendBatch
from dispatch.model import (
    Accepted,
    AttachmentInfo,
    Batch,
    Dispatch,
    DispatchKey,
    IndexLine,
    Lane,
    MailingList,
    Member,
    Message,
    OutgoingMail,
    Recipient,
    Seen,
    StatusRef,
    Ticket,
    TicketId,
)
from dispatch.status import BatchState, Transport

Clock = Callable[[], datetime]
"""Now, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class PagePlace:
    """How far a list has been read: ``start`` is where the last row stands, ``last`` its relation id."""

    start: int
    last: int


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Some members of a list, and where it goes on."""

    members: tuple[Member, ...]
    end: PagePlace


class TicketSystem(Protocol):
    """Pureservice. Raises ``TicketSystemBusy`` and ``TicketSystemRefused``."""

    async def statuses(self) -> Sequence[StatusRef]:
        """Every enabled ticket status."""
        ...

    async def tickets_in_status(self, status_id: int) -> Sequence[Ticket]:
        """Tickets in the status, oldest first, those marked for deletion left out."""
        ...

    async def dispatch_messages(self, ticket_id: TicketId) -> Sequence[Message]:
        """The ticket's communications of the dispatch type, oldest first."""
        ...

    async def ticket(self, ticket_id: TicketId) -> Ticket | None:
        """The ticket as it is now; None where it is gone."""
        ...

    async def ticket_numbered(self, number: int) -> Ticket | None:
        """The ticket of the number that people see; None where there is none."""
        ...

    async def mailing_lists(self, ticket_id: TicketId) -> Sequence[MailingList]:
        """Lists related to the ticket by the configured relation, by id."""
        ...

    def members(self, list_id: int) -> AsyncIterator[Member]:
        """Everyone related to the list by the configured relations, page by page, by relation id."""
        ...

    def member_pages(self, list_id: int, *, after: PagePlace | None = None) -> AsyncIterator[MemberPage]:
        """The same with where each page ends, so that reading can go on there.

        Raises:
            ListChanged: the list is not any more what it was when the place was told.
        """
        ...

    async def attachments(self, ticket_id: TicketId) -> Sequence[AttachmentInfo]:
        """Files on the ticket, by id."""
        ...

    async def download(self, attachment_id: int) -> bytes:
        """The content of one file."""
        ...

    async def notes(self, ticket_id: TicketId) -> Sequence[str]:
        """The HTML of the ticket's internal notes, newest first."""
        ...

    async def add_note(self, ticket_id: TicketId, *, subject: str, html: str) -> None:
        """Writes an internal note."""
        ...

    async def set_status(self, ticket_id: TicketId, status_id: int) -> None:
        """Sets the status and silences the ticket, so that no receipt goes to the fictional user."""
        ...

    async def attach(self, ticket_id: TicketId, *, name: str, content_type: str, content: bytes) -> None:
        """Uploads a file to the ticket as part of its solution."""
        ...

    async def solve(self, ticket_id: TicketId, *, status_id: int, solution: str) -> None:
        """Writes the solution and the status in one call, without a receipt to the end user."""
        ...

    async def mark_email_sent(self, email_id: int) -> None:
        """Marks the transport row of a message as sent."""
        ...


class MailTransport(Protocol):
    """One way to send an e-mail. Raises the ``MailError`` kinds and nothing else."""

    name: Transport

    def needs_draft(self, mail: OutgoingMail) -> bool:
        """Whether ``prepare`` must run, and its draft be recorded, before ``send``."""
        ...

    async def prepare(self, mail: OutgoingMail) -> str:
        """Creates the draft with all its attachments and returns its id. Sends nothing; repeating it is harmless."""
        ...

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:
        """Sends the mail, or the draft that ``prepare`` made of it."""
        ...

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:
        """Looks for a message whose sending is in doubt, in all folders of the sender's mailbox."""
        ...

    async def close(self) -> None:
        """Gives back connections."""
        ...


class Ledger(Protocol):
    """The record of every dispatch, batch and recipient. Every write is conditional and raises ``LostRace``."""

    async def create(self, dispatch: Dispatch) -> Dispatch | None:
        """Inserts the dispatch; None where it exists already."""
        ...

    async def dispatch(self, key: DispatchKey) -> Dispatch | None:
        """The dispatch as it stands."""
        ...

    async def save(self, dispatch: Dispatch) -> Dispatch:
        """Replaces the row if it is still of this version; returns it with its new version."""
        ...

    async def active(self) -> Sequence[IndexLine]:
        """Dispatches that are neither resolved nor rejected, oldest first."""
        ...

    async def retire(self, dispatch: Dispatch) -> None:
        """Moves a finished dispatch from the active to the finished ones; may be repeated."""
        ...

    async def revive(self, dispatch: Dispatch) -> None:
        """Puts a rejected dispatch back among the active ones; may be repeated."""
        ...

    async def clear_plan(self, dispatch: Dispatch) -> Dispatch:
        """Removes the batches and recipients of an unfinished plan."""
        ...

    async def write_batch(
        self, dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient], *, instead_of: Batch | None = None
    ) -> Dispatch:
        """Adds one planned batch and writes these recipients, fenced by the dispatch's version.

        With ``instead_of`` the batch that they come from is a second fence; its version changes too.
        """
        ...

    async def batch(self, key: DispatchKey, number: int) -> Batch | None:
        """One batch."""
        ...

    async def batches(self, key: DispatchKey, *, states: Collection[BatchState] = (), limit: int = 0) -> list[Batch]:
        """Batches by number; only those in the states, where given."""
        ...

    async def save_batch(self, batch: Batch) -> Batch:
        """Replaces the batch row if it is still of this version."""
        ...

    async def recipients(self, key: DispatchKey, number: int) -> list[Recipient]:
        """The recipients of one batch, by index."""
        ...

    def all_recipients(self, key: DispatchKey) -> AsyncIterator[Recipient]:
        """Every recipient of the dispatch, in the order of the plan, streamed."""
        ...

    async def record(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        """Writes the batch row (conditionally) and these recipients in one transaction."""
        ...

    async def lane(self, mailbox: str) -> Lane:
        """The shared state of a mailbox; a fresh one where nothing is written yet."""
        ...

    async def save_lane(self, lane: Lane) -> Lane:
        """Replaces the lane if it is still of this version."""
        ...

    async def expired(self, before: datetime) -> Sequence[IndexLine]:
        """Finished dispatches whose last change is older."""
        ...

    async def forget(self, line: IndexLine) -> None:
        """Removes one line of the index."""
        ...

    async def purge(self, key: DispatchKey) -> None:
        """Removes batches and recipients; the dispatch's own row stays, or its message could be sent again."""
        ...


class ContentStore(Protocol):
    """Blobs: frozen letters, reports, the operator's own template."""

    async def put(self, name: str, content: bytes, *, content_type: str) -> None:
        """Writes or overwrites a blob."""
        ...

    async def get(self, name: str) -> bytes | None:
        """The blob's bytes; None where there is none."""
        ...

    async def delete_under(self, prefix: str) -> None:
        """Removes every blob whose name begins so."""
        ...


class Queues(Protocol):
    """The two queues. ``delay`` is the visibility delay in seconds: the queue is our clock."""

    async def put_batch(self, message: SendBatch, *, delay: float = 0.0) -> None:
        """Asks for one batch to be sent."""
        ...

    async def put_resolve(self, message: ResolveTicket, *, delay: float = 0.0) -> None:
        """Asks for a ticket to be answered."""
        ...
