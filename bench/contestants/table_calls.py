"""What the ledger's storage calls cost, one after another: through the SDK alone, and through the ledger as it is."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage import TableLedger
from dispatch.adapters.azure_storage.table_rows import to_entity
from dispatch.core import (
    Attempt,
    Batch,
    BatchState,
    CommunicationId,
    Dispatch,
    DispatchKey,
    DispatchState,
    MemberKind,
    Recipient,
    RecipientState,
    TicketId,
    Transport,
)

KEY = DispatchKey("9001-8001")
ROWS = 8  # a window of four: its intents and the outcomes of the one before


def _recipient(index: int) -> Recipient:
    now = datetime.now(UTC)
    return Recipient(
        batch=0,
        index=index,
        kind=MemberKind.PERSON,
        source_id=index,
        name="Kåre Nordmann",
        address=f"nr{index}@innbygger.example",
        state=RecipientState.IN_FLIGHT,
        attempt=Attempt(
            transport=Transport.GRAPH,
            message_id="<abcdefghijklmnopqrstuvwxyz@dibk.example>",
            date=now,
            count=1,
            first=now,
        ),
        changed=now,
    )


async def measured(connection: str, *, calls: int) -> list[tuple[str, float, float]]:
    """Name, wall seconds and the client's CPU seconds of one call."""
    table = TableClient.from_connection_string(connection, "calls")
    ledger = TableLedger(table)
    await ledger.open()
    now = datetime.now(UTC)
    head = await ledger.create(
        Dispatch(KEY, TicketId(9001), 10234, CommunicationId(8001), DispatchState.PLANNING, created=now)
    )
    assert head is not None
    rows = [_recipient(index) for index in range(ROWS)]
    await ledger.write_batch(head, Batch(KEY, 0, BatchState.PLANNED, ROWS, ROWS), rows)
    known = await ledger.batch(KEY, 0)
    assert known is not None
    batch: Batch = known

    async def through_ledger() -> None:
        nonlocal batch
        batch = await ledger.record(replace(batch, lease=replace(batch.lease, until=datetime.now(UTC))), rows)

    async def through_sdk() -> None:
        nonlocal batch
        entity = to_entity(batch, partition=KEY, row="batch|00000", leave_out=("dispatch",))
        fence = {"mode": UpdateMode.REPLACE, "etag": batch.version, "match_condition": MatchConditions.IfNotModified}
        changes: list[Any] = [("update", entity, fence)]
        for row in rows:
            place = f"recipient|00000|{row.index:04}"
            changes.append(("upsert", to_entity(row, partition=KEY, row=place), {"mode": UpdateMode.REPLACE}))
        answers = await table.submit_transaction(changes)
        batch = replace(batch, version=str(answers[0]["etag"]))

    async def one_row() -> None:
        nonlocal batch
        batch = await ledger.save_batch(batch)

    async def read() -> None:
        await ledger.batch(KEY, 0)

    try:
        ways = {"window_by_ledger": through_ledger, "window_by_sdk": through_sdk, "one_row": one_row, "read": read}
        return [(name, *await _timed(act, calls)) for name, act in ways.items()]
    finally:
        await ledger.close()


async def _timed(act: Callable[[], Awaitable[None]], calls: int) -> tuple[float, float]:
    for _ in range(5):
        await act()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        await act()
    return (time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls
