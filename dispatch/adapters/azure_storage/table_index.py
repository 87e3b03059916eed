"""The partition ``index`` of the ledger: active and finished dispatches, the messages begun, the tickets in use.

``active|moment|key`` and ``done|moment|key`` list dispatches. ``message|id`` says by which key a message was begun: its
own id is unique in Pureservice, while its ticket changes when tickets are merged. ``ticket|id`` says which dispatch has
the ticket.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage.fenced_rows import FencedRows
from dispatch.adapters.azure_storage.table_rows import INDEX, MOMENT, index_line
from dispatch.core import NO_VERSION, Dispatch, DispatchKey, IndexLine, LostRace, TicketHold, TicketId, message_of

KNOWN = "messages"  # the row that says that what the version before has begun is among the messages


class TableIndex:
    """Lines of dispatches, messages and tickets, by point reads, short ranges and conditional writes."""

    def __init__(self, table: TableClient) -> None:
        self._table = table
        self._rows = FencedRows(table)
        self._all_known = False

    async def active(self) -> list[IndexLine]:
        """Lines of the active dispatches, oldest first; the oldest where two planners have written one each."""
        lines = [index_line(entity) async for entity in self._rows.between(INDEX, "active|", "active}")]
        first = {line.key: line for line in reversed(lines)}
        return [line for line in lines if first[line.key] is line]

    async def expired(self, before: datetime) -> list[IndexLine]:
        """Lines of the finished dispatches whose last change is older."""
        end = f"done|{before.astimezone(UTC):{MOMENT}}"
        return [index_line(entity) async for entity in self._rows.between(INDEX, "done|", end)]

    async def add_active(self, dispatch: Dispatch) -> None:
        """Puts the dispatch among the active ones; a line that is there already gets a new ETag."""
        await self._table.upsert_entity(_line("active", dispatch.created, dispatch))

    async def add_done(self, dispatch: Dispatch) -> None:
        """Puts the dispatch among the finished ones."""
        await self._table.upsert_entity(_line("done", dispatch.changed or dispatch.created, dispatch))

    async def active_line(self, dispatch: Dispatch) -> Any:
        """The dispatch's line among the active ones, as it stands; None where it has none."""
        return await self._row(_line("active", dispatch.created, dispatch)["RowKey"])

    async def remove(self, line: Any) -> None:
        """Removes the line if it has not been written since it was read."""
        try:
            await self._table.delete_entity(
                line, etag=line.metadata["etag"], match_condition=MatchConditions.IfNotModified
            )
        except (ResourceModifiedError, ResourceNotFoundError):
            return

    async def forget(self, line: IndexLine) -> None:
        """Removes the line."""
        await self._table.delete_entity({"PartitionKey": INDEX, "RowKey": line.row})

    async def is_first(self, key: DispatchKey) -> bool:
        """Notes that the message is begun by this key; False where it was begun by another."""
        message = message_of(key)
        if not message:
            return True
        try:
            await self._rows.put({"PartitionKey": INDEX, "RowKey": f"message|{message}", "key": key}, NO_VERSION)
        except LostRace:
            return await self.key_of(message) == key
        return True

    async def key_of(self, message: str) -> DispatchKey | None:
        """The key under which the message has been begun."""
        row = await self._row(f"message|{message}")
        if row is None and not self._all_known:
            await self._know_all()
            row = await self._row(f"message|{message}")
        if row is None:
            return await self._of_the_version_before(message)
        return DispatchKey(str(row["key"]))

    async def _of_the_version_before(self, message: str) -> DispatchKey | None:
        """What it has begun since, should it have been started again: it lists dispatches, and names no messages."""
        lines = self._table.query_entities(
            "PartitionKey eq @p and RowKey ge @a and RowKey lt @b",
            parameters={"p": INDEX, "a": "active|", "b": "done}"},
            select=["RowKey", "key"],
        )
        async for line in lines:
            key = DispatchKey(str(line["key"]))
            if message_of(key) == message:
                await self.is_first(key)
                return key
        return None

    async def hold(self, ticket_id: TicketId) -> TicketHold:
        """Which dispatch has the ticket."""
        row = await self._row(f"ticket|{ticket_id}")
        if row is None:
            return TicketHold(ticket_id)
        return TicketHold(ticket_id, DispatchKey(str(row["key"])), str(row.metadata["etag"]))

    async def save_hold(self, hold: TicketHold) -> TicketHold:
        """Replaces it if it is still of this version."""
        row = {"PartitionKey": INDEX, "RowKey": f"ticket|{hold.ticket_id}", "key": hold.dispatch}
        return replace(hold, version=await self._rows.put(row, hold.version))

    async def _row(self, row: str) -> Any:
        return await self._rows.get(INDEX, row)

    async def _know_all(self) -> None:
        """Once in the table's life: the messages of the version before, read off the names of its partitions."""
        if await self._row(KNOWN) is None:
            async for partition in self._partitions():
                if partition[:1].isdigit():
                    await self.is_first(DispatchKey(partition))
            await self._table.upsert_entity({"PartitionKey": INDEX, "RowKey": KNOWN})
        self._all_known = True

    async def _partitions(self) -> AsyncIterator[str]:
        """One row is read of each, however many it holds."""
        last = ""
        while True:
            query = self._table.query_entities(
                "PartitionKey gt @p", parameters={"p": last}, select=["PartitionKey"], results_per_page=1
            )
            found = [entity async for page in _first(query.by_page()) async for entity in page]
            if not found:
                return
            last = str(found[0]["PartitionKey"])
            yield last


async def _first(pages: Any) -> AsyncIterator[Any]:
    async for page in pages:
        yield page
        return


def _line(kind: str, moment: datetime, dispatch: Dispatch) -> dict[str, Any]:
    row = f"{kind}|{moment.astimezone(UTC):{MOMENT}}|{dispatch.key}"
    return {"PartitionKey": INDEX, "RowKey": row, "key": dispatch.key, "ticket_id": dispatch.ticket_id}
