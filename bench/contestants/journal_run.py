"""One dispatch's batches through the worker's loop, with the ledger of production or another, and its writes watched.

``way`` is which: ``journal`` is the ledger as it is, ``rows`` the same ledger and loop with every recipient's row
brought up to date at every write, and ``twin`` the ledger's twin in memory, beside which CPU is the ledger's own.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.data.tables.aio import TableClient

from bench.counting_host import kind_of
from bench.in_memory import Flow, a_flow
from bench.processes import specification
from dispatch.adapters.azure_storage import TableLedger
from dispatch.adapters.azure_storage.fenced_rows import if_unchanged, written
from dispatch.adapters.azure_storage.journal_columns import batch_entity, recipient_entity
from dispatch.core import Batch, BatchState, Recipient, Transport, journal
from local.in_memory import MemoryLedger, MemoryReader

TABLE = "dispatches"


class Requests(SansIOHTTPPolicy[Any, Any]):
    """What the table is asked for, by kind, with its bytes, and the largest batch's row that was written alone."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.bytes = 0
        self.largest_row = 0
        self.largest_transaction = 0

    def on_request(self, request: Any) -> None:
        """One request more."""
        asked = request.http_request
        body = asked.content or b""
        sent = body.encode() if isinstance(body, str) else bytes(body)
        kind = kind_of(asked.method, asked.url, sent)
        self.kinds[kind] += 1
        self.bytes += len(sent)
        if kind == "table: write batch":
            self.largest_row = max(self.largest_row, len(sent))
        elif "transaction" in kind:
            self.largest_transaction = max(self.largest_transaction, len(sent))


class WatchedLedger(TableLedger):
    """The ledger of production; counts why rows of recipients are brought up to date."""

    def __init__(self, table: TableClient) -> None:
        super().__init__(table)
        self.folds: Counter[str] = Counter()
        self.records = 0

    async def record(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        """As it is."""
        kept = await super().record(batch, recipients)
        self._note(batch, recipients, kept)
        return kept

    def _note(self, batch: Batch, recipients: Sequence[Recipient], kept: Batch) -> None:
        self.records += 1
        if (batch.journal or recipients) and not kept.journal:
            self.folds["too_long" if kept.state is BatchState.LEASED else "put_down"] += 1


class WithoutJournal(WatchedLedger):
    """Whatever has changed is written to the recipients' own rows, together with the batch's, at every write."""

    async def record(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        """As a batch that is put down is recorded."""
        if batch.state is not BatchState.LEASED or not recipients:
            return await super().record(batch, recipients)
        kept = await self._together(*journal.recorded(batch, recipients, full=True))
        self._note(batch, recipients, kept)
        return kept

    async def _together(self, batch: Batch, rows: Sequence[Recipient]) -> Batch:
        fence = if_unchanged(batch_entity(batch), batch.version)
        changes = (written(recipient_entity(batch.dispatch, row)) for row in rows)
        version, *_ = await self._rows.together([fence, *changes])
        return replace(batch, version=version)


async def main() -> None:
    """``{"way", "connection", "transport", "milliseconds", "people", "longer", "concurrency"}``."""
    spec = specification()
    if spec["way"] == "twin":
        twin = MemoryLedger()
        print(json.dumps(await _measured(_flow(spec, twin))))
        return
    requests = Requests()
    table = TableClient.from_connection_string(spec["connection"], TABLE, per_call_policies=[requests])
    ledger = (WatchedLedger if spec["way"] == "journal" else WithoutJournal)(table)
    await ledger.open()
    try:
        flow = _flow(spec, ledger)
        await flow.plan()
        requests.__init__()  # type: ignore[misc] # only what sends is counted
        ledger.folds.clear()
        ledger.records = 0
        report = await _sent(flow)
        await table.delete_table()
    finally:
        await ledger.close()
    counted = {"kinds": requests.kinds, "bytes": requests.bytes, "folds": ledger.folds, "records": ledger.records}
    largest = {"largest_row": requests.largest_row, "largest_transaction": requests.largest_transaction}
    print(json.dumps({**report, **counted, **largest}))


def _flow(spec: dict[str, Any], ledger: Any) -> Flow:
    return a_flow(
        ledger=ledger,
        reader=MemoryReader(MemoryLedger()),
        people=spec["people"],
        transport=Transport[spec["transport"].upper()],
        concurrency=spec["concurrency"],
        seconds=spec["milliseconds"] / 1000,
        longer=spec["longer"],
    )


async def _measured(flow: Flow) -> dict[str, float]:
    await flow.plan()
    return await _sent(flow)


async def _sent(flow: Flow) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    await flow.send()
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    asyncio.run(main())
