"""The queues on Queue Storage. host.json says ``messageEncoding: none``, so text goes as it is."""

import contextlib

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from dispatch.core import PlanDispatch, ResolveTicket, SendBatch

PLANS, BATCHES, COMPLETED = "dispatch-plans", "dispatch-batches", "dispatch-completed"
LONGEST_DELAY = 6 * 24 * 3600  # the service takes seven days at most, and less than the time to live
NEVER_EXPIRES = -1
DOCTOR = "dispatch-doctor"
DOCTOR_SECONDS = 60


class StorageQueues:
    """See ``dispatch.ports.Queues``."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service
        self._clients = {name: service.get_queue_client(name) for name in (PLANS, BATCHES, COMPLETED)}

    async def check(self) -> None:
        """Sends a message to a queue that nobody listens to, receives it and removes it."""
        client = self._service.get_queue_client(DOCTOR)
        try:
            with contextlib.suppress(ResourceExistsError):
                await client.create_queue()
            await client.send_message("doctor", time_to_live=DOCTOR_SECONDS)
            received = await client.receive_message(visibility_timeout=DOCTOR_SECONDS)
            if received is not None:
                await client.delete_message(received)
        finally:
            await client.close()

    async def close(self) -> None:
        """Gives back connections."""
        for client in self._clients.values():
            await client.close()
        await self._service.close()

    async def put_plan(self, message: PlanDispatch, *, delay: float = 0.0) -> None:
        """Asks for one dispatch to be planned."""
        await self._put(self._clients[PLANS], message.to_json(), delay)

    async def put_batch(self, message: SendBatch, *, delay: float = 0.0) -> None:
        """Asks for one batch to be sent, in ``delay`` seconds at the soonest."""
        await self._put(self._clients[BATCHES], message.to_json(), delay)

    async def put_resolve(self, message: ResolveTicket, *, delay: float = 0.0) -> None:
        """Asks for a ticket to be answered."""
        await self._put(self._clients[COMPLETED], message.to_json(), delay)

    async def _put(self, client: QueueClient, text: str, delay: float) -> None:
        seconds = max(0, min(round(delay), LONGEST_DELAY))
        try:
            await client.send_message(text, visibility_timeout=seconds, time_to_live=NEVER_EXPIRES)
        except ResourceNotFoundError:
            await client.create_queue()
            await client.send_message(text, visibility_timeout=seconds, time_to_live=NEVER_EXPIRES)
