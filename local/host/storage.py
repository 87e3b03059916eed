"""Connections to storage, as settings name them, and the errors that a listener survives."""

import contextlib
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from local.azurite import ACCOUNT, ACCOUNT_KEY
from local.host.errors import StartError
from local.host.settings import find_setting

HOST_CONNECTION = "AzureWebJobsStorage"
_DEVELOPMENT_STORAGE = (
    f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
    f"BlobEndpoint=http://127.0.0.1:10000/{ACCOUNT};QueueEndpoint=http://127.0.0.1:10001/{ACCOUNT};"
    f"TableEndpoint=http://127.0.0.1:10002/{ACCOUNT};"
)
# Waits of 0.2 to 1.2 s: the SDK's own (15 s and more) are made for a storage far away.
_RETRIES: dict[str, Any] = {"initial_backoff": 0.2, "increment_base": 1, "random_jitter_range": 0, "retry_total": 3}


class Storage:
    """The clients of one host, opened when first asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._queue_services: dict[str, QueueServiceClient] = {}
        self._blob_service: BlobServiceClient | None = None

    def queue(self, connection: str, name: str) -> QueueClient:
        """A queue of the account that the connection setting names. It need not exist."""
        service = self._queue_services.get(connection)
        if service is None:
            text = self._connection_string(connection)
            service = self._queue_services[connection] = QueueServiceClient.from_connection_string(text, **_RETRIES)
        return service.get_queue_client(name)

    def blobs(self) -> BlobServiceClient:
        """The host's own blobs."""
        if self._blob_service is None:
            text = self._connection_string(HOST_CONNECTION)
            self._blob_service = BlobServiceClient.from_connection_string(text, **_RETRIES)
        return self._blob_service

    async def length_of(self, connection: str, name: str) -> int:
        """How many messages a queue holds, hidden ones included; none when there is no such queue."""
        try:
            properties = await self.queue(connection, name).get_queue_properties()
        except ResourceNotFoundError:
            return 0
        return int(properties.approximate_message_count or 0)

    async def close(self) -> None:
        for service in self._queue_services.values():
            await service.close()
        self._queue_services.clear()
        if self._blob_service is not None:
            await self._blob_service.close()
            self._blob_service = None

    def _connection_string(self, connection: str) -> str:
        text = find_setting(self._environ, connection)
        if not text:
            raise StartError(
                f"There is no setting '{connection}' with a connection string. "
                "(The local host takes no identity-based connections.)"
            )
        return _DEVELOPMENT_STORAGE if text.strip().rstrip(";").lower() == "usedevelopmentstorage=true" else text


async def send_creating_queue(queue: QueueClient, text: str) -> None:
    """Send, and if the queue is missing, create it and send again."""
    try:
        await queue.send_message(text)
    except HttpResponseError as error:
        if error.status_code != 404:
            raise
        with contextlib.suppress(ResourceExistsError):  # another did it meanwhile
            await queue.create_queue()
        await queue.send_message(text)


def is_waited_out(error: HttpResponseError) -> bool:
    """Whether a poll that failed so is merely repeated later; any other error stops the host."""
    status = error.status_code or 0
    return status in {404, 409} or status >= 500


def is_lost_message(error: HttpResponseError) -> bool:
    """Whether a message is no longer ours: taken by another, deleted or expired."""
    return error.status_code == 404 or getattr(error, "error_code", None) == "PopReceiptMismatch"
