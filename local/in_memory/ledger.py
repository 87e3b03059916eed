"""The twin of the ledger."""

import functools
import itertools
import pickle
import uuid
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

from dispatch.core import (
    FINISHED,
    Batch,
    BatchState,
    Dispatch,
    DispatchKey,
    IndexLine,
    LostRace,
    Recipient,
    SenderState,
    TicketHold,
    TicketId,
    journal,
    message_of,
)

Versioned = Dispatch | Batch | SenderState | TicketHold


class MemoryLedger:
    """See ``dispatch.ports.Ledger``. Versions count up; every write is checked against them."""

    def __init__(self) -> None:
        self._versions = (f"v{n}" for n in itertools.count(1))
        self.heads: dict[DispatchKey, Dispatch] = {}
        self.batch_rows: dict[tuple[DispatchKey, int], Batch] = {}
        # Recipients by batch, each batch by index; journals say what is newer.
        self.written: dict[DispatchKey, dict[int, bytes]] = {}
        self.senders: dict[str, SenderState] = {}
        self.live: dict[str, IndexLine] = {}  # by row: two planners may write two
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
        lines = sorted(self.live.values(), key=lambda line: line.row)
        first = {line.key: line for line in reversed(lines)}
        return [line for line in lines if first[line.key] is line]

    async def retire(self, dispatch: Dispatch) -> None:
        since = (dispatch.changed or dispatch.created).replace(microsecond=0)
        row = f"done|{since:%Y%m%dT%H%M%S}|{dispatch.key}"
        self.done[dispatch.key] = IndexLine(dispatch.key, row, since, dispatch.ticket_id)
        current = self.heads.get(dispatch.key)
        if current is None or current.state in FINISHED:
            self.live.pop(_active_line(dispatch).row, None)

    async def revive(self, dispatch: Dispatch) -> None:
        line = _active_line(dispatch)
        self.live[line.row] = line

    async def expired(self, before: datetime) -> Sequence[IndexLine]:
        return [line for line in self.done.values() if line.since < before.replace(microsecond=0)]

    async def forget(self, line: IndexLine) -> None:
        self.live.pop(line.row, None)
        if self.done.get(line.key) == line:
            del self.done[line.key]

    async def hold(self, ticket_id: TicketId) -> TicketHold:
        return self.holds.get(ticket_id, TicketHold(ticket_id))

    async def save_hold(self, hold: TicketHold) -> TicketHold:
        _unchanged(self.holds.get(hold.ticket_id, TicketHold(hold.ticket_id)), hold)
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
            self._fence_batch(instead_of)
            self._keep_batch(journal.without(instead_of, recipients), ())
        self._keep_batch(batch, recipients)
        return self._keep(dispatch)

    async def batch(self, key: DispatchKey, number: int) -> Batch | None:
        return self.batch_rows.get((key, number))

    async def batches(
        self, key: DispatchKey, *, states: Collection[BatchState] = (), after: int = -1, limit: int = 0
    ) -> list[Batch]:
        mine = sorted((at[1], batch) for at, batch in self.batch_rows.items() if at[0] == key)
        found = [batch for number, batch in mine if number > after and (not states or batch.state in states)]
        return found[:limit] if limit else found

    async def save_batch(self, batch: Batch) -> Batch:
        return await self.record(batch, ())

    async def save_batches(self, batches: Sequence[Batch]) -> list[Batch]:
        if len({batch.number for batch in batches}) < len(batches):
            raise ValueError("a row stands in a transaction twice, which the service refuses as a whole")
        for batch in batches:
            self._fence_batch(batch)
        return [self._keep_batch(batch, ()) for batch in batches]

    async def recipients(self, batch: Batch) -> list[Recipient]:
        rows = self._of(batch.dispatch, batch.number)
        return [row async for row in journal.applied(batch.journal, _streamed(rows))]

    async def all_recipients(self, key: DispatchKey) -> AsyncIterator[Recipient]:
        entries = [row for batch in await self.batches(key) for row in batch.journal]
        async for row in journal.applied(entries, _streamed(self._in_order(key))):
            yield row

    async def record(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        self._fence_batch(batch)
        return self._keep_batch(*journal.recorded(batch, recipients))

    async def sender(self, mailbox: str) -> SenderState:
        return self.senders.get(mailbox.lower(), SenderState(mailbox))

    async def save_sender(self, sender: SenderState) -> SenderState:
        _unchanged(self.senders.get(sender.mailbox.lower(), SenderState(sender.mailbox)), sender)
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
        _unchanged(self.heads.get(dispatch.key), dispatch)

    def _fence_batch(self, batch: Batch) -> None:
        _unchanged(self.batch_rows.get((batch.dispatch, batch.number)), batch)

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


def _active_line(dispatch: Dispatch) -> IndexLine:
    since = dispatch.created.replace(microsecond=0)
    return IndexLine(dispatch.key, f"active|{since:%Y%m%dT%H%M%S}|{dispatch.key}", since, dispatch.ticket_id)


def _unchanged(known: Versioned | None, wished: Versioned) -> None:
    if known is None or known.version != wished.version:
        raise LostRace(f"a {type(wished).__name__} was changed meanwhile")


@functools.lru_cache(maxsize=16)
def _unpacked(packed: bytes) -> tuple[Recipient, ...]:
    """Rows at rest are bytes, as in a table: as objects they would take four times the memory."""
    rows: tuple[Recipient, ...] = pickle.loads(packed)  # noqa: S301 - our own, of this process
    return rows


async def _streamed(rows: Iterable[Recipient]) -> AsyncIterator[Recipient]:
    for row in rows:
        yield row
