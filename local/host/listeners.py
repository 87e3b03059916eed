"""Makes the listener that each function's trigger needs."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from local.host.app_metadata import AppFunction
from local.host.errors import FunctionError
from local.host.invocation import Invoker
from local.host.options import HostOptions
from local.host.queue_rules import poison_name_of, queue_name_of
from local.host.queues import QueueListener
from local.host.settings import QueueConfig
from local.host.storage import HOST_CONNECTION, Storage
from local.host.timer_storage import TimerStorage
from local.host.timers import TimerListener

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerFactory:
    """What all listeners of one host share."""

    options: HostOptions
    config: QueueConfig
    host_id: str
    storage: Storage
    invoker: Invoker
    sent_to: Callable[[str], None]
    fail: Callable[[BaseException], None]

    def open(self, functions: Iterable[AppFunction]) -> tuple[list[QueueListener], dict[str, TimerListener]]:
        """The listeners of queue functions, and those of timer functions by name; none listens yet."""
        queues: list[QueueListener] = []
        timers: dict[str, TimerListener] = {}
        for function in functions:
            try:
                if function.trigger.kind == "queueTrigger":
                    queues.append(self._queue_listener(function))
                elif function.trigger.kind == "timerTrigger":
                    timers[function.name] = self._timer_listener(function)
            except FunctionError as error:
                # As there: the function is in error and never runs, the host and all others do.
                log.error("The '%s' function is in error: %s", function.name, error)  # noqa: TRY400
        return queues, timers

    def _queue_listener(self, function: AppFunction) -> QueueListener:
        name = queue_name_of(function.trigger.text("queueName"))
        connection = function.trigger.text("connection", HOST_CONNECTION)
        poison = poison_name_of(name)
        return QueueListener(
            function,
            self.storage.queue(connection, name),
            poison=None if poison is None else self.storage.queue(connection, poison),
            config=self.config,
            visibility_seconds=self.options.visibility_seconds,
            invoker=self.invoker,
            clock=self.options.clock,
            tried=self.storage.tried,
            uniform=self.options.uniform,
            sent_to=self.sent_to,
            fail=self.fail,
        )

    def _timer_listener(self, function: AppFunction) -> TimerListener:
        lease_seconds = self.options.timer_lease_seconds
        return TimerListener(
            function,
            storage=TimerStorage(self.storage.blobs(), host_id=self.host_id, lease_seconds=lease_seconds),
            lease_seconds=lease_seconds,
            invoker=self.invoker,
            clock=self.options.clock,
            fail=self.fail,
        )
