"""Reads the ledger's table for the overview. Every query keeps to one partition, or to two small neighbours.

Row keys sort as ``batch|…`` < ``dispatch`` < ``recipient|…``, so one range holds a dispatch and its batches.
The partitions ``index`` and ``lane`` are neighbours as well: those of dispatches begin with a digit.
"""

from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage.fenced_rows import RANGE
from dispatch.adapters.azure_storage.journal_columns import (
    HAS_JOURNAL,
    as_they_stand,
    batch_from,
    batch_row,
    states_among,
)
from dispatch.adapters.azure_storage.table_rows import (
    HEAD,
    INDEX,
    MOMENT,
    PAGE,
    SENDER,
    from_entity,
    index_line,
    sender_from,
    sender_row,
)
from dispatch.core import (
    Batch,
    Dispatch,
    DispatchKey,
    FirstByName,
    IndexLine,
    Recipient,
    RecipientState,
    SenderState,
    has_part,
    has_set_aside,
    journal,
)
from dispatch.ports import Board, Named, Place, Whole

WHOLE = 1000  # rows a query where the whole list is read: the most that the service gives
KEPT = 64  # finished dispatches in memory: their heads and batches, not their recipients


class TableReader:
    """See ``dispatch.ports.LedgerReader``."""

    def __init__(self, table: TableClient) -> None:
        self._table = table
        self._kept: OrderedDict[str, Whole] = OrderedDict()
        self._aside: OrderedDict[tuple[DispatchKey, int], dict[int, Counter[RecipientState]]] = OrderedDict()

    async def close(self) -> None:
        """Gives back connections."""
        await self._table.close()

    async def board(self, mailboxes: Sequence[str], *, since: datetime) -> Board:
        """Index and senders by one query over their two partitions."""
        wanted = {sender_row(mailbox): mailbox for mailbox in mailboxes}
        active: list[IndexLine] = []
        finished: list[IndexLine] = []
        senders = {mailbox: SenderState(mailbox) for mailbox in mailboxes}
        async for entity in self._query(
            "PartitionKey ge @i and PartitionKey le @l"
            " and (PartitionKey eq @l or RowKey lt @active or (RowKey ge @since and RowKey lt @done ))",
            {"i": INDEX, "l": SENDER, "active": "active}", "since": f"done|{since:{MOMENT}}", "done": "done}"},
        ):
            row = str(entity["RowKey"])
            if entity["PartitionKey"] == SENDER:
                if row in wanted:
                    senders[wanted[row]] = sender_from(wanted[row], entity)
            elif entity["PartitionKey"] == INDEX:
                (active if row.startswith("active|") else finished).append(index_line(entity))
        return Board(active, finished[::-1], senders)

    async def whole(self, key: DispatchKey, *, as_of: str = "") -> Whole | None:
        """Head and batches by one query; one more, once, where a later round has set rows aside."""
        if as_of and as_of in self._kept:
            self._kept.move_to_end(as_of)
            return self._kept[as_of]
        head: Dispatch | None = None
        batches: list[Batch] = []
        written: dict[int, datetime] = {}
        async for entity in self._query(RANGE, {"p": key, "a": "batch|", "b": "dispatch}"}):
            if entity["RowKey"] == HEAD:
                head = from_entity(Dispatch, entity)
                continue
            batch = batch_from(key, entity)
            batches.append(batch)
            written[batch.number] = entity.metadata["timestamp"].astimezone(UTC)
        if head is None:
            return None
        whole = Whole(head, batches, written, await self._set_aside(head) if has_set_aside(head) else {})
        if as_of:
            _keep(self._kept, as_of, whole)
        return whole

    async def recipients(
        self,
        key: DispatchKey,
        *,
        states: Collection[RecipientState] = (),
        text: str = "",
        after: Place | None = None,
        last_batch: int | None = None,
        limit: int,
    ) -> list[Recipient]:
        """By one query that ends as soon as it has enough.

        The service can't look inside a text, so where one is looked for, the rows come here to be looked at.
        """
        found: list[Recipient] = []
        page = WHOLE if text else min(limit, PAGE)
        async for row in self._rows(key, states=states, after=after, last_batch=last_batch, page=page):
            if has_part(row, text):
                found.append(row)
                if len(found) == limit:
                    break
        return found

    async def by_name(
        self, key: DispatchKey, *, states: Collection[RecipientState] = (), text: str = "", skip: int = 0, limit: int
    ) -> Named:
        """Reads them all, and keeps no more than the first that are wanted."""
        first = FirstByName(skip + limit)
        async for row in self._rows(key, states=states, page=WHOLE):
            if has_part(row, text):
                first.add(row)
        return Named(tuple(first.rows()[skip:]), first.count)

    async def _rows(
        self,
        key: DispatchKey,
        *,
        states: Collection[RecipientState] = (),
        after: Place | None = None,
        last_batch: int | None = None,
        page: int = PAGE,
    ) -> AsyncIterator[Recipient]:
        """Recipients in the plan's order, those whose place a later round has left out."""
        start = after or Place(0)
        end = "recipient}" if last_batch is None else f"recipient|{last_batch:05}}}"
        among = states_among(states)
        async for row in as_they_stand(self._with_journals(key, start, end, among, page=page)):
            within = journal.place(row) > (start.batch, start.index) and (last_batch is None or row.batch <= last_batch)
            if within and not row.superseded and (not states or row.state in states):
                yield row

    async def _with_journals(
        self, key: DispatchKey, start: Place, end: str, among: str, *, page: int
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Batches that have a journal, then the recipients' rows.

        One query gives both where it begins with the plan. Further on that would look at every row before the place.
        """
        parameters = {"p": key, "a": _after(start), "b": end}
        also = f" and ({among})" if among else ""
        if start.batch:
            journals = {"p": key, "a": batch_row(start.batch), "b": "batch}"}
            async for entity in self._query(f"{RANGE} and {HAS_JOURNAL}", journals):
                yield entity
            rows = self._query(RANGE + also, parameters, page=page)
        else:
            either = f"(RowKey lt 'batch}}' and {HAS_JOURNAL}) or (RowKey ge @r{also} )"
            parameters = {**parameters, "a": "batch|", "r": _after(start)}
            rows = self._query(f"{RANGE} and ({either})", parameters, page=page)
        async for entity in rows:
            yield entity

    async def _set_aside(self, head: Dispatch) -> dict[int, Counter[RecipientState]]:
        """Rows whose place a later round has; they change only when there are more batches."""
        known = self._aside.get((head.key, head.plan.batches))
        if known is not None:
            return known
        counted: dict[int, Counter[RecipientState]] = {}
        parameters = {"p": head.key, "a": "recipient|", "b": "recipient}"}
        query = self._query(f"{RANGE} and superseded eq true", parameters, select=["RowKey", "state", "returned_at"])
        async for entity in query:
            number = int(str(entity["RowKey"]).split("|")[1])
            came_back = entity.get("returned_at") is not None and entity["state"] == RecipientState.DELIVERED
            state = RecipientState.RETURNED if came_back else RecipientState(entity["state"])
            counted.setdefault(number, Counter())[state] += 1
        _keep(self._aside, (head.key, head.plan.batches), counted)
        return counted

    def _query(
        self, query: str, parameters: Mapping[str, str], *, select: list[str] | None = None, page: int = PAGE
    ) -> AsyncIterator[Any]:
        return aiter(
            self._table.query_entities(query, parameters=dict(parameters), select=select, results_per_page=page)
        )


def _after(place: Place) -> str:
    """The first row key behind the place. The exclamation mark is the first sign that may follow a row key."""
    return f"recipient|{place.batch:05}|" if place.index < 0 else f"recipient|{place.batch:05}|{place.index:04}!"


def _keep(cache: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    cache[key] = value
    while len(cache) > KEPT:
        cache.popitem(last=False)
