"""The local host's worker, with every call that a function makes to the outside numbered; it can die at one of them.

``CHAOS_COUNT`` names a file that grows by one byte a call, its way; ``CHAOS_AT=17`` and ``CHAOS_WHEN=before`` or
``after`` say where, and ``CHAOS_DEATH`` how:

* ``machine``: host and worker are gone, as when a machine loses its power;
* ``worker``: its process is gone, and the host starts another;
* ``neighbour``: another run in the process has passed ``functionTimeout``, and the host ends the process for it.
"""

import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import httpx

from dispatch.adapters.smtp_mail import Dialogue
from local.host.calls import current_run
from local.host.worker_process import main, report_overdue

HTTP, STORAGE, SMTP = b"h", b"a", b"s"


def died_file(counter: Path) -> Path:
    """What is there once a worker has died at its place."""
    return counter.with_suffix(".died")


class Calls:
    """Counts the calls that functions make, and ends the process at the one that was chosen."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.file = Path(environ["CHAOS_COUNT"])
        # A worker that follows another counts on, so that none dies at the same place again.
        self.made = self.file.stat().st_size if self.file.exists() else 0
        self.at = int(environ.get("CHAOS_AT", "0"))
        self.when = environ.get("CHAOS_WHEN", "before")
        self.death = environ.get("CHAOS_DEATH", "machine")

    def die(self) -> None:
        """Nothing in this process runs after this."""
        died_file(self.file).touch()
        if self.death == "neighbour":
            report_overdue(int(sys.argv[1]))
            time.sleep(60)  # on the loop's own thread, so that nothing moves until the host ends the process
        if self.death == "machine":
            os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    def wrap(self, way: bytes, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same call, numbered; those of the host itself (polling, leases) are not."""

        async def numbered(*args: Any, **kwargs: Any) -> Any:
            if not current_run.get():
                return await call(*args, **kwargs)
            mine = self._number(way)
            try:
                return await call(*args, **kwargs)
            finally:
                self._ended(mine)

        return numbered

    def wrap_said(self, way: bytes, say: Callable[..., Any]) -> Callable[..., Any]:
        """What is said on an SMTP connection, or heard: the replies come outside any function's run."""

        def numbered(*args: Any, **kwargs: Any) -> Any:
            mine = self._number(way)
            try:
                return say(*args, **kwargs)
            finally:
                self._ended(mine)

        return numbered

    def _number(self, way: bytes) -> int:
        self.made += 1
        mine = self.made
        with self.file.open("ab") as file:
            file.write(way)
        if mine == self.at and self.when == "before":
            self.die()
        return mine

    def _ended(self, number: int) -> None:
        if number == self.at and self.when == "after":
            self.die()


def install(calls: Calls) -> None:
    """Puts the counter into all through which the outside is reached: three libraries, and our own SMTP dialogue."""
    for way, library, name in (
        (HTTP, httpx.AsyncHTTPTransport, "handle_async_request"),
        (STORAGE, aiohttp.ClientSession, "_request"),
        (SMTP, aiosmtplib.SMTP, "execute_command"),
    ):
        setattr(library, name, calls.wrap(way, getattr(library, name)))
    for name in ("ask", "write", "data_received"):
        setattr(Dialogue, name, calls.wrap_said(SMTP, getattr(Dialogue, name)))


if __name__ == "__main__":
    install(Calls(dict(os.environ)))
    sys.exit(main())
