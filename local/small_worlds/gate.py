"""A gate at every call to the outside: a test decides which worker goes on, and which dies there and then."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import cache
from typing import Any

DEADLINE = 45.0  # three quarters of the lease, as wiring sets it
OUTWARD = {
    "send",
    "attach",
    "solve",
    "solve_with",
    "write_solution",
    "add_note",
    "set_status",
    "create",
    "post_message",
}


@cache
def _kind(function: Any) -> str:
    """What a method is; asked a hundred times an order."""
    if inspect.isasyncgenfunction(function):
        return "stream"
    return "call" if inspect.iscoroutinefunction(function) else ""


class Dead(BaseException):
    """The worker's process is gone. Not an ``Exception``, so nothing of ours can catch it and go on."""


class Worker:
    """One process: a task that stops at each call to the outside until it is let through."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.waiting: list[asyncio.Future[None]] = []
        self.task: asyncio.Task[None] | None = None

    async def stop_here(self) -> None:
        """Waits to be let through; a dead worker never is, whatever its ``finally`` blocks try."""
        if self.dead:
            raise Dead
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        await turn

    def let_through(self, which: int) -> None:
        """One of the calls that wait goes on."""
        if self.waiting:
            self.waiting.pop(which % len(self.waiting)).set_result(None)

    def kill(self) -> None:
        """The process ends at this instruction; what it has done so far stands."""
        self.dead = True
        for turn in self.waiting:
            turn.set_exception(Dead())
        self.waiting.clear()

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        async def run() -> None:
            try:
                await work
            except Dead:
                self.dead = True

        self.task = asyncio.ensure_future(run())


class Gated:
    """A port behind the gate: each call stops before it has an effect, and again before its caller hears of it."""

    def __init__(
        self,
        port: Any,
        worker: Worker,
        *,
        too_late: Callable[[float], Callable[[], None]] | None = None,
        twice: bool = True,
    ) -> None:
        """``too_late`` bounds how long a call that changes the outside may wait before it has its effect.

        Without ``twice`` a call stops only before its effect: to a process that dies it is the same whether that
        happens after one call's effect or before the next one's.
        """
        self._port = port
        self._worker = worker
        self._too_late = too_late
        self._twice = twice

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if found is self._port:  # a part of it that is played by the same object
            return self
        match _kind(getattr(found, "__func__", None)):
            case "stream":
                return self._streamed(found)
            case "call":
                return self._called(found)
        return found

    def _called(self, found: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            check = self._too_late(DEADLINE) if self._too_late and found.__name__ in OUTWARD else None
            await self._worker.stop_here()
            result: Any = None
            error: Exception | None = None
            try:
                if check:
                    check()
                result = await found(*args, **kwargs)
            except Exception as exc:  # noqa: BLE001 - handed on after the gate, as an answer is
                error = exc
            if self._twice:
                await self._worker.stop_here()
            if error is not None:
                raise error
            return result

        return call

    def _streamed(self, found: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
        async def stream(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            await self._worker.stop_here()
            async for item in found(*args, **kwargs):
                yield item

        return stream
