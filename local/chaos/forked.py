"""Hosts and workers as forks of a process that has imported what they will: a sweep starts thousands.

Importing is half of the time that a start takes, and is the same each time. Everything else is as ever: each host and
each worker is a process of its own, the worker a child of the host, and a signal ends it where it stands. The process
that is forked is ``multiprocessing``'s fork server, which has no threads and no loop; the worker is forked by its host,
whose loop it leaves behind.
"""

import asyncio
import os
import runpy
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from typing import IO

from dispatch.wiring import warming

#: Not ``function_app``: importing it starts a thread, and what has threads isn't forked. Each process imports it anew.
PRELOADED = (
    *warming.NEEDED,
    *warming.SOON,
    "azure.functions",
    "local.chaos.worker",
    "local.host.run",
    "msgraph.graph_service_client",
)
#: Holds state of the process, such as that thread's; a worker begins without it, as a new interpreter does.
OF_THE_PROCESS = ("function_app", "dispatch.wiring")


class ForkedHost:
    """A host's process, with the words of ``subprocess.Popen``."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Its exit status, when it has ended."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        """Nothing where it has ended."""
        if self._process.pid and self._process.exitcode is None:
            os.kill(self._process.pid, sig)


class ForkedWorker:
    """A worker's process, with the words of ``asyncio.subprocess.Process``."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._end = asyncio.create_task(asyncio.to_thread(os.waitpid, number, 0))

    def send_signal(self, sig: int, /) -> None:
        """ProcessLookupError where it is gone."""
        if self._end.done():
            raise ProcessLookupError
        os.kill(self._number, sig)

    async def wait(self) -> int:
        """Its exit status, when it has ended."""
        _, status = await asyncio.shield(self._end)
        return os.waitstatus_to_exitcode(status)


def forked_host(module: str, arguments: Sequence[str], environ: Mapping[str, str], log: IO[bytes]) -> ForkedHost:
    """A launcher for ``World``."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    process = context.Process(target=_be_host, args=(module, list(arguments), dict(environ), log.name))
    process.start()
    return ForkedHost(process)


def _be_host(module: str, arguments: Sequence[str], environ: Mapping[str, str], log: str) -> None:
    from local.host.run import main

    number = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(number, 1)
    os.dup2(number, 2)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = [module, *arguments]
    sys.exit(main(arguments, start_process=_fork_worker))


async def _fork_worker(module: str, arguments: Sequence[str], _pipe: socket.socket) -> ForkedWorker:
    # The host has imported the app as well: what its thread has locked would stay locked in the fork.
    for thread in threading.enumerate():
        if thread.name == warming.NAME:
            await asyncio.to_thread(thread.join)
    number = os.fork()
    if not number:
        _be_worker(module, arguments)
    return ForkedWorker(number)


def _be_worker(module: str, arguments: Sequence[str]) -> None:
    # What the host's loop has set in this thread must not be taken for the worker's own.
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    asyncio._set_running_loop(None)  # noqa: SLF001 - there is no other way to leave a loop that isn't ours
    for name in [name for name in sys.modules if name.startswith((*OF_THE_PROCESS, module))]:
        del sys.modules[name]
    sys.argv = [module, *arguments]
    status = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=False)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(status)
