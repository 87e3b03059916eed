"""The local host's worker, with every call that a function makes to the outside numbered; it can die at one of them.

``CHAOS_COUNT`` names a file that grows by one byte a call; ``CHAOS_AT=17`` and ``CHAOS_WHEN=before`` or ``after`` say
where, and ``CHAOS_DEATH`` how:

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

from local.host.calls import current_run
from local.host.worker_process import main, report_overdue


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

    def wrap(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same call, numbered; those of the host itself (polling, leases) are not."""

        async def numbered(*args: Any, **kwargs: Any) -> Any:
            if not current_run.get():
                return await call(*args, **kwargs)
            self.made += 1
            mine = self.made
            with self.file.open("ab") as file:
                file.write(b".")
            if mine == self.at and self.when == "before":
                self.die()
            try:
                return await call(*args, **kwargs)
            finally:
                if mine == self.at and self.when == "after":
                    self.die()

        return numbered


def install(calls: Calls) -> None:
    """Puts the counter into the three libraries through which everything outside is reached."""
    setattr(httpx.AsyncHTTPTransport, "handle_async_request", calls.wrap(httpx.AsyncHTTPTransport.handle_async_request))  # noqa: B010
    setattr(aiohttp.ClientSession, "_request", calls.wrap(aiohttp.ClientSession._request))  # noqa: B010, SLF001
    setattr(aiosmtplib.SMTP, "execute_command", calls.wrap(aiosmtplib.SMTP.execute_command))  # noqa: B010


if __name__ == "__main__":
    install(Calls(dict(os.environ)))
    sys.exit(main())
