"""The host itself: opens the listeners of an app, watches over them, and closes them in order."""

import asyncio
import contextlib
import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from azure.functions.queue import QueueMessage

from local.host.app_metadata import AppFunction, AppSource, app_folder_of, load_functions
from local.host.calls import Outcome, Result
from local.host.errors import HostError, HostStoppedError, RunFailedError
from local.host.held_messages import QueueStats
from local.host.http_triggers import HttpServer, Keys
from local.host.idleness import Idleness, connection_of
from local.host.invocation import Invoker
from local.host.listeners import ListenerFactory
from local.host.options import HostOptions
from local.host.queue_outputs import QueueOutputs
from local.host.queues import QueueListener
from local.host.settings import HostConfig, environment, find_setting, read_host_config
from local.host.sign_in import SignIn
from local.host.storage import HOST_CONNECTION, Storage
from local.host.timers import TimerListener
from local.host.workers import InProcessWorker, ProcessWorker, Worker

log = logging.getLogger(__name__)


class LocalHost:
    """One host: ``async with LocalHost(function_app) as host: await host.run_timer("find_dispatches")``."""

    def __init__(self, app: AppSource, *, options: HostOptions | None = None) -> None:
        """Nothing happens before ``start``; a folder is imported then."""
        self.options = options or HostOptions()
        self.functions: list[AppFunction] = []
        self._app = app
        self._environ: Mapping[str, str] = {}
        self._config = HostConfig()
        self._queue_listeners: list[QueueListener] = []
        self._timer_listeners: dict[str, TimerListener] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._background: set[asyncio.Task[Any]] = set()
        self._stack = contextlib.AsyncExitStack()
        self._failed = asyncio.Event()
        self._failure: BaseException | None = None
        self._server: HttpServer | None = None

    async def start(self) -> None:
        """Load the app and open its listeners; StartError says what is wrong with the app or its settings."""
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(environment(self._settings()))
            self._environ = dict(os.environ)
            self._config = read_host_config(
                app_folder_of(self._app), self._environ, max_polling_seconds=self.options.max_polling_seconds
            )
            self.functions = load_functions(self._app, self._environ, only=self.options.functions)
            self._storage = Storage(self._environ, retry_base=self.options.retry_base)
            stack.push_async_callback(self._storage.close)
            self._invoker = Invoker(
                timeout_seconds=self._config.function_timeout_seconds,
                restart_seconds=self.options.restart_seconds,
                new_worker=self._new_worker,
                write_output=QueueOutputs(self._storage, config=self._config.queues, sent_to=self.wake).write,
                host_ends=self._fail,
            )
            stack.push_async_callback(self._invoker.close)
            await self._invoker.open()
            self._queue_listeners, self._timer_listeners = ListenerFactory(
                options=self.options,
                config=self._config.queues,
                host_id=find_setting(self._environ, "AzureFunctionsWebHost__hostid") or self.options.host_id,
                storage=self._storage,
                invoker=self._invoker,
                sent_to=self.wake,
                fail=self._fail,
            ).open(self.functions)
            if self.options.http_port is not None:
                signs_in = (find_setting(self._environ, "WEBSITE_AUTH_ENABLED") or "").lower() == "true"
                self._server = HttpServer(
                    self,
                    host_id=self.options.host_id,
                    route_prefix=self._config.route_prefix,
                    keys=Keys(function=self.options.auth_key, master=self.options.master_key),
                    sign_in=SignIn() if signs_in else None,
                )
                await self._server.start(self.options.http_port)
                stack.push_async_callback(self._server.stop)
            self._stack = stack.pop_all()
        self._begin_listening()

    async def stop(self) -> None:
        """Poll no more, let running functions finish and their messages be completed, and close everything."""
        if self.functions:
            self._invoker.stopping.set()
            for listener in self._listeners():
                listener.stop()
            await asyncio.gather(*self._tasks, *self._background, return_exceptions=True)
        await self._stack.aclose()

    async def wait_for_failure(self) -> None:
        """Return only when the host has stopped on its own, and then by raising HostStoppedError."""
        await self._failed.wait()
        self._raise_failure()

    async def run_timer(self, name: str) -> Result:
        """Run a timer function now, outside its schedule; RunFailedError when it does not succeed."""
        listener = self._timer_listeners.get(name)
        if listener is None:
            raise HostError(f"There is no timer function '{name}', only {sorted(self._timer_listeners)}.")
        result = await listener.run_once()
        self._raise_failure()
        if not result.succeeded:
            raise RunFailedError(f"Timer function '{name}' ended as {result.outcome}.") from result.error
        return result

    async def run_function(self, name: str, text: str = "") -> Result:
        """Run a timer or queue function once with this input, as the admin endpoint does: no message, no retry."""
        if name in self._timer_listeners:
            return await self._timer_listeners[name].run_once()
        function = self.find(name)
        if function is None or function.trigger.kind != "queueTrigger":
            raise HostError(f"There is no timer or queue function '{name}'.")
        message: Any = QueueMessage(id="", body=text.encode(), dequeue_count=0)  # type: ignore[no-untyped-call]  # theirs
        if function.annotation in {str, bytes}:
            message = text if function.annotation is str else text.encode()
        return await self._invoker.invoke(function, message)

    def start_function(self, name: str, text: str = "") -> None:
        """Begin ``run_function`` and return at once; the run is awaited at stop."""
        task = asyncio.create_task(self.run_function(name, text))
        self._background.add(task)
        task.add_done_callback(self._note_background_end)

    async def invoke(self, function: AppFunction, trigger_value: object) -> Result:
        """Run a function with a ready value for its trigger, for one who waits for its answer."""
        return await self._invoker.invoke_for_a_caller(function, trigger_value)

    async def until_idle(self, queues: Iterable[str] | None = None, *, timeout_seconds: float = 60.0) -> None:
        """Wait until no function runs and these queues (default: all listened to) hold nothing, hidden or not."""
        names = sorted({listener.queue_name for listener in self._queue_listeners} if queues is None else set(queues))
        connections = {name: connection_of(name, self.functions) for name in names}
        watch = Idleness(self._invoker, self._queue_listeners, self._storage, connections, self._raise_failure)
        await watch.wait(timeout_seconds)

    @property
    def url(self) -> str:
        """Where the HTTP server listens."""
        if self._server is None:
            raise HostError("This host has no HTTP server: set http_port.")
        return self._server.url

    @property
    def counts(self) -> Counter[tuple[str, Outcome]]:
        """Runs so far, by function and outcome."""
        return self._invoker.counts

    @property
    def queue_stats(self) -> dict[str, QueueStats]:
        """What the queue listeners have done, by function."""
        return {listener.function.name: listener.stats for listener in self._queue_listeners}

    def wake(self, queue_name: str) -> None:
        """Has the queue's listeners look at once, as after a message that this host itself put there."""
        for listener in self._queue_listeners:
            if listener.queue_name == queue_name:
                listener.wake()

    def kill_listeners(self) -> None:
        """Ends the listeners where they are, as a killed process does: no lease is given back."""
        for task in self._tasks:
            task.cancel()

    def describe(self, function: AppFunction) -> str:
        """One line on what triggers the function."""
        if function.trigger.kind == "timerTrigger":
            return f"timer, {function.trigger.text('schedule')}"
        if function.trigger.kind == "queueTrigger":
            return f"queue {function.trigger.text('queueName')}"
        return f"HTTP {self._server.url_of(function) if self._server else ''}"

    def next_due(self, name: str) -> datetime | None:
        """When this host runs the timer next; None while it runs, or while another host has the timer's lease."""
        return self._timer_listeners[name].next_due

    def find(self, name: str) -> AppFunction | None:
        """A function by name, whatever the case of its letters."""
        return next((function for function in self.functions if function.name.lower() == name.lower()), None)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if error is None:
            self._raise_failure()

    async def _new_worker(self) -> Worker:
        module, folder = self.options.worker_module, app_folder_of(self._app)
        if module is None or folder is None:
            return InProcessWorker()
        options = self.options
        return await ProcessWorker.start(module, folder, only=options.functions, start=options.start_process)

    def _settings(self) -> dict[str, str]:
        storage = self.options.storage_connection_string
        return {**self.options.environ, **({HOST_CONNECTION: storage} if storage else {})}

    def _begin_listening(self) -> None:
        for listener in self._listeners():
            if isinstance(listener, TimerListener) and not self.options.timers:
                continue
            task = asyncio.create_task(listener.listen(), name=f"listener of {listener.function.name}")
            self._tasks.add(task)
            task.add_done_callback(self._note_end)

    def _note_end(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _note_background_end(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A run asked for by name could not be made: %s", error)

    def _fail(self, error: BaseException) -> None:
        """As an unhandled error does there: stop the whole host."""
        if self._failure is None:
            log.critical("A host error has occurred, the host stops: %s: %s", type(error).__name__, error)
            self._failure = error
            self._failed.set()
            self._invoker.stopping.set()
            for listener in self._listeners():
                listener.stop()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise HostStoppedError(f"{type(self._failure).__name__}: {self._failure}") from self._failure

    def _listeners(self) -> list[QueueListener | TimerListener]:
        return [*self._queue_listeners, *self._timer_listeners.values()]
