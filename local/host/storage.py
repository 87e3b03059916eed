"""Connections to storage, as settings name them, and the errors that a listener survives."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
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
#: As the real host's storage client: six tries, the waits between them growing to 25 s in all.
RETRY_BASE = 1.6
TRIES = 6
_PASSING = (408, 429, 500, 502, 503, 504)
#: Retries are made here; a request without an answer is over after so long, as there.
CLIENT: dict[str, Any] = {"retry_total": 0, "read_timeout": 100}


Answer = TypeVar("Answer")
_MISSING = ("QueueNotFound", "QueueBeingDeleted")


class Storage:
    """The clients of one host, opened when first asked for."""

    def __init__(self, environ: Mapping[str, str], *, retry_base: float = RETRY_BASE) -> None:
        self._environ = environ
        self._retry_base = retry_base
        self._queue_services: dict[str, QueueServiceClient] = {}
        self._blob_service: BlobServiceClient | None = None

    def queue(self, connection: str, name: str) -> QueueClient:
        """A queue of the account that the connection setting names. It need not exist."""
        service = self._queue_services.get(connection)
        if service is None:
            text = self._connection_string(connection)
            service = self._queue_services[connection] = QueueServiceClient.from_connection_string(text, **CLIENT)
        return service.get_queue_client(name)

    def blobs(self) -> BlobServiceClient:
        """The host's own blobs."""
        if self._blob_service is None:
            text = self._connection_string(HOST_CONNECTION)
            self._blob_service = BlobServiceClient.from_connection_string(text, **CLIENT)
        return self._blob_service

    async def tried(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """What the call gives at the first of its tries that does not meet a passing fault."""
        for turn in range(1, TRIES):
            try:
                return await call()
            except AzureError as error:
                if not _is_passing(error):
                    raise
            await asyncio.sleep(self._retry_base**turn)
        return await call()

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


def _is_passing(error: AzureError) -> bool:
    if isinstance(error, HttpResponseError):
        return error.status_code in _PASSING
    return isinstance(error, ServiceRequestError | ServiceResponseError)


def is_waited_out(error: AzureError) -> bool:
    """Whether a poll that failed so, in all its tries, is merely repeated later; any other error stops the host."""
    if isinstance(error, HttpResponseError):
        return getattr(error, "error_code", None) in _MISSING or (error.status_code or 0) >= 500
    return isinstance(error, ServiceResponseError)  # the connection was dropped, and not refused


def is_lost_message(error: HttpResponseError) -> bool:
    """Whether a message is no longer ours: taken by another, deleted or expired."""
    return error.status_code == 404 or getattr(error, "error_code", None) == "PopReceiptMismatch"
