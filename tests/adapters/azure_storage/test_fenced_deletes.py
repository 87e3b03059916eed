"""Whatever is removed from the storage is fenced: who slept in the middle removes nothing of what was written since."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobServiceClient

from dispatch.adapters.azure_storage import BlobContent, TableLedger
from dispatch.core import NO_VERSION, DispatchKey, DispatchState, LostRace
from local.in_memory import MemoryContent
from tests.builders import KEY, NOON, a_batch, a_dispatch, a_recipient

Between = Callable[[], Awaitable[None]]


@pytest.fixture
async def table(storage_connection_string: str, unique: str) -> AsyncIterator[TableClient]:
    async with TableClient.from_connection_string(storage_connection_string, f"dispatches{unique}") as client:
        await client.create_table()
        yield client


def asleep(table: TableClient, call: str, *, after: int, meanwhile: Between) -> TableClient:
    """The same table for a process that sleeps behind its n-th such call, while others work."""
    real, left = getattr(table, call), after

    class Sleeper:
        def __getattr__(self, name: str) -> Any:
            return getattr(table, name)

    async def slow(*values: Any, **named: Any) -> Any:
        nonlocal left
        answer = await real(*values, **named)
        left -= 1
        if left == 0:
            await meanwhile()
        return answer

    sleeper: Any = Sleeper()
    setattr(sleeper, call, slow)
    return sleeper


async def a_plan(ledger: TableLedger, state: DispatchState = DispatchState.PLANNING) -> Any:
    dispatch: Any = await ledger.create(a_dispatch(state=state))
    for number in range(3):
        dispatch = await ledger.write_batch(dispatch, a_batch(number), [a_recipient(number, i) for i in range(90)])
    return dispatch


@pytest.mark.parametrize("lots", [1, 2, 3])
@pytest.mark.parametrize("what", ["clear_plan", "purge"])
async def test_who_sleeps_while_clearing_leaves_another_ones_plan_whole(table, what, lots):
    ledger = TableLedger(table)
    dispatch = await a_plan(ledger)

    async def another_plans() -> None:
        current: Any = await ledger.dispatch(KEY)
        mine = await ledger.clear_plan(current)
        await ledger.write_batch(mine, a_batch(), [a_recipient(0, i) for i in range(90)])

    sleeper = TableLedger(asleep(table, "submit_transaction", after=lots, meanwhile=another_plans))
    with pytest.raises(LostRace):
        await getattr(sleeper, what)(dispatch)

    assert len(await ledger.recipients(a_batch())) == 90
    assert len(await ledger.batches(KEY)) == 1


@pytest.mark.parametrize(
    ("call", "after"), [("upsert_entity", 1), ("get_entity", 1), ("get_entity", 2), ("get_entity", 3)]
)
async def test_who_sleeps_while_retiring_leaves_the_line_of_one_that_was_begun_again(table, call, after):
    ledger = TableLedger(table)
    done = await a_plan(ledger, DispatchState.RESOLVED)

    async def sent_again() -> None:
        current = await ledger.dispatch(KEY)
        await ledger.revive(current)
        await ledger.save(replace(current, state=DispatchState.STOPPED))
        await ledger.revive(current)

    await TableLedger(asleep(table, call, after=after, meanwhile=sent_again)).retire(done)

    assert [line.key for line in await ledger.active()] == [KEY]


@pytest.fixture(params=["memory", "azurite"])
async def content(request: pytest.FixtureRequest, unique: str) -> AsyncIterator[Any]:
    if request.param == "memory":
        yield MemoryContent()
        return
    connection = request.getfixturevalue("storage_connection_string")
    store = BlobContent(BlobServiceClient.from_connection_string(connection), container=f"content{unique}")
    await store.open()
    yield store
    await store.close()


async def test_a_blob_that_was_written_since_it_was_listed_stays(content):
    for name in ("1-2/a", "1-2/b", "1-22/c"):
        await content.put(name, b"old", content_type="text/plain")
    listed = await content.stored_under("1-2/")
    assert [blob.name for blob in listed] == ["1-2/a", "1-2/b"]
    await content.put("1-2/b", b"new", content_type="text/plain")
    for blob in listed:
        await content.delete(blob)
        await content.delete(blob)

    assert await content.get("1-2/a") is None
    assert await content.get("1-2/b") == b"new"
    assert await content.get("1-22/c") == b"old"


async def test_a_fresh_blob_overwrites_nothing(content):
    await content.put("1-2/a", b"first", content_type="text/plain", over=NO_VERSION)
    with pytest.raises(LostRace):
        await content.put("1-2/a", b"second", content_type="text/plain", over=NO_VERSION)

    assert await content.get("1-2/a") == b"first"


async def test_messages_of_the_version_before_are_known_by_their_own_ids(table):
    """It wrote dispatches without saying of which messages they are; some are purged, and no list holds them."""
    ledger = TableLedger(table)
    await a_plan(ledger)
    answer = DispatchKey("17-e55")
    await ledger.create(a_dispatch(key=answer, created=NOON - timedelta(days=300)))
    rows = [row async for row in table.query_entities("PartitionKey eq 'index'")]
    for row in rows:
        await table.delete_entity(row)

    upgraded = TableLedger(table)
    assert await upgraded.key_of("8001") == KEY
    assert await upgraded.key_of("e55") == answer
    assert await upgraded.key_of("0") is None
    assert await upgraded.create(a_dispatch(key=DispatchKey("18-e55"))) is None


@pytest.mark.parametrize("state", [DispatchState.SENDING, DispatchState.RESOLVED])
async def test_what_the_version_before_begins_when_it_is_started_again_is_known_by_its_message(table, state):
    """It lists its dispatches, and notes no messages."""
    ours = TableLedger(table)
    assert await ours.key_of("8001") is None  # so that everything of before is read
    begun: Any = await ours.create(a_dispatch(state=state))
    if state is DispatchState.RESOLVED:
        await ours.retire(begun)
    await table.delete_entity("index", "message|8001")

    assert await TableLedger(table).key_of("8001") == KEY
    assert await ours.key_of("8001") == KEY
    assert await ours.key_of("8002") is None


async def test_what_is_written_to_rows_that_are_gone_has_lost_the_race(table):
    ledger = TableLedger(table)
    dispatch = await a_plan(ledger)
    batches = await ledger.batches(KEY)
    await ledger.purge(dispatch)

    with pytest.raises(LostRace):
        await ledger.save_batches(batches)
    with pytest.raises(LostRace):
        await ledger.record(batches[0], [a_recipient()])
    assert await ledger.batches(KEY) == []
