"""Runs functions in a worker, ends the worker with them where the real host would, and starts the next one."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

from local.host.app_metadata import AppFunction, Binding
from local.host.calls import Outcome, Result
from local.host.workers import Worker, WorkerDiedError

log = logging.getLogger(__name__)

MOST_DEATHS = 3  # in a row, and the host ends itself


class Invoker:
    """Calls the app's functions and counts how the runs end."""

    def __init__(
        self,
        *,
        timeout_seconds: float | None,
        restart_seconds: float,
        new_worker: Callable[[], Awaitable[Worker]],
        write_output: Callable[[Binding, object], Awaitable[None]],
        host_ends: Callable[[BaseException], None],
    ) -> None:
        self.counts: Counter[tuple[str, Outcome]] = Counter()
        self.started = 0
        self.running = 0
        self.hung: list[str] = []
        self.stopping = asyncio.Event()
        self._timeout_seconds = timeout_seconds
        self._restart_seconds = restart_seconds
        self._new_worker = new_worker
        self._write_output = write_output
        self._host_ends = host_ends
        self._worker: Worker | None = None
        self._starting = asyncio.Lock()
        self._deaths = 0
        self._not_before = 0.0

    async def open(self) -> None:
        """Start the first worker."""
        await self._ready_worker()

    async def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            await self._worker.close()

    async def invoke(self, function: AppFunction, trigger_value: object) -> Result:
        """Run the function; never raises what the function raises."""
        run_id = str(uuid.uuid4())
        self.started += 1
        self.running += 1
        begun = time.monotonic()
        try:
            result = await self._run(function, trigger_value, run_id)
        finally:
            self.running -= 1
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

    async def invoke_for_a_caller(self, function: AppFunction, trigger_value: object) -> Result:
        """As ``invoke``, for one who waits for an answer: a run whose worker ends keeps it waiting for its own time."""
        begun = time.monotonic()
        result = await self.invoke(function, trigger_value)
        if result.outcome is Outcome.DIED:
            rest = None if self._timeout_seconds is None else begun + self._timeout_seconds - time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self.stopping.wait()
        return result

    async def _run(self, function: AppFunction, trigger_value: object, run_id: str) -> Result:
        try:
            worker = await self._ready_worker()
        except Exception as error:  # noqa: BLE001 - a worker that cannot be started anew ends the host
            self._host_ends(error)
            return Result(outcome=Outcome.DIED, error=error)
        run = asyncio.create_task(worker.run(function, trigger_value, run_id))
        overdue = asyncio.create_task(worker.overdue.wait())
        try:
            await asyncio.wait({run, overdue}, timeout=self._timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
            if not run.done():
                if self._worker is not worker:
                    return Result(outcome=Outcome.DIED)  # a neighbour's time-out has ended it already
                return await self._time_out(function, worker, run)
            result = run.result()
        except WorkerDiedError as error:
            self._note_death(worker, error)
            return Result(outcome=Outcome.DIED)
        finally:
            overdue.cancel()
            run.cancel()
        if result.outcome is Outcome.HUNG:
            return await self._stay_hung(function, worker)
        self._deaths = 0
        return await self._finish(function, result) if result.succeeded else result

    async def _ready_worker(self) -> Worker:
        async with self._starting:
            if self._worker is None:
                await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
                self._worker = await self._new_worker()
            return self._worker

    async def _time_out(self, function: AppFunction, worker: Worker, run: asyncio.Task[Result]) -> Result:
        log.error(
            "Timeout value of %s s was exceeded by function 'Functions.%s'. Its worker is ended, and every run in it.",
            self._timeout_seconds,
            function.name,
        )
        self._end(worker)
        with contextlib.suppress(WorkerDiedError, asyncio.CancelledError):
            await run
        return Result(outcome=Outcome.TIMED_OUT)

    def _end(self, worker: Worker) -> None:
        worker.kill()
        if self._worker is worker:
            self._worker = None
            self._not_before = time.monotonic() + self._restart_seconds

    def _note_death(self, worker: Worker, error: WorkerDiedError) -> None:
        if self._worker is not worker:
            return  # ended by the host, or told by another of its runs
        self._worker = None
        self._deaths += 1
        log.error("The worker's process has ended (%s); a new one is started.", error)
        if self._deaths >= MOST_DEATHS:
            self._host_ends(WorkerDiedError(f"{MOST_DEATHS} workers have died in a row: {error}"))

    async def _stay_hung(self, function: AppFunction, worker: Worker) -> Result:
        """Do as the real host does with a reply that never comes: wait, and then end the worker."""
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
            self._end(worker)
            return Result(outcome=Outcome.TIMED_OUT)
        finally:
            self.hung.remove(function.name)
        return Result(outcome=Outcome.HUNG)

    async def _finish(self, function: AppFunction, result: Result) -> Result:
        """Write the outputs; a write that fails makes a failed run of one whose code succeeded."""
        returns = function.returns
        try:
            if result.value is not None and returns is None:
                raise RuntimeError(f"function {function.name} without a $return binding returned a non-None value")
            for output in function.outputs:
                value = result.value if output is returns else result.outputs.get(output.name)
                if value is not None and output.kind == "queue":
                    await self._write_output(output, value)
        except Exception as error:  # noqa: BLE001 - reported as the end of the run
            return replace(result, outcome=Outcome.FAILED, error=error)
        return result
