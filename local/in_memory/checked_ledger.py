"""The twin of the ledger that refuses what the states do not allow."""

from collections.abc import Collection, Sequence
from typing import Self

from dispatch.core import (
    BATCH_MOVES,
    DISPATCH_MOVES,
    RECIPIENT_MOVES,
    Batch,
    BatchState,
    Dispatch,
    Recipient,
    RecipientState,
    Transport,
    counts_of,
    journal,
)
from local.in_memory.ledger import MemoryLedger


class CheckedLedger(MemoryLedger):
    """Refuses moves between states that ``core.states`` does not name, and more in flight than the doubt bound.

    And a batch that is done whose counts are not those of its rows.
    """

    doubt_bound = 0  # as it is set
    mailbox_tells = True

    def copy(self) -> Self:
        other = super().copy()
        other.doubt_bound, other.mailbox_tells = self.doubt_bound, self.mailbox_tells
        return other

    def _check_doubt(self, batch: Batch) -> None:
        """What a kill at this moment leaves in flight, by what carries it."""
        mine = {journal.place(row): row for row in self._of(batch.dispatch, batch.number)}
        stand = mine | {journal.place(row): row for row in batch.journal}
        flying = [row for row in stand.values() if row.state is RecipientState.IN_FLIGHT]
        few = [row for row in flying if not self._tells(row)]
        most, fewer = (self.doubt_bound,) * 2 if self.doubt_bound else (16, 4)
        if len(flying) > most or len(few) > fewer:
            raise AssertionError(f"{len(flying)} in flight, of {len(few)} of whom nothing can tell")

    def _tells(self, row: Recipient) -> bool:
        match row.attempt.transport:
            case Transport.SMTP:
                return False
            case Transport.PURESERVICE:
                return not row.own_ticket.id  # a ticket is found by its reference, a message by nothing
            case Transport.GRAPH:
                return self.mailbox_tells
            case _:
                return True

    def _keep(self, dispatch: Dispatch) -> Dispatch:
        if (known := self.heads.get(dispatch.key)) is not None:
            _check_move("dispatch", known.state, dispatch.state, DISPATCH_MOVES[known.state])
        return super()._keep(dispatch)

    def _keep_batch(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        if (known := self.batch_rows.get((batch.dispatch, batch.number))) is not None:
            _check_move("batch", known.state, batch.state, BATCH_MOVES[known.state])
        noted = {} if known is None else {journal.place(row): row for row in known.journal}
        numbers = {row.batch for row in recipients} | {batch.number}
        stands = {journal.place(row): row for number in numbers for row in self._of(batch.dispatch, number)}
        for row in (*batch.journal, *recipients):
            at = journal.place(row)
            if (old := noted.get(at) or stands.get(at)) is not None:
                _check_move("recipient", old.state, row.state, RECIPIENT_MOVES[old.state] | {old.state})
        if batch.state is BatchState.LEASED:
            self._check_doubt(batch)
        if batch.state is BatchState.RECORDED and (known is None or known.state is not BatchState.RECORDED):
            now = stands | noted | {journal.place(row): row for row in (*batch.journal, *recipients)}
            _check_counts(batch, [row for (number, _), row in now.items() if number == batch.number])
        return super()._keep_batch(batch, recipients)


def _check_move(what: str, old: str, new: str, allowed: Collection[str]) -> None:
    if new not in allowed:
        raise AssertionError(f"a {what} went from {old} to {new}")


def _check_counts(batch: Batch, rows: Sequence[Recipient]) -> None:
    if batch.counts != counts_of(rows):
        raise AssertionError(f"a batch of {counts_of(rows)} is counted as {batch.counts}")
