"""Where functions run: in this process, for tests that look into the app; or in a process of its own, as really."""

import asyncio
import contextlib
import copyreg
import logging
import pickle
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from local.host.app_metadata import AppFunction
from local.host.calls import Caller, Outcome, Result, WorkerLeftError
from local.host.errors import StartError

log = logging.getLogger(__name__)

_LENGTH_BYTES = 8


def _view(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


# A request holds its query and its headers in such views, which have no way between processes of their own.
copyreg.pickle(MappingProxyType, lambda view: (_view, (dict(view),)))


class WorkerDiedError(Exception):
    """The worker's process has ended, and every run in it with it."""


class Worker(Protocol):
    """One process that runs functions."""

    async def run(self, function: AppFunction, trigger_value: object, run_id: str) -> Result:
        """The run's end, or WorkerDiedError; a run that hangs says so and gives HUNG."""
        ...

    def kill(self) -> None:
        """End it at once, with everything that runs in it."""
        ...

    async def close(self) -> None:
        """Let go of it when nothing runs in it any more."""
        ...

    @property
    def overdue(self) -> asyncio.Event:
        """Set where a run in it is known to have passed ``functionTimeout``."""
        ...


class InProcessWorker:
    """Functions in the host's own process: a kill cancels what runs, and its ``finally`` blocks run, unlike there."""

    def __init__(self) -> None:
        self.overdue = asyncio.Event()
        self._caller = Caller()
        self._died = asyncio.get_running_loop().create_future()

    async def run(self, function: AppFunction, trigger_value: object, run_id: str) -> Result:
        # A task of its own: what it does to itself (cancelling, above all) must not reach the host's code.
        task = asyncio.create_task(self._caller.call(function, trigger_value, run_id))
        try:
            await asyncio.wait({task, self._died}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise WorkerDiedError
            return task.result()
        except WorkerLeftError as error:
            self.kill()
            raise WorkerDiedError(str(error)) from error
        finally:
            task.cancel()

    def kill(self) -> None:
        if not self._died.done():
            self._died.set_result(None)
        self._caller.close()

    async def close(self) -> None:
        self.kill()


class Process(Protocol):
    """What is asked of a worker's process, as ``asyncio.subprocess.Process`` has it."""

    def send_signal(self, signal: int, /) -> None:
        """ProcessLookupError where it is gone."""
        ...

    async def wait(self) -> int:
        """Its exit status, when it has ended."""
        ...


#: Starts ``python -m module`` with these arguments as a child of this process, which holds this end of the pipe.
StartProcess = Callable[[str, Sequence[str], socket.socket], Awaitable[Process]]


async def _start_process(module: str, arguments: Sequence[str], pipe: socket.socket) -> Process:
    command = [sys.executable, "-m", module, *arguments]
    return await asyncio.create_subprocess_exec(*command, pass_fds=[pipe.fileno()])


class ProcessWorker:
    """Functions in a process of its own, of which nothing is left when it ends."""

    def __init__(self, process: "Process", pipe: socket.socket) -> None:
        self.overdue = asyncio.Event()
        self._process = process
        self._pipe = pipe
        self._runs: dict[str, asyncio.Future[Result]] = {}
        self._writing = asyncio.Lock()
        self._died = False
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(
        cls, module: str, folder: Path, *, only: Sequence[str] | None, start: "StartProcess | None" = None
    ) -> "ProcessWorker":
        """A worker that has loaded the app; StartError says why it could not."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        arguments = [str(theirs.fileno()), str(folder), logging.getLevelName(log.root.level), *(only or ())]
        process = await (start or _start_process)(module, arguments, theirs)
        theirs.close()
        worker = cls(process, ours)
        try:
            await worker._ready
        except BaseException:
            await worker.close()
            raise
        return worker

    async def run(self, function: AppFunction, trigger_value: object, run_id: str) -> Result:
        if self._died:
            raise WorkerDiedError
        answered: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._runs[run_id] = answered
        try:
            async with self._writing:
                await send_frame(self._pipe, (run_id, function.name, trigger_value))
            return await answered
        except OSError as error:
            raise WorkerDiedError(str(error)) from error
        finally:
            del self._runs[run_id]

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    async def close(self) -> None:
        self.kill()
        await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        try:
            while (frame := await read_frame(self._pipe)) is not None:
                self._take(*frame)
        finally:
            self._died = True
            self._pipe.close()
            if not self._ready.done():
                self._ready.set_exception(StartError("The worker's process ended while it loaded the app."))
            for answered in self._runs.values():
                if not answered.done():
                    answered.set_exception(WorkerDiedError("its process is gone"))

    def _take(self, run_id: str, what: Any) -> None:
        if run_id == "overdue":
            self.overdue.set()
        elif run_id == "ready":
            self._ready.set_result(None)
        elif run_id == "unready":
            self._ready.set_exception(StartError(what))
        elif run_id in self._runs and not self._runs[run_id].done():
            self._runs[run_id].set_result(what)


async def send_frame(pipe: socket.socket, content: object) -> None:
    """One message to the other side."""
    body = pickle.dumps(content)
    await asyncio.get_running_loop().sock_sendall(pipe, len(body).to_bytes(_LENGTH_BYTES) + body)


async def read_frame(pipe: socket.socket) -> Any:
    """One message from the other side; None when it is gone."""
    head = await _exactly(pipe, _LENGTH_BYTES)
    body = await _exactly(pipe, int.from_bytes(head)) if head else b""
    # Both sides are this program, and the pipe has no name that others could open.
    return pickle.loads(body) if body else None  # noqa: S301


async def _exactly(pipe: socket.socket, count: int) -> bytes:
    got = bytearray()
    while len(got) < count:
        try:
            chunk = await asyncio.get_running_loop().sock_recv(pipe, min(count - len(got), 1 << 20))
        except OSError:
            return b""
        if not chunk:
            return b""
        got += chunk
    return bytes(got)


def as_sent(result: Result) -> Result:
    """The result in a form that survives the way between processes."""
    try:
        pickle.loads(pickle.dumps(result))  # noqa: S301 - our own bytes
    except Exception as error:  # noqa: BLE001 - what cannot be pickled raises what it likes
        told = RuntimeError(f"{type(result.error).__name__}: {result.error}" if result.error else str(error))
        return Result(outcome=Outcome.FAILED if result.error or result.succeeded else result.outcome, error=told)
    return result
