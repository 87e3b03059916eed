"""The ledger on Table Storage: one partition a dispatch, so that one transaction can span its rows.

Rows of a partition: ``dispatch``, ``batch|00012``, ``recipient|00012|0007``. A small partition ``index`` lists active
and finished dispatches, and says of each message by which key it was begun, of each ticket which dispatch has it;
``lane`` holds the state of each sender mailbox. So nothing ever scans the table.

Whatever is removed is fenced: rows of a plan by the dispatch's row in the same transaction, a line by its own ETag.
"""

import json
import uuid
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage.table_index import TableIndex, index_entity
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
)

MOST_ROWS = 100  # of one transaction; the service's own limit
CONFLICT = frozenset({409, 412})


class TableLedger:
    """See ``dispatch.ports.Ledger``."""

    def __init__(self, table: TableClient) -> None:
        self._table = table
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
            answer = await self._table.create_entity(to_entity(dispatch, partition=dispatch.key, row=HEAD))
        except ResourceExistsError:
            return None
        return replace(dispatch, version=_etag(answer))

    async def key_of(self, message: str) -> DispatchKey | None:
        """The key under which the message has been begun."""
        return await self._index.key_of(message)

    async def dispatch(self, key: DispatchKey) -> Dispatch | None:
        """The dispatch as it stands."""
        entity = await self._get(key, HEAD)
        return None if entity is None else from_entity(Dispatch, entity, version=_etag(entity.metadata))

    async def save(self, dispatch: Dispatch) -> Dispatch:
        """Replaces the row if it is still of this version."""
        entity = to_entity(dispatch, partition=dispatch.key, row=HEAD)
        return replace(dispatch, version=await self._put(entity, dispatch.version))

    async def active(self) -> Sequence[IndexLine]:
        """Lines of the dispatches that are not retired, oldest first."""
        return [index_line(entity) async for entity in self._range(INDEX, "active|", "active}")]

    async def retire(self, dispatch: Dispatch) -> None:
        """Moves a finished dispatch from the active to the finished ones, unless it was begun again.

        The line is read before the dispatch and removed by its ETag: whoever begins it again writes the line anew.
        """
        await self._table.upsert_entity(index_entity("done", dispatch.changed or dispatch.created, dispatch))
        await self._index.is_first(dispatch.key)  # the version before, should it have begun it, has not said so
        line = await self._get(INDEX, str(index_entity("active", dispatch.created, dispatch)["RowKey"]))
        current = await self.dispatch(dispatch.key)
        if line is not None and (current is None or current.state in FINISHED):
            await self._index.remove(line)

    async def revive(self, dispatch: Dispatch) -> None:
        """Puts a dispatch back among the active ones; the line's new ETag stops whoever was about to remove it."""
        await self._table.upsert_entity(index_entity("active", dispatch.created, dispatch))

    async def expired(self, before: datetime) -> Sequence[IndexLine]:
        """Lines of the finished dispatches whose last change is older."""
        end = f"done|{before.astimezone(UTC):{MOMENT}}"
        return [index_line(entity) async for entity in self._range(INDEX, "done|", end)]

    async def forget(self, line: IndexLine) -> None:
        """Removes one line of the index."""
        await self._table.delete_entity({"PartitionKey": INDEX, "RowKey": line.row})

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
            rows = [row async for row in self._row_keys(dispatch.key, first, end)]
            for start in range(0, len(rows), MOST_ROWS - 1):
                head = _conditional(to_entity(dispatch, partition=dispatch.key, row=HEAD), dispatch.version)
                lot = rows[start : start + MOST_ROWS - 1]
                gone = [("delete", {"PartitionKey": dispatch.key, "RowKey": row}) for row in lot]
                dispatch = replace(dispatch, version=_etag((await self._transact([head, *gone]))[0]))
        return dispatch

    async def write_batch(
        self, dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient], *, instead_of: Batch | None = None
    ) -> Dispatch:
        """Adds a planned batch; the dispatch's row, and that of the batch it comes from, go along as fences."""
        head = to_entity(dispatch, partition=dispatch.key, row=HEAD)
        rows = [_batch_entity(batch), *(_recipient_entity(dispatch.key, recipient) for recipient in recipients)]
        fences = [_conditional(head, dispatch.version)]
        if instead_of is not None:
            fences.append(_conditional(_batch_entity(instead_of), instead_of.version))
        answers = await self._transact([*fences, *(("upsert", row, {"mode": UpdateMode.REPLACE}) for row in rows)])
        return replace(dispatch, version=_etag(answers[0]))

    # --- batches and recipients

    async def batch(self, key: DispatchKey, number: int) -> Batch | None:
        """One batch."""
        entity = await self._get(key, _batch_row(number))
        return None if entity is None else _batch(key, entity)

    async def batches(self, key: DispatchKey, *, states: Collection[BatchState] = (), limit: int = 0) -> list[Batch]:
        """Batches by number, of the states where given."""
        wanted = " or ".join(f"state eq '{state}'" for state in sorted(states))
        found: list[Batch] = []
        async for entity in self._range(key, "batch|", "batch}", also=wanted, page=limit or PAGE):
            found.append(_batch(key, entity))
            if limit and len(found) >= limit:
                break
        return found

    async def save_batch(self, batch: Batch) -> Batch:
        """Replaces the batch's row if it is still of this version."""
        return replace(batch, version=await self._put(_batch_entity(batch), batch.version))

    async def recipients(self, key: DispatchKey, number: int) -> list[Recipient]:
        """The recipients of one batch, by index."""
        rows = self._range(key, f"recipient|{number:05}|", f"recipient|{number:05}}}")
        return [_recipient(entity) async for entity in rows]

    async def all_recipients(self, key: DispatchKey) -> AsyncIterator[Recipient]:
        """Every recipient of the dispatch in the order of the plan."""
        async for entity in self._range(key, "recipient|", "recipient}"):
            yield _recipient(entity)

    async def record(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        """The batch's row (conditionally) and these recipients, all or nothing."""
        answers = await self._transact(
            [
                _conditional(_batch_entity(batch), batch.version),
                *(
                    ("upsert", _recipient_entity(batch.dispatch, recipient), {"mode": UpdateMode.REPLACE})
                    for recipient in recipients
                ),
            ]
        )
        return replace(batch, version=_etag(answers[0]))

    # --- senders

    async def sender(self, mailbox: str) -> SenderState:
        """The shared state of a mailbox."""
        entity = await self._get(SENDER, sender_row(mailbox))
        if entity is None:
            return SenderState(mailbox)
        return sender_from(mailbox, entity, version=_etag(entity.metadata))

    async def save_sender(self, sender: SenderState) -> SenderState:
        """Replaces the sender if it is still of this version; inserts a fresh one."""
        entity = to_entity(sender, partition=SENDER, row=sender_row(sender.mailbox), leave_out=("slots", "mailbox"))
        entity["slots"] = json.dumps(
            [{"owner": slot.owner, "permits": slot.permits, "until": slot.until.isoformat()} for slot in sender.slots]
        )
        if sender.version != NO_VERSION:
            return replace(sender, version=await self._put(entity, sender.version))
        try:
            return replace(sender, version=_etag(await self._table.create_entity(entity)))
        except ResourceExistsError as exc:
            raise LostRace(f"sender {sender_row(sender.mailbox)}") from exc

    # --- the table

    async def _get(self, partition: str, row: str) -> Any:
        try:
            return await self._table.get_entity(partition, row)
        except ResourceNotFoundError:
            return None

    async def _put(self, entity: Mapping[str, Any], version: str) -> str:
        try:
            answer = await self._table.update_entity(
                dict(entity), mode=UpdateMode.REPLACE, etag=version, match_condition=MatchConditions.IfNotModified
            )
        except HttpResponseError as exc:
            raise _translated(exc, entity) from exc
        return _etag(answer)

    async def _transact(self, operations: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        if len(operations) > MOST_ROWS:
            raise ValueError(f"{len(operations)} rows in one transaction; {MOST_ROWS} is the limit")
        try:
            return await self._table.submit_transaction(operations)
        except (TableTransactionError, HttpResponseError) as exc:
            raise _translated(exc, operations[0][1]) from exc

    def _range(self, partition: str, first: str, end: str, *, also: str = "", page: int = PAGE) -> AsyncIterator[Any]:
        condition = "PartitionKey eq @p and RowKey ge @a and RowKey lt @b"
        query = f"{condition} and ({also})" if also else condition
        parameters = {"p": partition, "a": first, "b": end}
        return aiter(self._table.query_entities(query, parameters=parameters, results_per_page=page))

    async def _row_keys(self, partition: str, first: str, end: str) -> AsyncIterator[str]:
        async for entity in self._table.query_entities(
            "PartitionKey eq @p and RowKey ge @a and RowKey lt @b",
            parameters={"p": partition, "a": first, "b": end},
            select=["PartitionKey", "RowKey"],
            results_per_page=PAGE,
        ):
            yield str(entity["RowKey"])


def _batch_row(number: int) -> str:
    return f"batch|{number:05}"


def _batch_entity(batch: Batch) -> dict[str, Any]:
    return to_entity(batch, partition=batch.dispatch, row=_batch_row(batch.number), leave_out=("dispatch",))


def _recipient_entity(key: DispatchKey, recipient: Recipient) -> dict[str, Any]:
    return to_entity(recipient, partition=key, row=f"recipient|{recipient.batch:05}|{recipient.index:04}")


def _batch(key: DispatchKey, entity: Any) -> Batch:
    return from_entity(Batch, entity, dispatch=key, version=_etag(entity.metadata))


def _recipient(entity: Any) -> Recipient:
    return from_entity(Recipient, entity)


def _conditional(entity: Mapping[str, Any], version: str) -> Any:
    options = {"mode": UpdateMode.REPLACE, "etag": version, "match_condition": MatchConditions.IfNotModified}
    return ("update", entity, options)


def _etag(answer: Mapping[str, Any]) -> str:
    return str(answer["etag"])


def _translated(exc: Exception, entity: Mapping[str, Any]) -> Exception:
    status = getattr(exc, "status_code", None)
    if status in CONFLICT or isinstance(exc, ResourceNotFoundError):
        return LostRace(f"{entity['PartitionKey']} {entity['RowKey']}")
    return exc
