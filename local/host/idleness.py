"""Whether anything is left to do: no function runs, and the queues hold nothing."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from local.host.app_metadata import AppFunction
from local.host.errors import HostError
from local.host.invocation import Invoker
from local.host.queues import QueueListener
from local.host.storage import HOST_CONNECTION, Storage


def connection_of(queue: str, functions: Iterable[AppFunction]) -> str:
    """The setting by which the function that listens to a queue reaches it."""
    listening = (function.trigger for function in functions if function.trigger.properties.get("queueName") == queue)
    return next((trigger.text("connection", HOST_CONNECTION) for trigger in listening), HOST_CONNECTION)


@dataclass
class Idleness:
    """Looks until everything is at rest; ``check`` raises where the host has failed meanwhile."""

    invoker: Invoker
    listeners: Sequence[QueueListener]
    storage: Storage
    connections: Mapping[str, str]  # by queue
    check: Callable[[], None]
    lengths: dict[str, int] = field(default_factory=dict)

    async def wait(self, timeout_seconds: float) -> None:
        """Until nothing is left; HostError where that takes too long, or never comes."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while not await self._reached():  # noqa: ASYNC110 - other processes fill the queues
                    await asyncio.sleep(0.1)
        except TimeoutError:
            runs = self.invoker.running
            raise HostError(f"Not idle after {timeout_seconds} s: {runs} runs, {self.lengths}.") from None

    async def _reached(self) -> bool:
        self.check()
        if self.invoker.hung:
            raise HostError(f"These runs hang and will not end: {self.invoker.hung}.")
        begun = self.invoker.started
        if self.invoker.running or any(listener.in_flight for listener in self.listeners):
            return False
        self.lengths = {name: await self.storage.length_of(where, name) for name, where in self.connections.items()}
        # Nothing ran while the queues were looked at, so the numbers belong to one moment.
        return not any(self.lengths.values()) and begun == self.invoker.started
