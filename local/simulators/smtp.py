"""An SMTP server on this machine: keeps what it receives, and can be told to fail at any stage.

It runs on a thread of its own, so that a test that blocks, or a library that does, can talk to it.
"""

import asyncio
import contextlib
import logging
import re
import ssl
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Literal, Self
from weakref import WeakSet

from aiosmtpd.smtp import Envelope, LoginPassword, Session

from local.simulators.certificate import make_certificate
from local.simulators.smtp_faults import SmtpFault, SmtpFaults
from local.simulators.smtp_server import Account, Conversation, Refuser, Rules

__all__ = ["ReceivedMail", "SmtpFault", "SmtpSimulator"]

HOST = "127.0.0.1"
_START_SECONDS = 10.0
_PIECES = re.compile(rb"(\r\n\r\n|\r\n--)")
_WORTH_SHARING = 1024


@dataclass(eq=False)
class ReceivedMail:
    """One message that was accepted, whether or not anybody was told so. ``to`` is the first recipient."""

    sender: str
    recipients: tuple[str, ...]
    at: datetime
    username: str
    tls: bool
    pieces: tuple[bytes, ...] = field(repr=False)

    @property
    def to(self) -> str:
        """The envelope's first recipient."""
        return self.recipients[0]

    @property
    def raw(self) -> bytes:
        """The message as it came."""
        return b"".join(self.pieces)

    @cached_property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        parsed = message_from_bytes(self.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message["Subject"] or "")

    @property
    def message_id(self) -> str:
        """The Message-ID with its brackets; empty if there is none."""
        return str(self.message["Message-ID"] or "").strip()

    @property
    def date(self) -> datetime | None:
        """The moment that the Date header names."""
        header = self.message["Date"]
        moment: datetime | None = None if header is None else header.datetime
        # "-0000" says that it is UTC, and nothing of where the sender is.
        return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


class SmtpSimulator:
    """A server for one account, or for everybody where none is given.

    ``tls`` is how it encrypts; with ``starttls`` it takes nothing before. ``ca_path`` is what a client must trust.
    """

    def __init__(
        self,
        *,
        username: str | None = None,
        password: str | None = None,
        tls: Literal["starttls", "implicit"] | None = None,
        oauth_token: str | None = None,
        port: int = 0,
        max_bytes: int = 35_000_000,
        smtputf8: bool = False,
        seed: int = 0,
        certificate_for: str = "",
    ) -> None:
        self.host, self.port = HOST, port
        self.received: list[ReceivedMail] = []
        self.connections = 0
        self.faults = SmtpFaults(seed)
        self._account = Account(username, password, oauth_token)
        self.max_bytes = max_bytes
        self._tls, self._smtputf8, self._certificate_for = tls, smtputf8, certificate_for
        self._pool: dict[bytes, bytes] = {}
        self._open: WeakSet[Conversation] = WeakSet()
        self._folder: TemporaryDirectory[str] | None = None
        self._ca_path: Path | None = None
        self._context: ssl.SSLContext | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def ca_path(self) -> Path:
        """The certificate that clients must trust; there is one as long as a server with TLS runs."""
        assert self._ca_path is not None, "no TLS, or not started"
        return self._ca_path

    # --- running

    def start(self) -> None:
        """Listens; on a free port if none was given, which is then kept."""
        assert self._thread is None, "already started"
        if self._tls is not None:
            self._folder = TemporaryDirectory()
            self._ca_path, self._context = make_certificate(Path(self._folder.name), host=self._certificate_for)
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="smtp-simulator", daemon=True)
        self._thread.start()
        try:
            self.port = ready.result(_START_SECONDS)
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops listening and hangs up; what was received stays."""
        thread, self._thread = self._thread, None
        if thread is not None:
            if self._loop is not None and self._stopping is not None:
                with contextlib.suppress(RuntimeError):  # the loop has ended on its own
                    self._loop.call_soon_threadsafe(self._stopping.set)
            thread.join(_START_SECONDS)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = self._ca_path = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    # --- on the thread

    def _run(self, ready: "Future[int]") -> None:
        try:
            asyncio.run(self._serve(ready))
        except OSError as error:
            ready.set_exception(error)

    async def _serve(self, ready: "Future[int]") -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(_ignore_lost_connections)
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # at each sign-in aiosmtpd warns of what it does itself
        context = self._context if self._tls == "implicit" else None
        server = await self._loop.create_server(self._greet, self.host, self.port, ssl=context)
        ready.set_result(server.sockets[0].getsockname()[1])
        await self._stopping.wait()
        server.close()
        for conversation in list(self._open):
            if isinstance(conversation.transport, asyncio.Transport):
                conversation.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)  # the conversations hear of it

    def _greet(self) -> asyncio.BaseProtocol:
        self.connections += 1
        fault = self.faults.strike("connect")
        if fault is not None:
            return Refuser(fault)
        starttls = self._tls == "starttls"
        conversation = Conversation(
            Rules(self._account, self.faults, self._store),
            self._account,
            data_size_limit=self.max_bytes,
            enable_SMTPUTF8=self._smtputf8,
            tls_context=self._context if starttls else None,
            require_starttls=starttls,
            auth_require_tls=starttls,
            loop=asyncio.get_running_loop(),
        )
        self._open.add(conversation)
        return conversation

    def _store(self, session: Session, envelope: Envelope) -> None:
        content = envelope.original_content
        assert isinstance(content, bytes)
        signed_in: object = session.auth_data
        self.received.append(
            ReceivedMail(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                at=datetime.now(UTC),
                username=signed_in.login.decode() if isinstance(signed_in, LoginPassword) else "",
                tls=self._tls is not None,
                pieces=tuple(self._shared(piece) for piece in _PIECES.split(content)),
            )
        )

    def _shared(self, piece: bytes) -> bytes:
        """The one copy of what comes again and again, such as attachments."""
        return self._pool.setdefault(piece, piece) if len(piece) >= _WORTH_SHARING else piece


def _ignore_lost_connections(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)
