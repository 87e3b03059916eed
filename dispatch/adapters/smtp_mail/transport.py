"""Sends through an SMTP server over a few connections that are kept for many messages."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from dispatch.adapters.mime import file_size, wire_size
from dispatch.adapters.mime_headers import is_plain_address
from dispatch.adapters.smtp_mail import health_check, replies
from dispatch.adapters.smtp_mail.connection import Connection, connect
from dispatch.adapters.smtp_mail.message import Message, message_of
from dispatch.adapters.smtp_mail.pool import ConnectionPool
from dispatch.adapters.smtp_mail.replies import SMTP, Stage
from dispatch.adapters.smtp_mail.server import Encryption, Server
from dispatch.core import (
    Accepted,
    BadConfiguration,
    Letter,
    MailError,
    OutgoingMail,
    Seen,
    Sighting,
    Throttled,
)
from dispatch.ports import Check

What = TypeVar("What")
Made = TypeVar("Made")

LONGEST_CONNECT = 30.0
LONGEST_QUESTION = 10.0  # seconds that a plan waits for what the server takes
NO_LETTER = "a" * 26  # a key that no letter has
LARGE_LETTER = 1024 * 1024  # bytes: 20 ms


class SmtpMail:
    """See ``dispatch.ports.MailTransport``."""

    name = SMTP

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
        idle_seconds: float = 30.0,
        leave_seconds: float = 120.0,
        returns_to: Callable[[str], str] | None = None,
    ) -> None:
        """``token`` gives an access token for XOAUTH2 as ``username``. Without token and user name we don't sign in.

        ``returns_to`` says which address the letter of a key comes back to; else that is the sender's.

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
        self._pool = ConnectionPool(
            self._open, most=connections, idle_seconds=idle_seconds, leave_seconds=leave_seconds
        )
        self._serialising = asyncio.Lock()
        self._returns_to = returns_to

    def needs_draft(self, mail: OutgoingMail) -> bool:  # noqa: ARG002  # the port's
        """Never: SMTP knows no drafts."""
        return False

    async def prepare(self, mail: OutgoingMail) -> str:  # noqa: ARG002
        """Nothing to prepare."""
        return ""

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:  # noqa: ARG002
        """Sends the mail in a transaction of its own."""
        message = await self._made(self._message_of, mail, size=mail.letter.size)
        try:
            await self._send(mail.sender.address, message)
        except Throttled as error:
            if error.code.startswith(str(replies.TOO_MANY_CONNECTIONS)):
                self._pool.want_fewer()
            raise
        return Accepted(SMTP, mail.message_id)

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:  # noqa: ARG002
        """SMTP has no memory."""
        return Seen(Sighting.CANNOT_TELL)

    async def limit_exceeded(self, letter: Letter, *, sender: str, beside: Sequence[int] = ()) -> int:
        """What the server announces as its largest message, if the letter is above it, with so large files beside it.

        A server that can't be reached at this moment is no reason to refuse a letter.
        """
        try:
            connection = await self._pool.take(sender, until=self._now() + min(self._timeout, LONGEST_QUESTION))
        except MailError:
            return 0
        largest = connection.largest
        await self._pool.give(connection)
        if not largest:
            return 0
        size = await self._made(wire_size, letter, size=letter.size) + sum(map(file_size, beside))
        return largest if largest < size else 0

    async def check(self, sender: str) -> None:
        """Connects and signs in as ``sender`` would, and takes leave. Raises what ``send`` would."""
        connection = await self._open(sender, self._deadline())
        await connection.quit()

    async def check_return_path(self, sender: str) -> None:
        """Asks whether a letter may be said to come from where it would come back to, and sends none."""
        connection = await self._open(sender, self._deadline())
        try:
            await connection.announce((self._returns_to(NO_LETTER) if self._returns_to else sender).encode("ascii"))
        finally:
            await connection.quit()

    def checks(self, *, sender: str) -> Sequence[Check]:
        """What the doctor asks."""
        returns = (lambda: self.check_return_path(sender)) if self._returns_to else None
        return health_check.checks(lambda: self.check(sender), returns)

    async def close(self) -> None:
        """Takes leave on every connection that isn't in use."""
        await self._pool.close()

    def _message_of(self, mail: OutgoingMail) -> Message:
        return message_of(mail, returns_to=self._returns_to(mail.key) if self._returns_to else "")

    async def _made(self, make: Callable[[What], Made], what: What, *, size: int) -> Made:
        """What is made of a letter: of a large one beside the event loop, and once however many wait for it."""
        async with self._serialising:
            return await asyncio.to_thread(make, what) if size > LARGE_LETTER else make(what)

    async def _send(self, sender: str, message: Message) -> None:
        until = self._deadline()  # of all of it: waiting, connecting, and what is said
        connection = await self._pool.take(sender, until=until)
        try:
            await self._deliver(connection, message, until)
        except MailError:
            # A server may close a kept connection at any time. It says so, or is gone, at the first command,
            # before it knows of any message: a new connection then gets the message.
            if not connection.is_kept or connection.is_open or connection.stage is not Stage.MAIL:
                raise
        else:
            return
        connection = await self._pool.take(sender, until=until, fresh=True)
        await self._deliver(connection, message, until)

    async def _deliver(self, connection: Connection, message: Message, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                await connection.deliver(message)
        except TimeoutError as error:
            connection.abandon()
            raise replies.lost(connection.stage, error) from error
        except MailError:
            raise
        except BaseException:
            connection.abandon()
            raise
        finally:
            await self._pool.give(connection)

    async def _open(self, sender: str, until: float) -> Connection:
        domain = self._ehlo_domain or sender.rpartition("@")[2]
        try:
            async with asyncio.timeout_at(min(until, self._now() + LONGEST_CONNECT)):
                return await connect(self._server, ehlo_domain=domain, tls=self._context(), now=self._now())
        except TimeoutError as error:
            raise replies.lost(Stage.CONNECT, error) from error

    def _deadline(self) -> float:
        return self._now() + self._timeout

    def _context(self) -> ssl.SSLContext | None:
        if self._tls is None and (self._server.implicit_tls or self._server.starttls):
            self._tls = ssl.create_default_context()
        return self._tls

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
