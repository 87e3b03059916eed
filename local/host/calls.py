"""Calls one function once, and says what came of it: the innermost part of a worker."""

import asyncio
import contextvars
import inspect
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from local.host.app_metadata import AppFunction
from local.host.run_context import Out, RunContext

#: "function id" of the run that logs, for the log format; empty outside runs.
current_run: contextvars.ContextVar[str] = contextvars.ContextVar("current_run", default="")
#: Those that have begun and not ended.
runs_under_way: set[str] = set()
FUNCTION_THREADS = "function"


class Outcome(StrEnum):
    """How a run ended."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    HUNG = "Hung"  # CancelledError escaped: the worker never replies, and the host waits for functionTimeout
    TIMED_OUT = "TimedOut"
    DIED = "Died"  # its worker's process ended, by its own doing or because of a neighbour


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The end of one run."""

    outcome: Outcome
    value: Any = None
    error: BaseException | None = None
    #: What it left in its output bindings, by parameter.
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        return self.outcome is Outcome.SUCCEEDED


class WorkerLeftError(BaseException):
    """A function ended the worker's process: SystemExit and its like."""


class Caller:
    """Calls functions, coroutines on the loop and plain ones in threads."""

    def __init__(self) -> None:
        threads = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT")
        self._threads = ThreadPoolExecutor(int(threads) if threads else None, thread_name_prefix=FUNCTION_THREADS)

    async def call(self, function: AppFunction, trigger_value: object, run_id: str) -> Result:
        """The run's end; raises WorkerLeftError for what would take the process along."""
        run = f"{function.name} {run_id[:8]}"
        current_run.set(run)
        runs_under_way.add(run)
        try:
            return await self._called(function, trigger_value, run_id)
        finally:
            runs_under_way.discard(run)

    async def _called(self, function: AppFunction, trigger_value: object, run_id: str) -> Result:
        outputs = {output.name: Out() for output in function.outputs if output.name != "$return"}
        arguments: dict[str, Any] = {function.trigger.name: trigger_value, **outputs}
        if function.wants_context:
            arguments["context"] = RunContext(function, run_id)
        try:
            value = await self._value(function, arguments)
        except asyncio.CancelledError:
            return Result(outcome=Outcome.HUNG)
        except Exception as error:  # noqa: BLE001 - whatever the app raises is a failed run
            return Result(outcome=Outcome.FAILED, error=error)
        except BaseException as error:
            raise WorkerLeftError(f"{type(error).__name__}: {error}") from error
        left = {name: out.get() for name, out in outputs.items()}
        return Result(outcome=Outcome.SUCCEEDED, value=value, outputs=left)

    def close(self) -> None:
        """Let go of the threads; what still runs in one cannot be ended."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _value(self, function: AppFunction, arguments: dict[str, Any]) -> object:
        if inspect.iscoroutinefunction(function.call):
            return await function.call(**arguments)
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: context.run(function.call, **arguments))
