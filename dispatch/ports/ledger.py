"""The record of every dispatch, batch and recipient."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Protocol

from dispatch.core import (
    Batch,
    BatchState,
    Dispatch,
    DispatchKey,
    IndexLine,
    Recipient,
    SenderState,
    TicketHold,
    TicketId,
)


class Ledger(Protocol):
    """The record of every dispatch, batch and recipient. Every write is conditional and raises ``LostRace``."""

    async def create(self, dispatch: Dispatch) -> Dispatch | None:
        """Inserts the dispatch; None where it, or another dispatch of the same message, exists already."""
        ...

    async def key_of(self, message: str) -> DispatchKey | None:
        """The key under which the message (see ``message_of``) has been begun, on whatever ticket it stood then."""
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
        """Moves a finished dispatch to the finished ones, unless it was begun again; may be repeated."""
        ...

    async def revive(self, dispatch: Dispatch) -> None:
        """Puts a rejected dispatch back among the active ones; may be repeated."""
        ...

    async def hold(self, ticket_id: TicketId) -> TicketHold:
        """Which dispatch has the ticket."""
        ...

    async def save_hold(self, hold: TicketHold) -> TicketHold:
        """Replaces it if it is still of this version."""
        ...

    async def clear_plan(self, dispatch: Dispatch) -> Dispatch:
        """Removes the batches and recipients of an unfinished plan; nothing more once somebody else has it."""
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

    async def batches(
        self, key: DispatchKey, *, states: Collection[BatchState] = (), after: int = -1, limit: int = 0
    ) -> list[Batch]:
        """Batches by number from the one after ``after``; only those in the states, and so many, where given."""
        ...

    async def save_batch(self, batch: Batch) -> Batch:
        """Replaces the batch row if it is still of this version."""
        ...

    async def save_batches(self, batches: Sequence[Batch]) -> list[Batch]:
        """Replaces the rows of batches of one dispatch, 100 at most, all or nothing, if each is of this version."""
        ...

    async def recipients(self, batch: Batch) -> list[Recipient]:
        """The recipients of one batch by index, as they stood when this version of it was read or later.

        Whoever decides by them writes on condition of that version.
        """
        ...

    def all_recipients(self, key: DispatchKey) -> AsyncIterator[Recipient]:
        """Every recipient of the dispatch, in the order of the plan, streamed."""
        ...

    async def record(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        """Writes the batch (conditionally) and these recipients, all or nothing.

        While a worker has the batch, its journal takes the recipients: one row is written. In every other state
        their rows are brought up to date.
        """
        ...

    async def sender(self, mailbox: str) -> SenderState:
        """The shared state of a mailbox; a fresh one where nothing is written yet."""
        ...

    async def save_sender(self, sender: SenderState) -> SenderState:
        """Replaces the sender if it is still of this version."""
        ...

    async def expired(self, before: datetime) -> Sequence[IndexLine]:
        """Finished dispatches whose last change is older."""
        ...

    async def forget(self, line: IndexLine) -> None:
        """Removes one line of the index."""
        ...

    async def purge(self, dispatch: Dispatch) -> Dispatch:
        """Removes batches and recipients as long as the dispatch is of this version.

        Its own row stays, or its message could be sent again.
        """
        ...
