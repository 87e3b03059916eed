"""The twin of the ledger, and one that refuses moves which the states do not name."""

import functools
import itertools
import pickle
import uuid
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

from dispatch.core import (
    BATCH_MOVES,
    DISPATCH_MOVES,
    FINISHED,
    RECIPIENT_MOVES,
    Batch,
    BatchState,
    Dispatch,
    DispatchKey,
    IndexLine,
    LostRace,
    Recipient,
    RecipientState,
    SenderState,
    TicketHold,
    TicketId,
    Transport,
    journal,
    message_of,
)


class MemoryLedger:
    """See ``dispatch.ports.Ledger``. Versions count up; every write is checked against them."""

    def __init__(self) -> None:
        self._versions = (f"v{n}" for n in itertools.count(1))
        self.heads: dict[DispatchKey, Dispatch] = {}
        self.batch_rows: dict[tuple[DispatchKey, int], Batch] = {}
        # Recipients by batch, each batch by index; journals say what is newer.
        self.written: dict[DispatchKey, dict[int, bytes]] = {}
        self.senders: dict[str, SenderState] = {}
        self.live: dict[DispatchKey, IndexLine] = {}
        self.done: dict[DispatchKey, IndexLine] = {}
        self.messages: dict[str, DispatchKey] = {}
        self.holds: dict[TicketId, TicketHold] = {}

    @property
    def rows(self) -> dict[DispatchKey, dict[tuple[int, int], Recipient]]:
        """Recipients as they stand; a copy, for looking."""
        found = {key: {journal.place(row): row for row in self._in_order(key)} for key in self.written}
        for (key, _), batch in self.batch_rows.items():
            found.setdefault(key, {}).update({journal.place(row): row for row in batch.journal})
        return found

    def copy(self) -> Self:
        """A ledger of the same rows, which goes its own way."""
        other = type(self)()
        other._versions = (f"{uuid.uuid4().hex[:6]}-{n}" for n in itertools.count(1))  # noqa: SLF001 - one of us
        other.heads, other.batch_rows, other.senders = dict(self.heads), dict(self.batch_rows), dict(self.senders)
        other.written = {key: dict(rows) for key, rows in self.written.items()}
        other.live, other.done = dict(self.live), dict(self.done)
        other.messages, other.holds = dict(self.messages), dict(self.holds)
        return other

    async def create(self, dispatch: Dispatch) -> Dispatch | None:
        if (message := message_of(dispatch.key)) and self.messages.setdefault(message, dispatch.key) != dispatch.key:
            return None
        await self.revive(dispatch)
        if dispatch.key in self.heads:
            return None
        return self._keep(dispatch)

    async def key_of(self, message: str) -> DispatchKey | None:
        return self.messages.get(message)

    async def dispatch(self, key: DispatchKey) -> Dispatch | None:
        return self.heads.get(key)

    async def save(self, dispatch: Dispatch) -> Dispatch:
        self._fence(dispatch)
        return self._keep(dispatch)

    async def active(self) -> Sequence[IndexLine]:
        return sorted(self.live.values(), key=lambda line: line.row)

    async def retire(self, dispatch: Dispatch) -> None:
        since = (dispatch.changed or dispatch.created).replace(microsecond=0)
        row = f"done|{since:%Y%m%dT%H%M%S}|{dispatch.key}"
        self.done[dispatch.key] = IndexLine(dispatch.key, row, since, dispatch.ticket_id)
        current = self.heads.get(dispatch.key)
        if current is None or current.state in FINISHED:
            self.live.pop(dispatch.key, None)

    async def revive(self, dispatch: Dispatch) -> None:
        since = dispatch.created.replace(microsecond=0)
        row = f"active|{since:%Y%m%dT%H%M%S}|{dispatch.key}"
        self.live[dispatch.key] = IndexLine(dispatch.key, row, since, dispatch.ticket_id)

    async def expired(self, before: datetime) -> Sequence[IndexLine]:
        return [line for line in self.done.values() if line.since < before.replace(microsecond=0)]

    async def forget(self, line: IndexLine) -> None:
        for index in (self.live, self.done):
            if index.get(line.key) == line:
                del index[line.key]

    async def hold(self, ticket_id: TicketId) -> TicketHold:
        return self.holds.get(ticket_id, TicketHold(ticket_id))

    async def save_hold(self, hold: TicketHold) -> TicketHold:
        if self.holds.get(hold.ticket_id, TicketHold(hold.ticket_id)).version != hold.version:
            raise LostRace(f"ticket {hold.ticket_id}")
        kept = replace(hold, version=next(self._versions))
        self.holds[hold.ticket_id] = kept
        return kept

    async def purge(self, dispatch: Dispatch) -> Dispatch:
        self._fence(dispatch)
        self.written.pop(dispatch.key, None)
        self.batch_rows = {at: batch for at, batch in self.batch_rows.items() if at[0] != dispatch.key}
        return self._keep(dispatch)

    async def clear_plan(self, dispatch: Dispatch) -> Dispatch:
        return await self.purge(await self.save(dispatch))

    async def write_batch(
        self, dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient], *, instead_of: Batch | None = None
    ) -> Dispatch:
        self._fence(dispatch)
        if instead_of is not None:
            known = self.batch_rows.get((instead_of.dispatch, instead_of.number))
            if known is None or known.version != instead_of.version:
                raise LostRace(f"batch {instead_of.dispatch} {instead_of.number}")
            self._keep_batch(journal.without(instead_of, recipients), ())
        self._keep_batch(batch, recipients)
        return self._keep(dispatch)

    async def batch(self, key: DispatchKey, number: int) -> Batch | None:
        return self.batch_rows.get((key, number))

    async def batches(self, key: DispatchKey, *, states: Collection[BatchState] = (), limit: int = 0) -> list[Batch]:
        mine = sorted((at[1], batch) for at, batch in self.batch_rows.items() if at[0] == key)
        found = [batch for _, batch in mine if not states or batch.state in states]
        return found[:limit] if limit else found

    async def save_batch(self, batch: Batch) -> Batch:
        return await self.record(batch, ())

    async def recipients(self, batch: Batch) -> list[Recipient]:
        rows = self._of(batch.dispatch, batch.number)
        return [row async for row in journal.applied(batch.journal, _streamed(rows))]

    async def all_recipients(self, key: DispatchKey) -> AsyncIterator[Recipient]:
        entries = [row for batch in await self.batches(key) for row in batch.journal]
        async for row in journal.applied(entries, _streamed(self._in_order(key))):
            yield row

    async def record(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        known = self.batch_rows.get((batch.dispatch, batch.number))
        if known is None or known.version != batch.version:
            raise LostRace(f"batch {batch.dispatch} {batch.number}")
        return self._keep_batch(*journal.recorded(batch, recipients))

    async def sender(self, mailbox: str) -> SenderState:
        return self.senders.get(mailbox.lower(), SenderState(mailbox))

    async def save_sender(self, sender: SenderState) -> SenderState:
        known = self.senders.get(sender.mailbox.lower(), SenderState(sender.mailbox))
        if known.version != sender.version:
            raise LostRace("sender")
        kept = replace(sender, version=next(self._versions))
        self.senders[sender.mailbox.lower()] = kept
        return kept

    def _in_order(self, key: DispatchKey) -> Iterator[Recipient]:
        batches = self.written.get(key, {})
        return (row for number in sorted(batches) for row in _unpacked(batches[number]))

    def _of(self, key: DispatchKey, number: int) -> tuple[Recipient, ...]:
        """The rows of one batch as they are written."""
        packed = self.written.get(key, {}).get(number)
        return () if packed is None else _unpacked(packed)

    def _fence(self, dispatch: Dispatch) -> None:
        known = self.heads.get(dispatch.key)
        if known is None or known.version != dispatch.version:
            raise LostRace(f"dispatch {dispatch.key}")

    def _keep(self, dispatch: Dispatch) -> Dispatch:
        kept = replace(dispatch, version=next(self._versions))
        self.heads[dispatch.key] = kept
        return kept

    def _keep_batch(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        kept = replace(batch, version=next(self._versions))
        self.batch_rows[batch.dispatch, batch.number] = kept
        batches = self.written.setdefault(batch.dispatch, {})
        for number in {row.batch for row in recipients}:
            stands = {row.index: row for row in self._of(batch.dispatch, number)}
            stands.update({row.index: row for row in recipients if row.batch == number})
            batches[number] = pickle.dumps(tuple(stands[index] for index in sorted(stands)))
        return kept


class CheckedLedger(MemoryLedger):
    """Refuses moves between states that ``core.states`` does not name, and more in flight than the doubt bound."""

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
        return super()._keep_batch(batch, recipients)


@functools.lru_cache(maxsize=16)
def _unpacked(packed: bytes) -> tuple[Recipient, ...]:
    """Rows at rest are bytes, as in a table: as objects they would take four times the memory."""
    rows: tuple[Recipient, ...] = pickle.loads(packed)  # noqa: S301 - our own, of this process
    return rows


async def _streamed(rows: Iterable[Recipient]) -> AsyncIterator[Recipient]:
    for row in rows:
        yield row


def _check_move(what: str, old: str, new: str, allowed: Collection[str]) -> None:
    if new not in allowed:
        raise AssertionError(f"a {what} went from {old} to {new}")
