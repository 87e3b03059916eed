"""The rows of one leased batch in a worker's memory, and their way back to the ledger."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import nsmallest

from dispatch.core import NOT_HELD, Batch, BatchState, LostRace, Recipient, RecipientState, counts_of, owes_note
from dispatch.ports import Clock, Ledger

R = RecipientState
REACHED = frozenset({R.DELIVERED, R.UNDER_WAY})


class BatchRows:
    """What one worker knows of one leased batch, and what of it is not written yet."""

    def __init__(
        self, ledger: Ledger, clock: Clock, batch: Batch, recipients: Sequence[Recipient], *, lease: timedelta
    ) -> None:
        self.batch = batch
        self.has_moved = False  # somebody was reached in this run, or got a user or a ticket of their own
        self.is_held = True  # the ledger knows of the lease; where it does not yet, the first write takes it
        self._ledger = ledger
        self._clock = clock
        self._lease = lease
        self._rows = {recipient.index: recipient for recipient in recipients}
        self._reached: datetime | None = None
        self._unwritten: dict[int, Recipient] = {}

    @property
    def all(self) -> list[Recipient]:
        """Every recipient of the batch as it stands."""
        return list(self._rows.values())

    @property
    def left(self) -> list[Recipient]:
        """Recipients without an outcome, and those whose own ticket lacks a note on it."""
        return [row for row in self._rows.values() if not row.has_outcome or owes_note(row)]

    @property
    def unwritten(self) -> list[Recipient]:
        """Rows whose last change is not in the ledger yet."""
        return list(self._unwritten.values())

    def due(self, wanted: Callable[[Recipient], bool], *, most: int) -> list[Recipient]:
        """Up to ``most`` recipients that need not wait any more and of which ``wanted`` is true.

        Those that have been tried least come first: who was refused must not stand before everybody else for ever.
        """
        now = self._clock()
        due = (row for row in self._rows.values() if row.not_before is None or row.not_before <= now)
        return nsmallest(most, (row for row in due if wanted(row)), key=lambda row: row.attempt.count)

    def note(self, row: Recipient) -> None:
        """Takes the recipient as it is now; the next write takes it to the ledger."""
        before = self._rows[row.index]
        reached = row.state in REACHED and row.state is not before.state
        self._reached = row.changed if reached else self._reached
        self.has_moved = self.has_moved or reached or row.own_ticket != before.own_ticket
        self._rows[row.index] = row
        self._unwritten[row.index] = row

    def lease_ends_within(self, seconds: timedelta) -> bool:
        """Whether the lease is over in so long, or is already."""
        return self.batch.lease.until is not None and self._clock() + seconds >= self.batch.lease.until

    async def hold(self) -> None:
        """Takes the lease before anything is done that no intent tells of."""
        if not self.is_held:
            await self.write()

    async def renew(self) -> None:
        """Renews the lease where half of it is gone: a long row of questions writes nothing."""
        if self.lease_ends_within(self._lease / 2):
            await self.write()

    async def write(
        self, *, state: BatchState = BatchState.LEASED, change: Callable[[Batch], Batch] = lambda batch: batch
    ) -> None:
        """Records what has changed, and renews the lease, in one write."""
        self.batch = await self._ledger.record(change(self._counted(state, self._clock())), self.unwritten)
        self._unwritten.clear()
        self.is_held = True

    def _counted(self, state: BatchState, now: datetime) -> Batch:
        held = state is BatchState.LEASED
        return replace(
            self.batch,
            state=state,
            reached=self._reached or self.batch.reached,
            lease=replace(self.batch.lease, until=now + self._lease) if held else NOT_HELD,
            counts=counts_of(self._rows.values()),
        )

    async def set_aside(self, rows: Sequence[Recipient]) -> None:
        """Takes over rows that were written together with our batch's, and the version that it has now."""
        for row in rows:
            self._rows[row.index] = row
            self._unwritten.pop(row.index, None)
        current = await self._ledger.batch(self.batch.dispatch, self.batch.number)
        if current is None or current.lease.owner != self.batch.lease.owner:
            raise LostRace(f"batch {self.batch.number}")
        self.batch = current
