"""Opens the adapters once a process, on the first invocation, and hands them to the verbs."""

import asyncio
import functools
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from dispatch.content import FrozenLetters
from dispatch.ports import MailTransport
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.settings import Settings
from dispatch.status import Transport

if TYPE_CHECKING:
    from dispatch.adapters.blob_content import BlobContent
    from dispatch.adapters.graph_mail import GraphMail
    from dispatch.adapters.pureservice import Pureservice
    from dispatch.adapters.smtp_mail import SmtpMail
    from dispatch.adapters.storage_queue import StorageQueues
    from dispatch.adapters.table_ledger import TableLedger

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


class Wiring:
    """The open adapters of one process. Async triggers share the worker's one loop, so one set serves them all."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = AsyncExitStack()

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
        from dispatch.adapters.blob_content import TEMPLATES, BlobContent

        s = self.settings
        tickets = self.pureservice()
        ledger, content, queues = self.stores()
        await ledger.open()
        await content.open()
        templates = BlobContent(self._blobs(), container=TEMPLATES)
        self._stack.push_async_callback(templates.close)
        transports = tuple(self._transport(name) for name in s.transports)
        return Services(
            settings=s,
            clock=now,
            tickets=tickets,
            cases=tickets.cases,
            ledger=ledger,
            content=content,
            templates=templates,
            queues=queues,
            transports=transports,
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
        from dispatch.adapters.blob_content import BlobContent
        from dispatch.adapters.storage_queue import StorageQueues
        from dispatch.adapters.table_ledger import TableLedger

        parts = TableLedger(self._table()), BlobContent(self._blobs()), StorageQueues(self._queues())
        for part in parts:
            self._stack.push_async_callback(part.close)
        return parts

    @property
    def _deadline(self) -> float:
        """Seconds that a request may last: a worker must not outlive its lease in the middle of one."""
        return self.settings.dispatch_lease_seconds * 0.75

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

    # --- identities

    @functools.cached_property
    def _managed_identity(self) -> Any:
        from azure.identity.aio import ManagedIdentityCredential

        credential = ManagedIdentityCredential(client_id=self.settings.azure_client_id or None)
        self._stack.push_async_callback(credential.close)
        return credential

    def _identity(self) -> Any:
        return self._managed_identity

    def _mail_identity(self) -> Any:
        s = self.settings
        if not s.microsoft_graph_client_id:
            return self._identity()
        from azure.identity.aio import ClientSecretCredential

        credential = ClientSecretCredential(
            s.microsoft_graph_tenant_id,
            s.microsoft_graph_client_id,
            s.microsoft_graph_client_secret.get_secret_value(),
            authority=s.azure_authority_host,
        )
        self._stack.push_async_callback(credential.close)
        return credential

    # --- transports

    def _transport(self, name: Transport) -> MailTransport:
        return self.graph() if name is Transport.GRAPH else self.smtp()

    def graph(self) -> "GraphMail":
        """Graph, as the sender's mailbox."""
        from dispatch.adapters.graph_mail import GraphMail

        s = self.settings
        # Only a simulator answers on plain http, and it must never be given a token.
        simulated = s.graph_base_url.startswith("http://")
        mail = GraphMail(
            sender=s.mail_from_address,
            credential=None if simulated else self._mail_identity(),
            base_url=s.graph_base_url,
            save_to_sent_items=s.mail_reconcile != "off",
            draft=s.mail_reconcile == "draft",
            may_look=s.mail_reconcile != "off",
            concurrency=s.mail_concurrency,
            timeout_seconds=min(60.0, self._deadline),
        )
        self._stack.push_async_callback(mail.close)
        return mail

    def smtp(self) -> "SmtpMail":
        """The SMTP server."""
        from dispatch.adapters.smtp_mail import SmtpMail

        s = self.settings
        password = s.smtp_auth == "password"
        mail = SmtpMail(
            host=s.mail_host,
            port=s.mail_port,
            encryption=s.mail_encryption,
            username=s.mail_username if s.smtp_auth != "none" else "",
            password=s.mail_password.get_secret_value() if password else "",
            token=self._smtp_token() if s.smtp_auth == "oauth" else None,
            ehlo_domain=s.mail_ehlo_domain or s.mail_from_address.rpartition("@")[2],
            connections=min(s.mail_concurrency, 3),
            timeout_seconds=min(60.0, self._deadline),
            tls_context=ssl.create_default_context(cafile=s.mail_ca_file or None),
        )
        self._stack.push_async_callback(mail.close)
        return mail

    def _smtp_token(self) -> Callable[[], Awaitable[str]]:
        credential = self._mail_identity()

        async def token() -> str:
            got = await credential.get_token("https://outlook.office365.com/.default")
            return str(got.token)

        return token


def now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


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
