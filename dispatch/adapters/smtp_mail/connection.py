"""One conversation with the SMTP server, driven stage by stage: only so is it known whether the final dot has left."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from dispatch.adapters.smtp_mail import replies
from dispatch.adapters.smtp_mail.dialogue import Answer, Dialogue, Reply
from dispatch.adapters.smtp_mail.message import Message
from dispatch.adapters.smtp_mail.replies import Stage
from dispatch.adapters.smtp_mail.server import Server
from dispatch.core import TransportRefused

GOOD = {Stage.MAIL: (250,), Stage.RCPT: (250, 251), Stage.DATA: (354,), Stage.END: (250,)}
ENVELOPE = (Stage.MAIL, Stage.RCPT, Stage.DATA)
LARGEST_PART = 1_000_000  # bytes that are given to the connection at once: encrypting them stops all else
SMALL = 32_768  # bytes that any connection takes at once, so that the dot leaves with them in any case
_OK = 250
_QUIT_SECONDS = 2.0
_LOST = (SMTPException, OSError, asyncio.IncompleteReadError)  # OSError holds TimeoutError and TLS errors


class Connection:
    """A connection that has been greeted and signed in, for one message at a time."""

    def __init__(
        self, dialogue: Dialogue, *, now: float, largest: int = 0, sizes: bool = False, pipelines: bool = False
    ) -> None:
        """``largest`` is what the server announces as its limit (0: none), ``sizes`` whether it wants to know ours.

        ``pipelines``: it takes several commands at once.
        """
        self._dialogue = dialogue
        self.largest, self._sizes, self._pipelines = largest, sizes, pipelines
        self._at_once = pipelines
        self._unread: Sequence[Answer] = ()
        self.messages = 0
        self.is_kept = False  # from an earlier message: the server may have closed it since
        self.used = now
        self.stage = Stage.MAIL

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed."""
        return self._dialogue.is_open

    async def is_alive(self) -> bool:
        """Whether the server answers."""
        return await self._agrees(b"NOOP")

    async def is_clean(self) -> bool:
        """Whether the server has forgotten a transaction that it refused, and has nothing more to say of it."""
        unread, self._unread = self._unread, ()
        try:
            said = [await answer for answer in unread]
        except _LOST:
            return False
        if any(not _is_refusal(reply) for reply in said):
            return False  # it waits for a message to nobody, or is out of step
        if self.stage is not Stage.MAIL and not await self._agrees(b"RSET"):
            return False
        self.stage = Stage.MAIL
        return True

    async def deliver(self, message: Message) -> None:
        """One transaction for one recipient. ``stage`` tells how far it came, also when it is cancelled.

        Raises:
            MailError: it was refused, or broke.
        """
        self.stage = Stage.MAIL
        if 0 < self.largest < message.size:  # this server never takes the letter; another transport may
            raise TransportRefused(replies.SMTP, "TooLarge", f"{message.size} of {self.largest} bytes")
        at_once, self._at_once = self._at_once, False
        size = b" SIZE=%d" % message.size if self._sizes else b""
        commands = b"MAIL FROM:<%s>%s" % (message.sender, size), b"RCPT TO:<%s>" % message.recipient, b"DATA"
        if at_once:
            await self._say(commands, ENVELOPE)
        else:
            for command, stage in zip(commands, ENVELOPE, strict=True):
                await self._say([command], [stage])
        reply = await self._write(message)
        self._check(reply)
        self.messages += 1
        self.stage = Stage.MAIL
        # After a refusal the next envelope goes command by command: a DATA for nobody is one more mistake of ours, and
        # servers count them.
        self._at_once = self._pipelines

    async def announce(self, sender: bytes) -> None:
        """Names a sender and nobody to send to. Raises what a letter from there would have met."""
        await self._say([b"MAIL FROM:<%s>" % sender], [Stage.MAIL])

    async def _say(self, commands: Sequence[bytes], stages: Sequence[Stage]) -> None:
        """Says the commands at once, and hears the replies until one is not what its stage waits for."""
        self.stage = stages[0]
        try:
            answers = self._dialogue.ask(*commands)
            for number, (stage, answer) in enumerate(zip(stages, answers, strict=True), start=1):
                self.stage, self._unread = stage, answers[number:]
                self._check(await answer)
        except _LOST as error:
            self._dialogue.close()
            raise replies.lost(self.stage, error) from error

    def _check(self, reply: Reply) -> None:
        if reply.code in GOOD[self.stage]:
            return
        if not _is_refusal(reply):  # the answer to something else: nothing that follows is certain
            self._dialogue.close()
        raise replies.error_of(self.stage, *reply)

    async def _write(self, message: Message) -> Reply:
        """Writes the message; the dot of a large one only when all of it has gone and the server has not broken off."""
        try:
            answer = self._dialogue.expect()
            if sum(map(len, message.pieces)) <= SMALL:
                self._dialogue.write(b"".join([*message.pieces, b".\r\n"]))
                self.stage = Stage.END
            else:
                await self._pour(message.pieces, answer)
            reply = await answer
        except _LOST as error:
            self._dialogue.close()
            raise replies.lost(self.stage, error) from error
        if self.stage is not Stage.END:  # a reply before the dot: whatever it says, nothing was accepted
            self._dialogue.close()
            raise replies.error_of(self.stage, *reply)
        return reply

    async def _pour(self, pieces: Sequence[bytes], answer: Answer) -> None:
        for part in _parts(pieces):
            self._dialogue.write(part)
            await self._dialogue.written(unless=answer)
            if answer.done():
                return
        self._dialogue.write(b".\r\n")
        self.stage = Stage.END

    async def _agrees(self, command: bytes) -> bool:
        try:
            (answer,) = self._dialogue.ask(command)
            return (await answer).code == _OK
        except _LOST:
            return False

    def abandon(self) -> None:
        """Closes without a word."""
        self._dialogue.close()

    def leave(self) -> None:
        """Takes leave without waiting for the answer."""
        if self.is_open:
            self._dialogue.write(b"QUIT\r\n")
            self._dialogue.hang_up()

    async def quit(self) -> None:
        """Takes leave, if the server is still there to hear it."""
        try:
            async with asyncio.timeout(_QUIT_SECONDS):
                await self._dialogue.ask(b"QUIT")[0]
        except _LOST:
            self._dialogue.close()
        else:
            self._dialogue.hang_up()


def _parts(pieces: Sequence[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), LARGEST_PART):
            yield piece[at : at + LARGEST_PART]


def _is_refusal(reply: Reply) -> bool:
    return reply.code // 100 in (4, 5)


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
        return _taken_over(client, server, now)
    except SMTPResponseException as error:
        client.close()
        raise replies.error_of(stage, error.code, str(error.message)) from None  # its text may repeat the user name
    except _LOST as error:
        client.close()
        raise replies.lost(stage, error) from error
    except BaseException:
        client.close()
        raise


def _taken_over(client: SMTP, server: Server, now: float) -> Connection:
    if not isinstance(client.transport, asyncio.Transport):
        raise ConnectionResetError
    announced = client.esmtp_extensions.get("size", "").strip()
    return Connection(
        Dialogue(client.transport, reply_seconds=server.timeout_seconds),
        now=now,
        largest=int(announced) if announced.isascii() and announced.isdecimal() else 0,
        sizes=client.supports_extension("size"),
        pipelines=client.supports_extension("pipelining"),
    )


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
