"""An SMTP server that follows a script, for tests of what the transport makes of its replies."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

from dispatch.adapters.smtp_mail import SmtpMail

DROP, HANG = "drop", "hang"
GOOD = {"EHLO": "", "MAIL": "250 2.1.0 OK", "RCPT": "250 2.1.5 OK", "DATA": "354 Go on", "END": "250 2.0.0 Queued"}
GOOD |= {"RSET": "250 OK", "NOOP": "250 OK", "QUIT": "221 Bye", "AUTH": "235 2.7.0 OK", "STARTTLS": "220 Go on"}


@dataclass
class Script:
    """A server that answers by ``replies``: a reply, ``DROP``, ``HANG``, or a list of these to be used up.

    ``pieces`` says each reply in so many bytes at a time; ``careless`` takes a message to nobody.
    """

    also_offers: ClassVar[tuple[str, ...]] = ()
    replies: dict[str, str | list[str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 35000000", "8BITMIME", "ENHANCEDSTATUSCODES")
    greeting: str = "220 mail.example ESMTP"
    early: str = ""  # said, and the connection closed, after so much of the body
    early_after: int = 0
    tls: ssl.SSLContext | None = None
    most: int = 100  # connections at a time; ``over`` is what one more is told
    over: str = ""
    pieces: int = 0
    careless: bool = False
    commands: list[str] = field(default_factory=list)
    secure_commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    port: int = 0

    @property
    def verbs(self) -> list[str]:
        return [command.split(" ")[0].split(":")[0].upper() for command in self.commands]

    def reply(self, verb: str) -> str:
        wanted = self.replies.get(verb, GOOD.get(verb, "500 What?"))
        if isinstance(wanted, list):
            return wanted.pop(0) if wanted else GOOD[verb]
        return wanted

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secure = writer.get_extra_info("sslcontext") is not None
        if self.open > self.most:
            await self._say(writer, self.over)
            return
        if not await self._say(writer, self.greeting):
            return
        taken = {"MAIL": True, "RCPT": True}
        while line := (await reader.readline()).decode("ascii").rstrip("\r\n"):
            self.commands.append(line)
            if secure:
                self.secure_commands.append(line)
            verb = line.split(" ")[0].upper()
            reply = self._in_turn(verb, taken)
            if verb == "EHLO" and not reply:
                offered = ("mail.example", *self.extensions, *self.also_offers)
                reply = "\r\n".join(f"250-{each}" for each in offered) + "\r\n250 HELP"
            if not await self._say(writer, reply) or verb == "QUIT" or reply.startswith("421"):
                return
            if verb == "STARTTLS" and reply.startswith("220"):
                assert self.tls
                await writer.start_tls(self.tls)
                secure = True
            if verb == "DATA" and reply.startswith("354") and not await self._take(reader, writer):
                return

    def _in_turn(self, verb: str, taken: dict[str, bool]) -> str:
        """What is said to a command; one that the refusal before it makes pointless is refused as well."""
        needed = {"RCPT": "MAIL", "DATA": "RCPT"}.get(verb, "")
        if needed and not taken[needed] and not self.careless:
            reply = f"503 5.5.1 Error: need {needed} command"
        else:
            reply = self.reply(verb)
        if verb in taken:
            taken[verb] = reply.startswith("25")
        return reply

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self.early_after:
            await reader.readexactly(self.early_after)
            await self._say(writer, self.early)
            writer.transport.abort()
            return False
        body = bytearray()
        while (line := await reader.readline()) != b".\r\n":
            if not line:
                return False
            body += line.removeprefix(b".") if line.startswith(b"..") else line
        reply = self.reply("END")
        if reply.startswith("250") or reply == DROP:
            self.messages.append(bytes(body))
        return await self._say(writer, reply) and not reply.startswith("421")

    async def _say(self, writer: asyncio.StreamWriter, reply: str) -> bool:
        if reply == HANG:
            await asyncio.sleep(60)
        if reply == DROP:
            writer.transport.abort()
            return False
        if reply:
            said = reply.encode() + b"\r\n"
            for at in range(0, len(said), self.pieces or len(said)):
                writer.write(said[at : at + (self.pieces or len(said))])
                await writer.drain()
                await asyncio.sleep(0.001 if self.pieces else 0)
        return True


class Scripted(Protocol):
    """What serves; it learns its port when it runs."""

    port: int

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...


Served = TypeVar("Served", bound=Scripted)


@asynccontextmanager
async def running(script: Served, *, implicit_tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await script.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=implicit_tls)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def smtp(script: Scripted, **overrides: Any) -> AsyncIterator[SmtpMail]:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": script.port,
        "encryption": "none",
        "timeout_seconds": 5,
        **overrides,
    }
    mail = SmtpMail(**values)
    try:
        yield mail
    finally:
        await mail.close()
        await asyncio.sleep(0.02)  # TLS takes leave on the next turn of the loop
