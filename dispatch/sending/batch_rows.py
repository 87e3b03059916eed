"""The rows of one leased batch in a worker's memory, and their way back to the ledger."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dispatch.core import Batch, BatchState, Dispatch, Letter, LostRace, OutgoingMail, Recipient, RecipientState
from dispatch.sending.outgoing_mail import outgoing
from dispatch.services import Services

R = RecipientState


class BatchRows:
    """What one worker knows of one leased batch, and what of it is not written yet."""

    def __init__(
        self, services: Services, dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient], letter: Letter
    ) -> None:
        self.batch = batch
        self._services = services
        self._dispatch = dispatch
        self._letter = letter
        self._rows = {recipient.index: recipient for recipient in recipients}
        self._unwritten: dict[int, Recipient] = {}

    @property
    def unwritten(self) -> list[Recipient]:
        """Rows whose last change is not in the ledger yet."""
        return list(self._unwritten.values())

    @property
    def rows(self) -> list[Recipient]:
        """Every recipient of the batch as it stands."""
        return list(self._rows.values())

    def _note(self, row: Recipient) -> None:
        self._rows[row.index] = row
        self._unwritten[row.index] = row

    async def write(self, *, state: BatchState = BatchState.LEASED, **changes: object) -> None:
        """Records what has changed, and renews the lease, in one transaction."""
        now = self._services.clock()
        lease = timedelta(seconds=self._services.settings.dispatch_lease_seconds)
        counts = Counter(row.state for row in self._rows.values() if not row.superseded)
        wished = replace(
            self.batch,
            state=state,
            lease_until=now + lease if state is BatchState.LEASED else None,
            owner=self.batch.owner if state is BatchState.LEASED else "",
            delivered=counts[R.DELIVERED],
            failed=counts[R.FAILED],
            skipped=counts[R.SKIPPED],
            uncertain=counts[R.UNCERTAIN],
            under_way=counts[R.UNDER_WAY],
            **changes,  # type: ignore[arg-type]  # names of Batch's own fields, given by send
        )
        self.batch = await self._services.ledger.record(wished, self.unwritten)
        self._unwritten.clear()

    async def set_aside(self, rows: Sequence[Recipient]) -> None:
        """Takes over rows that were written together with our batch's, and the version that it has now."""
        for row in rows:
            self._rows[row.index] = row
            self._unwritten.pop(row.index, None)
        current = await self._services.ledger.batch(self.batch.dispatch, self.batch.number)
        if current is None or current.owner != self.batch.owner:
            raise LostRace(f"batch {self.batch.number}")
        self.batch = current

    def fail_refused(self, state: RecipientState, make: Callable[[Recipient], Recipient]) -> None:
        """Ends every recipient in ``state`` by ``make``."""
        for row in list(self._rows.values()):
            if row.state is state:
                self._note(make(row))

    def _mail(self, row: Recipient) -> OutgoingMail:
        return outgoing(row, self._dispatch, self._letter, self._services)

    def _ids(self, row: Recipient) -> dict[str, Any]:
        return {"dispatch": self._dispatch.key, "batch": row.batch, "recipient": row.index}
