"""One conversation with the SMTP server, driven stage by stage: only so is it known whether the final dot has left."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

from dispatch.adapters.smtp_mail import replies
from dispatch.adapters.smtp_mail.replies import Stage
from dispatch.adapters.smtp_mail.server import Server
from dispatch.core import TransportRefused

GOOD = {Stage.MAIL: (250,), Stage.RCPT: (250, 251), Stage.DATA: (354,), Stage.END: (250,)}
LARGEST_PART = 1_000_000  # bytes that are given to the connection at once: encrypting them stops all else
_POLL_SECONDS = 0.005
_QUIT_SECONDS = 2.0
_LOST = (SMTPException, OSError, asyncio.IncompleteReadError)  # OSError holds TimeoutError and TLS errors


class Connection:
    """A connection that has been greeted and signed in, for one message at a time."""

    def __init__(self, client: SMTP, *, now: float) -> None:
        self._client = client
        self.messages = 0
        self.is_kept = False  # from an earlier message: the server may have closed it since
        self.used = now
        self.stage = Stage.MAIL

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed."""
        return self._client.is_connected

    @property
    def largest(self) -> int:
        """Bytes of the largest message that the server takes, as it has announced; 0 where it names none."""
        if not self._client.supports_extension("size"):
            return 0
        told = self._client.esmtp_extensions.get("size", "").strip()
        return int(told) if told.isascii() and told.isdecimal() else 0

    async def is_alive(self) -> bool:
        """Whether the server answers."""
        try:
            await self._client.noop()
        except _LOST:
            return False
        return True

    async def is_clean(self) -> bool:
        """Whether the server has forgotten a transaction that it refused."""
        if self.stage is Stage.MAIL:
            return True
        try:
            await self._client.rset()
        except _LOST:
            return False
        self.stage = Stage.MAIL
        return True

    async def deliver(self, *, sender: str, recipient: str, data: bytes) -> None:
        """One transaction for one recipient. ``stage`` tells how far it came, also when it is cancelled.

        Raises:
            MailError: it was refused, or broke.
        """
        self.stage = Stage.MAIL
        if 0 < self.largest < len(data):  # this server never takes the letter; another transport may
            raise TransportRefused(replies.SMTP, "TooLarge", f"{len(data)} of {self.largest} bytes")
        size = [b"SIZE=%d" % len(data)] if self._client.supports_extension("size") else []
        await self._say(Stage.MAIL, b"MAIL", b"FROM:<%s>" % sender.encode("ascii"), *size)
        await self._say(Stage.RCPT, b"RCPT", b"TO:<%s>" % recipient.encode("ascii"))
        await self._say(Stage.DATA, b"DATA")
        code, text = await self._write(data)
        _check(self.stage, code, text)
        self.messages += 1
        self.stage = Stage.MAIL

    async def _say(self, stage: Stage, *command: bytes) -> None:
        self.stage = stage
        try:
            code, text = await self._client.execute_command(*command)
        except SMTPResponseException as error:
            raise replies.error_of(stage, error.code, "") from None  # its text may repeat the address
        except _LOST as error:
            raise replies.lost(stage, error) from error
        _check(stage, code, text)

    async def _write(self, body: bytes) -> tuple[int, str]:
        """Writes the body, and the dot only when all of it has gone and the server has not broken off."""
        protocol = self._client.protocol
        reply = asyncio.ensure_future(self._reply(protocol))
        try:
            await asyncio.sleep(0)  # the reader must stand before anything is written
            await self._pour(protocol, body, reply)
            if not reply.done():
                _put(protocol, b".\r\n")
                self.stage = Stage.END
            code, text = await reply
        except SMTPResponseException as error:
            self._client.close()
            raise replies.error_of(self.stage, error.code, "") from None
        except _LOST as error:
            self._client.close()
            raise replies.lost(self.stage, error) from error
        finally:
            _forget(reply)
        if self.stage is not Stage.END:  # a reply before the dot: whatever it says, nothing was accepted
            self._client.close()
            raise replies.error_of(self.stage, code, text)
        return code, text

    async def _reply(self, protocol: SMTPProtocol | None) -> tuple[int, str]:
        if protocol is None:
            raise ConnectionResetError
        code, text = await protocol.read_response()  # the caller has a deadline
        return code, text

    @staticmethod
    async def _pour(protocol: SMTPProtocol | None, body: bytes, reply: "asyncio.Future[tuple[int, str]]") -> None:
        for part in _parts(body):
            if reply.done():
                return
            _put(protocol, part)
            while not reply.done() and _unwritten(protocol):  # noqa: ASYNC110
                await asyncio.sleep(_POLL_SECONDS)  # asyncio has no event for an empty buffer

    def abandon(self) -> None:
        """Closes without a word."""
        self._client.close()

    def leave(self) -> None:
        """Takes leave without waiting for the answer."""
        if self.is_open and self._client.protocol is not None:
            self._client.protocol.write(b"QUIT\r\n")
        self._client.close()

    async def quit(self) -> None:
        """Takes leave, if the server is still there to hear it."""
        try:
            await self._client.quit(timeout=_QUIT_SECONDS)
        except _LOST:
            pass
        finally:
            self._client.close()


def _parts(data: bytes) -> Iterator[bytes]:
    """The mail part by part, lines that begin with a dot beginning with two; no part but the first begins with one."""
    end = 0
    while end < len(data):
        at, end = end, end + LARGEST_PART
        while data[end : end + 1] == b".":
            end += 1
        yield data[at:end].replace(b"\n.", b"\n..")


def _put(protocol: SMTPProtocol | None, data: bytes) -> None:
    if protocol is None:
        raise ConnectionResetError
    protocol.write(data)


def _forget(reply: "asyncio.Future[tuple[int, str]]") -> None:
    """Leaves nothing behind that asyncio would complain of as never awaited."""
    if not reply.cancel() and not reply.cancelled():
        reply.exception()


def _unwritten(protocol: SMTPProtocol | None) -> int:
    transport = protocol.transport if protocol else None
    return transport.get_write_buffer_size() if isinstance(transport, asyncio.WriteTransport) else 0


def _check(stage: Stage, code: int, text: str) -> None:
    if code not in GOOD[stage]:
        raise replies.error_of(stage, code, text)


async def connect(server: Server, *, ehlo_domain: str, tls: ssl.SSLContext | None, now: float) -> Connection:
    """Opens a connection, encrypted and signed in as configured.

    Raises:
        TransportRefused: it can't be had; nothing was sent.
        Throttled: the server has too many connections.
    """
    if server.signs_in and not server.may_sign_in:
        raise TransportRefused(replies.SMTP, "AuthWithoutTls")
    client = SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=ehlo_domain,
        timeout=server.timeout_seconds,
        use_tls=server.implicit_tls,
        start_tls=server.starttls,
        tls_context=tls,
    )
    stage = Stage.CONNECT
    try:
        await client.connect()
        await client.ehlo()
        stage = Stage.SIGN_IN
        await _sign_in(client, server)
    except SMTPResponseException as error:
        client.close()
        raise replies.error_of(stage, error.code, str(error.message)) from None  # its text may repeat the user name
    except _LOST as error:
        client.close()
        raise replies.lost(stage, error) from error
    except BaseException:
        client.close()
        raise
    return Connection(client, now=now)


async def _sign_in(client: SMTP, server: Server) -> None:
    if server.token is not None:
        await client.auth_xoauth2(server.username, await _token(server.token))
    elif server.username:
        await client.login(server.username, server.password)


async def _token(token: Callable[[], Awaitable[str]]) -> str:
    from azure.core.exceptions import AzureError

    try:
        return await token()
    except AzureError as error:
        raise TransportRefused(replies.SMTP, "NoToken", type(error).__name__) from error
