"""The local host, with every call that a function makes to the outside numbered; it can die at one of them.

``CHAOS_COUNT`` names a file that grows by one byte a call; ``CHAOS_AT=17`` and ``CHAOS_WHEN=before`` or ``after`` say
where the process kills itself, as a machine that loses its power would.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import httpx

from local.host.calls import current_run
from local.host.worker_process import main


class Calls:
    """Counts the calls that functions make, and ends the process at the one that was chosen."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.made = 0
        self.at = int(environ.get("CHAOS_AT", "0"))
        self.when = environ.get("CHAOS_WHEN", "before")
        self.file = Path(environ["CHAOS_COUNT"])

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
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return await call(*args, **kwargs)
            finally:
                if mine == self.at and self.when == "after":
                    os.kill(os.getpid(), signal.SIGKILL)

        return numbered


def install(calls: Calls) -> None:
    """Puts the counter into the three libraries through which everything outside is reached."""
    setattr(httpx.AsyncHTTPTransport, "handle_async_request", calls.wrap(httpx.AsyncHTTPTransport.handle_async_request))  # noqa: B010
    setattr(aiohttp.ClientSession, "_request", calls.wrap(aiohttp.ClientSession._request))  # noqa: B010, SLF001
    setattr(aiosmtplib.SMTP, "execute_command", calls.wrap(aiosmtplib.SMTP.execute_command))  # noqa: B010


if __name__ == "__main__":
    install(Calls(dict(os.environ)))
    sys.exit(main())
