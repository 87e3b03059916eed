"""What Event Grid does with the delivery reports of the simulator: one message each in the queue ``mail-reports``."""

import asyncio
import contextlib

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue.aio import QueueClient

from local.azurite import Azurite
from local.simulators.azure_communication import DeliveryReport

QUEUE = "mail-reports"


class DeliveryQueue:
    """Puts what it is given into the queue, a little later; what arrived is left out, as the subscription leaves it."""

    def __init__(self, azurite: Azurite) -> None:
        self._azurite = azurite
        self._waiting: asyncio.Queue[DeliveryReport] = asyncio.Queue()
        self._putting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begins to put."""
        self._putting = asyncio.create_task(self._put_all())

    async def close(self) -> None:
        """Ends it."""
        if self._putting is not None:
            self._putting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._putting

    def put(self, report: DeliveryReport) -> None:
        """One that has come about."""
        if report.status != "Delivered":
            self._waiting.put_nowait(report)

    async def _put_all(self) -> None:
        client = QueueClient.from_connection_string(self._azurite.connection_string, QUEUE)
        async with client:
            with contextlib.suppress(ResourceExistsError):
                await client.create_queue()
            while True:
                report = await self._waiting.get()
                await client.send_message(report.queued())
