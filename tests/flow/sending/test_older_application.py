"""An application of the version before meets a batch with a journal: it sends nothing twice, and loses nothing.

It reads rows alone, where those whom the journal calls sent are still planned. It is played by today's verbs on a table
that shows them no column of a journal, since none of them read one then.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage import TableLedger, TableReader
from dispatch.closing import end_now, resume
from dispatch.core import BatchState, Scenario, SendBatch
from dispatch.steering import actions
from tests.stage import ProcessDiesError, Stage, a_stage

WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"


class OlderTable:
    """The table as an application sees it that knows no journal; what it writes has none."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    async def get_entity(self, *key: str) -> Any:
        return _without(await self._table.get_entity(*key))

    async def query_entities(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async for entity in self._table.query_entities(*args, **kwargs):
            yield _without(entity)


def _without(entity: Any) -> Any:
    for name in [name for name in entity if name.startswith("journal")]:
        del entity[name]
    return entity


def use(stage: Stage, table: Any) -> TableLedger:
    ledger = TableLedger(table)
    stage.services = replace(stage.services, ledger=ledger, reader=TableReader(table))
    stage.ledger = ledger  # type: ignore[assignment]
    return ledger


async def dies_after(stage: Stage, message: SendBatch, ledger: TableLedger, *, records: int) -> None:
    real, left = ledger.record, records

    async def record(*args: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise ProcessDiesError
        return await real(*args)

    ledger.record = record  # type: ignore[assignment, method-assign]
    with pytest.raises(ProcessDiesError):
        await stage.handle(message)
    ledger.record = real  # type: ignore[method-assign]


@pytest.mark.parametrize("records", [1, 2, 3])
async def test_the_version_before_leaves_a_batch_with_a_journal_alone(unique, storage_connection_string, records):
    async with (
        TableClient.from_connection_string(storage_connection_string, f"dispatches{unique}") as table,
        a_stage(DISPATCH_WINDOW_SIZE="2", DISPATCH_LEASE_SECONDS="120") as stage,
    ):
        newer = use(stage, table)
        await newer.open()
        ticket = stage.seed(members=6)
        await stage.tick()
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        await dies_after(stage, message, newer, records=records)
        sent, key = stage.received(), message.dispatch
        (left,) = await newer.batches(key)
        assert left.journal

        older = use(stage, OlderTable(table))
        for _ in range(4):
            await stage.handle(message)  # the queue delivers it again, and after five times as poison
            await stage.poison(message)
            await stage.tick()
            await stage.drain(hours=1)
            stage.clock.move(24 * 3600)
        dispatch = await older.dispatch(key)
        assert dispatch is not None
        await resume.by_person(dispatch, stage.services)
        await actions.stop(key, stage.services, who=WHO)
        stopped = await older.dispatch(key)
        assert stopped is not None
        assert (await end_now.close(stopped, stage.services)).held == 1
        assert stage.received() == sent
        assert (await newer.batches(key)) == [left], "it was written by nobody"

        use(stage, table)
        stage.set_status(ticket, stage.services.ready_status_name(Scenario.ONE_TO_MANY))
        await stage.run(hours=48)
        (done,) = await newer.batches(key)
        assert done.state is BatchState.RECORDED
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(6)}
