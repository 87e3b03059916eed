"""The worker's own process: loads the app, runs what the host asks for, and dies at once when it is told to or alone.

It is started by the host only. SIGTERM ends it where it stands, as it does the real one: nothing after it runs.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from local.host import log_format
from local.host.app_metadata import AppFunction, load_functions
from local.host.calls import Caller, WorkerLeftError
from local.host.errors import StartError
from local.host.workers import as_sent, read_frame, send_frame

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serves the host at the other end of the pipe until it is gone."""
    number, folder, level, *only = sys.argv[1:]
    _die_with_the_host()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the host of a terminal lets running functions finish
    log_format.to_stdout(level)
    asyncio.run(_serve(socket.socket(fileno=int(number)), Path(folder), only or None))
    return 0


def report_overdue(number: int) -> None:
    """Tell the host, from whatever thread and without the loop, that a run has passed its time."""
    import pickle

    body = pickle.dumps(("overdue", None))
    os.write(number, len(body).to_bytes(8) + body)


async def _serve(pipe: socket.socket, folder: Path, only: list[str] | None) -> None:
    pipe.setblocking(False)
    try:
        functions = {function.name: function for function in load_functions(folder, os.environ, only=only)}
    except StartError as error:
        await send_frame(pipe, ("unready", str(error)))
        return
    await send_frame(pipe, ("ready", None))
    caller, writing, runs = Caller(), asyncio.Lock(), set[asyncio.Task[None]]()
    while (asked := await read_frame(pipe)) is not None:
        run_id, name, value = asked
        task = asyncio.create_task(_run(pipe, writing, caller, functions[name], value, run_id))
        runs.add(task)
        task.add_done_callback(runs.discard)
    os._exit(0)  # the host is gone: nothing may go on behind its back


async def _run(
    pipe: socket.socket, writing: asyncio.Lock, caller: Caller, function: AppFunction, value: Any, run_id: str
) -> None:
    try:
        # A task of its own: a function that cancels itself must not end this one.
        result = await asyncio.create_task(caller.call(function, value, run_id))
    except WorkerLeftError as error:
        logging.getLogger(__name__).critical("Function 'Functions.%s' ends its process: %s", function.name, error)
        os._exit(1)
    async with writing:
        with contextlib.suppress(OSError):
            await send_frame(pipe, (run_id, as_sent(result)))


def _die_with_the_host() -> None:
    """On Linux at the same instant; elsewhere when the pipe ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
