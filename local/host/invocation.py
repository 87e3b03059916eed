"""Runs one function once, and tells the four ways in which that ends."""

import asyncio
import contextvars
import inspect
import logging
import os
import secrets
import threading
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import azure.functions as func

from local.host.app_metadata import AppFunction, Binding

log = logging.getLogger(__name__)

#: "function id" of the run that logs, for the log format; empty outside runs.
current_run: contextvars.ContextVar[str] = contextvars.ContextVar("current_run", default="")

_thread_local = threading.local()


class Outcome(StrEnum):
    """How a run ended."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    HUNG = "Hung"  # CancelledError escaped: the worker never replies, and the real host waits for functionTimeout
    TIMED_OUT = "TimedOut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The end of one run."""

    outcome: Outcome
    value: Any = None
    error: BaseException | None = None

    @property
    def succeeded(self) -> bool:
        return self.outcome is Outcome.SUCCEEDED


class Invoker:
    """Calls the app's functions and counts how the runs end."""

    def __init__(
        self,
        *,
        timeout_seconds: float | None,
        write_output: Callable[[Binding, object], Awaitable[None]],
        worker_died: Callable[[BaseException], None],
    ) -> None:
        self.counts: Counter[tuple[str, Outcome]] = Counter()
        self.started = 0
        self.running = 0
        self.hung: list[str] = []
        self.stopping = asyncio.Event()
        self._timeout_seconds = timeout_seconds
        self._write_output = write_output
        self._worker_died = worker_died
        threads = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT")
        self._threads = ThreadPoolExecutor(int(threads) if threads else None, thread_name_prefix="function")

    async def invoke(self, function: AppFunction, trigger_value: object) -> Result:
        """Run the function; never raises what the function raises."""
        run_id = str(uuid.uuid4())
        token = current_run.set(f"{function.name} {run_id[:8]}")
        self.started += 1
        self.running += 1
        begun = time.monotonic()
        try:
            result = await self._run(function, trigger_value, run_id)
        finally:
            self.running -= 1
            current_run.reset(token)
        self.counts[function.name, result.outcome] += 1
        log.log(
            logging.INFO if result.succeeded else logging.ERROR,
            "Executed 'Functions.%s' (%s, Id=%s, Duration=%.0fms)",
            function.name,
            result.outcome,
            run_id,
            (time.monotonic() - begun) * 1000,
            exc_info=result.error,
        )
        return result

    def close(self) -> None:
        """Let go of the threads; what still runs in one cannot be ended."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, function: AppFunction, trigger_value: object, run_id: str) -> Result:
        outputs = {output.name: Out() for output in function.outputs if output.name != "$return"}
        arguments: dict[str, Any] = {function.trigger.name: trigger_value, **outputs}
        if function.wants_context:
            arguments["context"] = RunContext(function, run_id)
        # A task of its own: what it does to itself (cancelling, above all) must not reach the host's code.
        task = asyncio.create_task(self._call(function, arguments))
        try:
            await asyncio.wait({task}, timeout=self._timeout_seconds)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not task.done():
            return await self._time_out(function, task)
        result = task.result()
        if result.outcome is Outcome.HUNG:
            await self._stay_hung(function)
        return await self._finish(function, result, outputs) if result.succeeded else result

    async def _call(self, function: AppFunction, arguments: dict[str, Any]) -> Result:
        try:
            if inspect.iscoroutinefunction(function.call):
                value = await function.call(**arguments)
            else:
                context = contextvars.copy_context()
                loop = asyncio.get_running_loop()
                value = await loop.run_in_executor(self._threads, lambda: context.run(function.call, **arguments))
        except asyncio.CancelledError:
            return Result(outcome=Outcome.HUNG)
        except Exception as error:  # noqa: BLE001 - whatever the app raises is a failed run
            return Result(outcome=Outcome.FAILED, error=error)
        except BaseException as error:  # noqa: BLE001 - SystemExit and its like would end the worker process
            self._worker_died(error)
            return Result(outcome=Outcome.HUNG, error=error)
        return Result(outcome=Outcome.SUCCEEDED, value=value)

    async def _time_out(self, function: AppFunction, task: asyncio.Task[Result]) -> Result:
        log.error(
            "Timeout value of %s s was exceeded by function 'Functions.%s'. The real host would now restart the "
            "worker, and every other run in it would fail too; this one only gives up this run.",
            self._timeout_seconds,
            function.name,
        )
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        return Result(outcome=Outcome.TIMED_OUT)

    async def _stay_hung(self, function: AppFunction) -> None:
        """Do as the real host does with a reply that never comes: wait."""
        log.error(
            "Function 'Functions.%s' hangs: CancelledError escaped from it, so the worker sends no reply and the host "
            "waits for functionTimeout. Catch it at the edge and raise something else.",
            function.name,
        )
        self.hung.append(function.name)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self.stopping.wait()
        except TimeoutError:
            log.error("Timeout value was exceeded by hanging function 'Functions.%s'.", function.name)  # noqa: TRY400
        finally:
            self.hung.remove(function.name)

    async def _finish(self, function: AppFunction, result: Result, outputs: Mapping[str, "Out"]) -> Result:
        """Write the outputs; a write that fails makes a failed run of one whose code succeeded."""
        returns = function.returns
        try:
            if result.value is not None and returns is None:
                raise RuntimeError(f"function {function.name} without a $return binding returned a non-None value")
            for output in function.outputs:
                value = result.value if output is returns else outputs[output.name].get()
                if value is not None and output.kind == "queue":
                    await self._write_output(output, value)
        except Exception as error:  # noqa: BLE001 - reported as the end of the run
            return Result(outcome=Outcome.FAILED, error=error)
        return result


class Out(func.Out[Any]):
    """Where a function leaves a value for an output binding."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


class TraceContext:
    """A new trace, as an invocation without a caller has."""

    def __init__(self) -> None:
        self.trace_parent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        self.trace_state = ""
        self.attributes: dict[str, str] = {}
        self.Traceparent = self.trace_parent
        self.Tracestate = self.trace_state
        self.Attributes = self.attributes


class RetryContext:
    """No retry: the policies that would count are not carried out here."""

    retry_count = 0
    max_retry_count = 0
    exception = None


class RunContext(func.Context):
    """What a parameter named ``context`` gets."""

    def __init__(self, function: AppFunction, run_id: str) -> None:
        self._function = function
        self._run_id = run_id
        self._trace_context = TraceContext()

    @property
    def invocation_id(self) -> str:
        return self._run_id

    @property
    def function_name(self) -> str:
        return self._function.name

    @property
    def function_directory(self) -> str:
        return self._function.folder

    @property
    def thread_local_storage(self) -> Any:
        return _thread_local

    @property
    def trace_context(self) -> Any:
        return self._trace_context

    @property
    def retry_context(self) -> Any:
        return RetryContext()
