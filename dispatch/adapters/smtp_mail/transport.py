"""Sends through an SMTP server over a few connections that are kept for many messages."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence

from dispatch.adapters.mime import as_bytes, is_plain_address
from dispatch.adapters.smtp_mail import health_check, replies
from dispatch.adapters.smtp_mail.connection import Connection, Encryption, Server, connect
from dispatch.adapters.smtp_mail.replies import SMTP, Stage
from dispatch.core import (
    Accepted,
    BadConfiguration,
    MailError,
    MessageRefused,
    OutgoingMail,
    Reason,
    RecipientRefused,
    Seen,
    Sighting,
    Throttled,
    TransportRefused,
)
from dispatch.ports import Check

MESSAGES_PER_CONNECTION = 100
LONGEST_CONNECT = 30.0
LARGE_LETTER = 1024 * 1024  # bytes: 20 ms


class SmtpMail:
    """See ``dispatch.ports.MailTransport``."""

    name = SMTP
    idle_seconds = 30.0  # after which a connection is asked whether it is still there

    def __init__(
        self,
        *,
        host: str,
        port: int,
        encryption: Encryption,
        username: str = "",
        password: str = "",
        token: Callable[[], Awaitable[str]] | None = None,
        ehlo_domain: str = "",
        connections: int = 2,
        timeout_seconds: float = 60,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """``token`` gives an access token for XOAUTH2 as ``username``; without it and a user name nobody signs in.

        Raises:
            BadConfiguration: ``ehlo_domain`` is no domain.
        """
        if ehlo_domain and not is_plain_address(f"postmaster@{ehlo_domain}"):
            raise BadConfiguration(["MAIL_EHLO_DOMAIN: must be a domain name, in ASCII"])
        # A single reply has half of what the whole transaction has, so that one that hangs leaves time for another.
        self._server = Server(host, port, encryption, username, password, token, timeout_seconds / 2)
        self._ehlo_domain = ehlo_domain
        self._timeout = timeout_seconds
        self._tls = tls_context
        self._connections = connections
        self._gate = asyncio.Semaphore(connections)
        self._serialising = asyncio.Lock()
        self._idle: list[Connection] = []

    def needs_draft(self, mail: OutgoingMail) -> bool:  # noqa: ARG002  # the port's
        """Never: SMTP knows no drafts."""
        return False

    async def prepare(self, mail: OutgoingMail) -> str:  # noqa: ARG002
        """Nothing to prepare."""
        return ""

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:  # noqa: ARG002
        """Sends the mail in a transaction of its own."""
        data = await self._data(mail)
        await self._gate.acquire()
        keep_permit = False
        try:
            await self._send(mail, data)
        except Throttled as error:
            keep_permit = error.code.startswith(str(replies.TOO_MANY_CONNECTIONS)) and self._connections > 1
            raise
        finally:
            if keep_permit:  # the server wants fewer connections: from now on there is one less
                self._connections -= 1
            else:
                self._gate.release()
        return Accepted(SMTP, mail.message_id)

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:  # noqa: ARG002
        """SMTP has no memory."""
        return Seen(Sighting.CANNOT_TELL)

    async def check(self, sender: str) -> None:
        """Connects and signs in as ``sender`` would, and takes leave. Raises what ``send`` would."""
        connection = await self._new(sender)
        await connection.quit()

    def checks(self, *, sender: str) -> Sequence[Check]:
        """What the doctor asks."""
        return health_check.checks(lambda: self.check(sender))

    async def close(self) -> None:
        """Takes leave on every connection that isn't in use."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in idle))

    async def _data(self, mail: OutgoingMail) -> bytes:
        """The mail as bytes: a large one is made beside the event loop, and once however many wait for it."""
        async with self._serialising:
            large = mail.letter.size > LARGE_LETTER
            return await asyncio.to_thread(_serialised, mail) if large else _serialised(mail)

    async def _send(self, mail: OutgoingMail, data: bytes) -> None:
        connection = await self._kept()
        if connection is not None:
            try:
                await self._deliver(connection, mail, data)
            except MailError:
                # A server may close a kept connection at any time. It says so, or is gone, at the first command,
                # before it knows of any message: a new connection then gets the message.
                if connection.is_open or connection.stage is not Stage.MAIL:
                    raise
            else:
                return
        await self._deliver(await self._new(mail.sender.address), mail, data)

    async def _deliver(self, connection: Connection, mail: OutgoingMail, data: bytes) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await connection.deliver(sender=mail.sender.address, recipient=mail.to.address, data=data)
        except TimeoutError as error:
            connection.abandon()
            raise replies.lost(connection.stage, error) from error
        except MailError:
            await self._keep_or_close(connection)
            raise
        except BaseException:
            connection.abandon()
            raise
        await self._keep_or_close(connection)

    async def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            fresh = self._now() - connection.used < self.idle_seconds
            if connection.is_open and (fresh or await connection.is_alive()):
                return connection
            connection.abandon()
        return None

    async def _new(self, sender: str) -> Connection:
        domain = self._ehlo_domain or sender.rpartition("@")[2]
        try:
            async with asyncio.timeout(min(self._timeout, LONGEST_CONNECT)):
                return await connect(self._server, ehlo_domain=domain, tls=self._context(), now=self._now())
        except TimeoutError as error:
            raise replies.lost(Stage.CONNECT, error) from error

    async def _keep_or_close(self, connection: Connection) -> None:
        """Puts the connection back for the next message, if the server has got over this one."""
        if not connection.is_open or not await connection.is_clean():
            connection.abandon()
        elif connection.messages >= MESSAGES_PER_CONNECTION:
            await connection.quit()
        else:
            connection.used = self._now()
            self._idle.append(connection)

    def _context(self) -> ssl.SSLContext | None:
        if self._tls is None and (self._server.implicit_tls or self._server.starttls):
            self._tls = ssl.create_default_context()
        return self._tls

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _serialised(mail: OutgoingMail) -> bytes:
    """The mail as bytes, after a look at what will stand in the envelope.

    A library that cleans up an odd address would send to another one than was asked for, so odd ones are refused.
    """
    if not is_plain_address(mail.to.address):
        raise RecipientRefused(SMTP, "AddressNotUsable", reason=Reason.INVALID_ADDRESS)
    if not is_plain_address(mail.sender.address):
        raise TransportRefused(SMTP, "SenderNotUsable")
    try:
        return as_bytes(mail)
    except ValueError as error:
        raise MessageRefused(SMTP, "NotComposable") from error
