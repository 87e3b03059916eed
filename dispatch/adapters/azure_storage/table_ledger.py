"""The ledger on Table Storage: one partition a dispatch, so that one transaction can span its rows.

Rows of a partition: ``dispatch``, ``batch|00012``, ``recipient|00012|0007``. A small partition ``index`` lists active
and finished dispatches, and says of each message by which key it was begun, of each ticket which dispatch has it;
``lane`` holds the state of each sender mailbox. So nothing ever scans the table.

While a worker has a batch, its row holds what the recipients' rows do not yet (``core.journal``).

Whatever is removed is fenced: rows of a plan by the dispatch's row in the same transaction, a line by its own ETag.
"""

import uuid
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage.fenced_rows import (
    MOST_ROWS,
    FencedRows,
    Operation,
    etag_of,
    if_unchanged,
    removed,
    written,
)
from dispatch.adapters.azure_storage.journal_columns import (
    HAS_JOURNAL,
    as_they_stand,
    batch_entity,
    batch_from,
    batch_row,
    is_too_long,
    recipient_entity,
)
from dispatch.adapters.azure_storage.table_index import TableIndex
from dispatch.adapters.azure_storage.table_rows import (
    HEAD,
    PAGE,
    SENDER,
    from_entity,
    sender_entity,
    sender_from,
    sender_row,
    to_entity,
)
from dispatch.core import (
    FINISHED,
    NO_VERSION,
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
)


class TableLedger:
    """See ``dispatch.ports.Ledger``."""

    def __init__(self, table: TableClient) -> None:
        self._table = table
        self._rows = FencedRows(table)
        self._index = TableIndex(table)

    async def open(self) -> None:
        """Creates the table where it is missing (locally; in Azure the deployment did)."""
        try:
            await self._table.create_table()
        except ResourceExistsError:
            return

    async def check(self) -> None:
        """Writes a row of no meaning, reads it and removes it."""
        await self.open()
        probe = {"PartitionKey": "doctor", "RowKey": uuid.uuid4().hex}
        await self._table.create_entity(probe)
        await self._table.get_entity(probe["PartitionKey"], probe["RowKey"])
        await self._table.delete_entity(probe)

    async def close(self) -> None:
        """Gives back connections."""
        await self._table.close()

    # --- dispatches

    async def create(self, dispatch: Dispatch) -> Dispatch | None:
        """Inserts the dispatch, after its message and its line in the index: a crash leaves no dispatch unseen."""
        if not await self._index.is_first(dispatch.key):
            return None
        await self.revive(dispatch)
        try:
            return await self.save(replace(dispatch, version=NO_VERSION))
        except LostRace:
            return None

    async def key_of(self, message: str) -> DispatchKey | None:
        """The key under which the message has been begun."""
        return await self._index.key_of(message)

    async def dispatch(self, key: DispatchKey) -> Dispatch | None:
        """The dispatch as it stands."""
        entity = await self._rows.get(key, HEAD)
        return None if entity is None else from_entity(Dispatch, entity, version=etag_of(entity.metadata))

    async def save(self, dispatch: Dispatch) -> Dispatch:
        """Replaces the row if it is still of this version."""
        entity = to_entity(dispatch, partition=dispatch.key, row=HEAD)
        return replace(dispatch, version=await self._rows.put(entity, dispatch.version))

    async def active(self) -> Sequence[IndexLine]:
        """Lines of the dispatches that are not retired, oldest first."""
        return await self._index.active()

    async def retire(self, dispatch: Dispatch) -> None:
        """Moves a finished dispatch from the active to the finished ones, unless it was begun again.

        The line is read before the dispatch and removed by its ETag: whoever begins it again writes the line anew.
        """
        await self._index.add_done(dispatch)
        await self._index.is_first(dispatch.key)  # the version before, should it have begun it, has not said so
        line = await self._index.active_line(dispatch)
        current = await self.dispatch(dispatch.key)
        if line is not None and (current is None or current.state in FINISHED):
            await self._index.remove(line)

    async def revive(self, dispatch: Dispatch) -> None:
        """Puts a dispatch back among the active ones; the line's new ETag stops whoever was about to remove it."""
        await self._index.add_active(dispatch)

    async def expired(self, before: datetime) -> Sequence[IndexLine]:
        """Lines of the finished dispatches whose last change is older."""
        return await self._index.expired(before)

    async def forget(self, line: IndexLine) -> None:
        """Removes one line of the index."""
        await self._index.forget(line)

    async def hold(self, ticket_id: TicketId) -> TicketHold:
        """Which dispatch has the ticket."""
        return await self._index.hold(ticket_id)

    async def save_hold(self, hold: TicketHold) -> TicketHold:
        """Replaces it if it is still of this version."""
        return await self._index.save_hold(hold)

    # --- the plan

    async def clear_plan(self, dispatch: Dispatch) -> Dispatch:
        """Removes batches and recipients of an unfinished plan, fencing out a planner that stalled."""
        return await self.purge(await self.save(dispatch))

    async def purge(self, dispatch: Dispatch) -> Dispatch:
        """Removes batches and recipients. The dispatch's row goes along with each lot as the fence, and stays."""
        for first, end in (("batch|", "batch}"), ("recipient|", "recipient}")):
            rows = [row async for row in self._rows.keys(dispatch.key, first, end)]
            for start in range(0, len(rows), MOST_ROWS - 1):
                gone = [removed(dispatch.key, row) for row in rows[start : start + MOST_ROWS - 1]]
                version, *_ = await self._rows.together([_fence(dispatch), *gone])
                dispatch = replace(dispatch, version=version)
        return dispatch

    async def write_batch(
        self, dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient], *, instead_of: Batch | None = None
    ) -> Dispatch:
        """Adds a planned batch; the dispatch's row, and that of the batch it comes from, go along as fences."""
        rows = [batch_entity(batch), *(recipient_entity(dispatch.key, recipient) for recipient in recipients)]
        fences = [_fence(dispatch)]
        if instead_of is not None:
            fences.append(if_unchanged(batch_entity(journal.without(instead_of, recipients)), instead_of.version))
        version, *_ = await self._rows.together([*fences, *map(written, rows)])
        return replace(dispatch, version=version)

    # --- batches and recipients

    async def batch(self, key: DispatchKey, number: int) -> Batch | None:
        """One batch."""
        entity = await self._rows.get(key, batch_row(number))
        return None if entity is None else batch_from(key, entity, version=etag_of(entity.metadata))

    async def batches(
        self, key: DispatchKey, *, states: Collection[BatchState] = (), after: int = -1, limit: int = 0
    ) -> list[Batch]:
        """Batches by number, of the states where given."""
        wanted = " or ".join(f"state eq '{state}'" for state in sorted(states))
        found: list[Batch] = []
        page = min(limit or PAGE, PAGE)
        async for entity in self._rows.between(key, batch_row(after + 1), "batch}", also=wanted, page=page):
            found.append(batch_from(key, entity, version=etag_of(entity.metadata)))
            if limit and len(found) >= limit:
                break
        return found

    async def save_batch(self, batch: Batch) -> Batch:
        """Replaces the batch's row if it is still of this version."""
        return await self.record(batch, ())

    async def save_batches(self, batches: Sequence[Batch]) -> list[Batch]:
        """Replaces the rows of batches of one dispatch, all or nothing."""
        versions = await self._rows.together([if_unchanged(batch_entity(batch), batch.version) for batch in batches])
        return [replace(batch, version=version) for batch, version in zip(batches, versions, strict=True)]

    async def recipients(self, batch: Batch) -> list[Recipient]:
        """The recipients of one batch, by index."""
        first, end = f"recipient|{batch.number:05}|", f"recipient|{batch.number:05}}}"
        rows = self._rows.between(batch.dispatch, first, end)
        return [row async for row in as_they_stand(rows, batch.journal)]

    async def all_recipients(self, key: DispatchKey) -> AsyncIterator[Recipient]:
        """Every recipient of the dispatch in the order of the plan."""
        wanted = f"RowKey ge 'recipient|' or (RowKey lt 'batch}}' and {HAS_JOURNAL})"
        async for row in as_they_stand(self._rows.between(key, "batch|", "recipient}", also=wanted)):
            yield row

    async def record(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        """The batch's row (conditionally) and these recipients, all or nothing; one row while a worker has it."""
        written_as, rows = journal.recorded(batch, recipients)
        if is_too_long(written_as):
            written_as, rows = journal.recorded(batch, recipients, full=True)
        others = [recipient_entity(batch.dispatch, row) for row in rows]
        version = await self._rows.put_with(batch_entity(written_as), batch.version, others)
        return replace(written_as, version=version)

    # --- senders

    async def sender(self, mailbox: str) -> SenderState:
        """The shared state of a mailbox."""
        entity = await self._rows.get(SENDER, sender_row(mailbox))
        if entity is None:
            return SenderState(mailbox)
        return sender_from(mailbox, entity, version=etag_of(entity.metadata))

    async def save_sender(self, sender: SenderState) -> SenderState:
        """Replaces the sender if it is still of this version; inserts a fresh one."""
        return replace(sender, version=await self._rows.put(sender_entity(sender), sender.version))


def _fence(dispatch: Dispatch) -> Operation:
    return if_unchanged(to_entity(dispatch, partition=dispatch.key, row=HEAD), dispatch.version)
