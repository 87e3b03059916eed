"""What one batch asks of the storage beside the journal, call by call, as the storage's own log counts them.

Real tables, queues and blobs; the letters go to the simulators. The queue is received from as the host does it.
"""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from dispatch import tick
from dispatch.adapters.azure_storage import BATCHES, BlobContent, StorageQueues, TableLedger, TableReader
from dispatch.answering import plan_queue
from dispatch.core import PlanDispatch, SendBatch
from dispatch.mail import FrozenLetters
from dispatch.sending import worker
from dispatch.services import Services
from local.azurite import Azurite
from local.in_memory import MemoryQueues
from tests.stage import Stage, a_stage

MOST = 8  # calls a batch, beside the journal
SIZE, COUNT = 32, 3  # recipients a batch, on which no call depends beside the journal's; and so many batches
JOURNAL = "journal: outcomes and intents"
FOLD = "journal: brought into the rows, and the batch is recorded"
PLANNED, RELEASED = "plan: a batch with its recipients", "release: batches, as many as one transaction takes"

# What a batch takes that is neither the first of its instance nor the last of its dispatch, in this order.
OF_ONE_BATCH = [
    "queue: receive",
    "sender: take a slot",
    "recipients: read",
    JOURNAL,
    FOLD,
    "sender: give the slot back",
    "queue: delete",
]


def named(method: str, url: str, body: str) -> str:
    """What a request to the storage is for."""
    path = url.partition("?")[0]
    if "/messages" in path:
        acts = {"GET": "receive", "POST": "put", "DELETE": "delete"}
        return f"queue: {acts[method]}"
    if path.endswith("/$batch"):
        if "RowKey='dispatch'" in body:
            return PLANNED
        return FOLD if "recipient" in body else RELEASED
    if "()" in path:
        return "recipients: read" if "recipient" in url else "batches: which are left"
    if "PartitionKey='lane'" in path:
        return "sender: read" if method == "GET" else _slot(body)
    if "RowKey='batch" in path:
        return "batch: read" if method == "GET" else (JOURNAL if "journal_0" in body else "batch: written alone")
    return "dispatch: read" if "RowKey='dispatch'" in path else f"other: {method}"


def _slot(body: str) -> str:
    return "sender: take a slot" if "permits" in body else "sender: give the slot back"


@dataclass
class Storage:
    """A stage on real storage, the batches' queue as the host sees it, and every request that was made."""

    stage: Stage
    services: Services
    queue: QueueClient
    calls: list[str]
    served: Callable[[], int]  # so many requests, by the storage's own log

    async def has_served(self) -> int:
        """How many requests there were by the storage's own log, which comes a moment later."""
        before = -1
        while (now := self.served()) != before:
            before = now
            await asyncio.sleep(0.3)
        return now

    async def deliver(self) -> bool:
        """The host receives one message, has it handled, and deletes it; False where none is visible."""
        message = await self.queue.receive_message(visibility_timeout=60)
        if message is None:
            return False
        asked = SendBatch.read(str(message.content).encode())
        assert asked is not None
        await worker.run(asked, self.services)
        await self.queue.delete_message(message)
        return True


@pytest.fixture(params=["microsoft-graph", "smtp"])
async def storage(
    request: pytest.FixtureRequest, azurite: Azurite, unique: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Storage]:
    async with (
        a_stage(MAIL_MAILER=request.param, DISPATCH_BATCH_SIZE=str(SIZE)) as stage,
        _opened(stage, azurite, unique, monkeypatch) as opened,
    ):
        yield opened


@asynccontextmanager
async def _opened(
    stage: Stage, azurite: Azurite, unique: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Storage]:
    connection = azurite.connection_string
    table = TableClient.from_connection_string(connection, f"calls{unique}")
    blobs = BlobServiceClient.from_connection_string(connection)
    queues = QueueServiceClient.from_connection_string(connection)
    ledger, content = TableLedger(table), BlobContent(blobs, container=f"calls{unique}")
    await ledger.open()
    await content.open()
    queue = queues.get_queue_client(BATCHES)
    with contextlib.suppress(ResourceExistsError):
        await queue.create_queue()
    await queue.clear_messages()
    ours = BatchesOnly(stage.clock, StorageQueues(queues))
    services = replace(
        stage.services,
        ledger=ledger,
        reader=TableReader(table),
        content=content,
        queues=ours,
        letters=FrozenLetters(content),
    )
    calls: list[str] = []
    _listen(calls, monkeypatch)
    try:
        yield Storage(stage, services, queue, calls, lambda: sum(azurite.transactions().values()))
    finally:
        await queue.close()
        await queues.close()
        await content.close()
        await ledger.close()


class BatchesOnly(MemoryQueues):
    """Messages for batches go to the real queue; the others wait in memory."""

    def __init__(self, clock: Any, real: StorageQueues) -> None:
        super().__init__(clock)
        self._real = real

    async def put_batch(self, message: SendBatch, *, delay: float = 0.0) -> None:
        await self._real.put_batch(message, delay=delay)


def _listen(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request of the storage SDKs leaves through one door."""
    door = aiohttp.ClientSession._request  # noqa: SLF001

    async def request(self: Any, method: str, url: Any, **options: Any) -> Any:
        body = options.get("data") or b""
        calls.append(named(method, str(url), body.decode() if isinstance(body, bytes) else str(body)))
        return await door(self, method, url, **options)

    monkeypatch.setattr(aiohttp.ClientSession, "_request", request)


async def _planned(storage: Storage) -> None:
    storage.stage.seed(SIZE * COUNT)
    await tick.run(storage.services)
    queues = storage.services.queues
    assert isinstance(queues, BatchesOnly)
    asked = queues.take(PlanDispatch)
    assert isinstance(asked, PlanDispatch)
    await plan_queue.run(asked, storage.services)


async def test_a_batch_takes_eight_calls_at_most_beside_its_journal(storage):
    before = await storage.has_served()
    await _planned(storage)
    begun = Counter(storage.calls)
    assert await storage.has_served() - before == len(storage.calls)

    each: list[list[str]] = []
    for _ in range(COUNT):
        storage.calls.clear()
        before = await storage.has_served()
        assert await storage.deliver()
        each.append(list(storage.calls))
        assert await storage.has_served() - before == len(storage.calls)

    assert len(storage.stage.received()) == SIZE * COUNT
    assert _without_repeats(each[1]) == OF_ONE_BATCH
    written = [call for call in each[1] if call not in (JOURNAL, FOLD)]
    assert begun[PLANNED] == begun["queue: put"] == COUNT
    assert begun[RELEASED] == 1
    a_batch = len(written) + (begun[PLANNED] + begun["queue: put"] + begun[RELEASED]) / COUNT
    print("\n".join([*OF_ONE_BATCH, f"{a_batch:.2f} beside the journal, {len(each[1])} while it is sent"]))  # noqa: T201 - for whoever asks with -s
    assert a_batch <= MOST
    assert max(map(_beside_the_journal, each)) <= MOST


async def test_the_first_batch_reads_what_later_ones_know_and_the_last_asks_whether_it_was(storage):
    await _planned(storage)
    each: list[list[str]] = []
    for _ in range(COUNT):
        storage.calls.clear()
        await storage.deliver()
        each.append(list(storage.calls))

    assert set(each[0]) - set(OF_ONE_BATCH) == {"dispatch: read", "batches: which are left", "other: GET"}
    assert set(each[-1]) - set(OF_ONE_BATCH) == {"batches: which are left"}


def _without_repeats(calls: list[str]) -> list[str]:
    return list(dict.fromkeys(calls))


def _beside_the_journal(calls: list[str]) -> int:
    return sum(not re.match("journal", call) for call in calls)
