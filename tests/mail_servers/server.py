"""What the tests ask of every real mail server."""

import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from dispatch.adapters.smtp_mail import SmtpMail

HOST = "127.0.0.1"
DOMAIN = "eksempel.example"
USERNAME, PASSWORD = "utsending", "passord"
_SECONDS = 15.0
# Each process of the tests has a hundred of its own.
_PORTS = itertools.cycle(range(12_000 + os.getpid() % 190 * 100, 12_100 + os.getpid() % 190 * 100))


class MailServer(Protocol):
    """A server of its own for one test: its configuration, queue and log lie in a temporary folder."""

    port: int

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def held(self) -> Counter[str]: ...
    def complaints(self) -> list[str]: ...


class OwnInstance(ABC):
    """The part that all servers share: a folder, a port that is kept, a process that is ended."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mail-server-"))
        self.folder.chmod(0o755)  # the servers work as users of their own
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What is run, in the foreground."""

    @abstractmethod
    def messages(self) -> list[EmailMessage]:
        """All letters that the server has taken."""

    def start(self) -> None:
        """Starts the server; returns when it greets."""
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                self.command(), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        until(self._runs, self._words)

    def stop(self) -> None:
        """Ends the server and all that it has started; what it holds stays."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            group = process.pid
            os.killpg(group, number)
            process.wait(_SECONDS)
            until(lambda: _is_gone(group))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def held(self) -> Counter[str]:
        """How often each recipient's letter is in the server's hands."""
        return Counter(str(message["To"].addresses[0].addr_spec).casefold() for message in self.messages())

    @abstractmethod
    def listens(self) -> bool:
        """Whether it is ready; asked without a connection, which would stand in its log."""

    def _runs(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            self._process = None
            raise AssertionError(self._words())
        return self.listens()

    def _words(self) -> str:
        files = [path for path in (self.folder / "output", self.folder / "log") if path.exists()]
        return "\n".join(path.read_text(errors="replace") for path in files)


def client_of(server: MailServer, **options: Any) -> SmtpMail:
    """Our transport, before that server."""
    return SmtpMail(**{"host": HOST, "port": server.port, "encryption": "none", "timeout_seconds": 10.0, **options})


def until(holds: Callable[[], bool], words: Callable[[], str] = str) -> None:
    """Waits until it holds."""
    end = time.monotonic() + _SECONDS
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(words())
        time.sleep(0.02)


def _is_gone(group: int) -> bool:
    """Whether none of the processes is left; one that ends slowly is ended."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return True
    return False


def free_port() -> int:
    """One below those that the system hands out, so that nobody gets it while its server is down or on its way up."""
    while True:
        port = next(_PORTS)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port


def parsed(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=default)


def lines_matching(path: Path, pattern: str) -> list[str]:
    found = re.compile(pattern, re.IGNORECASE)
    return [line for line in path.read_text(errors="replace").splitlines() if found.search(line)]


def settings_text(values: Mapping[str, str]) -> str:
    return "".join(f"{name} = {value}\n" for name, value in values.items())
