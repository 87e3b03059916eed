"""Opens the adapters once a process, on the first invocation, and hands them to the verbs."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from dispatch.mail import FrozenLetters
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.settings import Settings
from dispatch.wiring.transports import TransportWiring, now

if TYPE_CHECKING:
    from dispatch.adapters.azure_storage.blob_content import BlobContent
    from dispatch.adapters.azure_storage.queues import StorageQueues
    from dispatch.adapters.azure_storage.table_ledger import TableLedger
    from dispatch.adapters.pureservice import Pureservice

P = ParamSpec("P")
R = TypeVar("R")


def guarded(run: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """A trigger whose cancellation reaches the host as a failure.

    A ``CancelledError`` that escapes gives the host no answer at all: it would wait until ``functionTimeout``.
    """

    @functools.wraps(run)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await run(*args, **kwargs)
        except asyncio.CancelledError:
            raise RuntimeError("cancelled by the host") from None

    return wrapped


class Wiring(TransportWiring):
    """The open adapters of one process. Async triggers share the worker's one loop, so one set serves them all."""

    async def open(self) -> Services:
        """Opens everything; what fails half-way is closed again."""
        try:
            return await self._open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Closes everything that was opened."""
        await self._stack.aclose()

    async def _open(self) -> Services:
        from dispatch.adapters.azure_storage.blob_content import TEMPLATES, BlobContent
        from dispatch.adapters.azure_storage.table_reader import TableReader

        s = self.settings
        tickets = self.pureservice()
        ledger, content, queues = self.stores()
        reader = TableReader(self._table())
        self._stack.push_async_callback(reader.close)
        await ledger.open()
        await content.open()
        templates = BlobContent(self._blobs(), container=TEMPLATES)
        self._stack.push_async_callback(templates.close)
        transports = tuple(self._transport(name) for name in s.transports)
        return Services(
            settings=s,
            clock=now,
            tickets=tickets,
            own_tickets=tickets.own_tickets,
            undelivered_mail=tickets.undelivered_mail,
            ledger=ledger,
            reader=reader,
            content=content,
            templates=templates,
            queues=queues,
            transports=transports,
            exchange=self.exchange_transport(),
            statuses=Statuses(tickets, now),
            watch=TicketWatch(tickets, now),
            letters=FrozenLetters(content),
        )

    # --- each part by itself, closed with the rest

    def pureservice(self) -> "Pureservice":
        """The ticket system."""
        from dispatch.adapters.pureservice import Pureservice

        s = self.settings
        tickets = Pureservice(
            url=s.pureservice_url,
            api_key=s.pureservice_apikey.get_secret_value(),
            prefix=s.pureservice_prefix,
            auth_scheme=s.pureservice_auth_scheme,
            message_type_name=s.pureservice_dispatch_commtype_name,
            list_asset_type=s.pureservice_dispatch_list_assetname,
            link_to_company=s.pureservice_dispatch_link_to_company,
            link_to_user=s.pureservice_dispatch_link_to_user,
            link_to_ticket=s.pureservice_dispatch_link_to_ticket,
            requests_per_minute=s.pureservice_requests_per_minute,
            timeout_seconds=min(90.0, self._deadline),
        )
        self._stack.push_async_callback(tickets.close)
        return tickets

    def stores(self) -> "tuple[TableLedger, BlobContent, StorageQueues]":
        """Ledger, content and queues."""
        from dispatch.adapters.azure_storage.blob_content import BlobContent
        from dispatch.adapters.azure_storage.queues import StorageQueues
        from dispatch.adapters.azure_storage.table_ledger import TableLedger

        parts = TableLedger(self._table()), BlobContent(self._blobs()), StorageQueues(self._queues())
        for part in parts:
            self._stack.push_async_callback(part.close)
        return parts

    # --- storage: a connection string locally, the managed identity in Azure

    def _table(self) -> Any:
        from azure.data.tables.aio import TableClient

        connection = self.settings.storage_connection_string.get_secret_value()
        if connection:
            return TableClient.from_connection_string(connection, "dispatches")
        return TableClient(self.settings.storage_table_uri, "dispatches", credential=self._identity())

    def _blobs(self) -> Any:
        from azure.storage.blob.aio import BlobServiceClient

        connection = self.settings.storage_connection_string.get_secret_value()
        if connection:
            return BlobServiceClient.from_connection_string(connection)
        return BlobServiceClient(self.settings.storage_blob_uri, credential=self._identity())

    def _queues(self) -> Any:
        from azure.storage.queue.aio import QueueServiceClient

        connection = self.settings.storage_connection_string.get_secret_value()
        if connection:
            return QueueServiceClient.from_connection_string(connection)
        return QueueServiceClient(self.settings.storage_queue_uri, credential=self._identity())


_keeper: asyncio.Task[None] | None = None
_opened: asyncio.Future[Services] | None = None


async def services() -> Services:
    """The services of this process, opened at the first call. A failed opening is tried again at the next."""
    global _keeper, _opened  # noqa: PLW0603 - the one place where a process keeps its adapters
    if _opened is None or (_opened.done() and (_opened.cancelled() or _opened.exception())):
        _opened = asyncio.get_running_loop().create_future()
        _keeper = asyncio.create_task(_keep(_opened), name="services")
    return await asyncio.shield(_opened)


async def _keep(opened: "asyncio.Future[Services]") -> None:
    """Holds the adapters open until the loop ends, which cancels this task, and then closes them."""
    try:
        wiring = Wiring(Settings.from_environ())
        opened.set_result(await wiring.open())
    except Exception as error:  # noqa: BLE001 - whoever waits for the services is told, and the next one tries again
        opened.set_exception(error)
        return
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await wiring.close()
