"""Opens the adapters once a process, on the first invocation, and hands them to the verbs."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from dispatch.services import Services
from dispatch.settings import Settings
from dispatch.wiring import warming
from dispatch.wiring.wiring import Wiring

P = ParamSpec("P")
R = TypeVar("R")


def guarded(run: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """A trigger that begins when all is imported, and whose cancellation reaches the host as a failure.

    A ``CancelledError`` that escapes gives the host no answer at all: it would wait until ``functionTimeout``.
    """

    @functools.wraps(run)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            await warming.done()
            return await run(*args, **kwargs)
        except asyncio.CancelledError:
            raise RuntimeError("cancelled by the host") from None

    return wrapped


_keeper: asyncio.Task[None] | None = None
_opened: asyncio.Future[Services] | None = None


async def services() -> Services:
    """The services of this process, opened at the first call. A failed opening is tried again at the next."""
    global _keeper, _opened  # noqa: PLW0603 - the one place where a process keeps its adapters
    if _opened is None or (_opened.done() and (_opened.cancelled() or _opened.exception())):
        _opened = asyncio.get_running_loop().create_future()
        _keeper = asyncio.create_task(_keep(_opened), name="services")
    return await asyncio.shield(_opened)


async def _keep(opened: "asyncio.Future[Services]") -> None:
    """Holds the adapters open until the loop ends, which cancels this task, and then closes them."""
    try:
        wiring = Wiring(Settings.from_environ())
        opened.set_result(await wiring.open())
    except Exception as error:  # noqa: BLE001 - whoever waits for the services is told, and the next one tries again
        opened.set_exception(error)
        return
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await wiring.close()
