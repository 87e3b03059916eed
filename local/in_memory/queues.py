"""The twin of the queues: messages become visible when the clock says so."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args

from dispatch.core import PlanDispatch, ResolveTicket, SendBatch
from dispatch.ports import Clock

QueueMessage = PlanDispatch | SendBatch | ResolveTicket


@dataclass(slots=True)
class Queued:
    """A message and when it becomes visible."""

    message: QueueMessage
    visible: datetime


@dataclass(slots=True)
class MemoryQueues:
    """See ``dispatch.ports.Queues``. A test takes messages out, and may put the same one in again."""

    clock: Clock
    messages: list[Queued] = field(default_factory=list)

    async def put_plan(self, message: PlanDispatch, *, delay: float = 0.0) -> None:
        self.messages.append(Queued(message, self.clock() + timedelta(seconds=delay)))

    async def put_batch(self, message: SendBatch, *, delay: float = 0.0) -> None:
        self.messages.append(Queued(message, self.clock() + timedelta(seconds=delay)))

    async def put_resolve(self, message: ResolveTicket, *, delay: float = 0.0) -> None:
        self.messages.append(Queued(message, self.clock() + timedelta(seconds=delay)))

    def take(self, *kinds: type[QueueMessage]) -> QueueMessage | None:
        """The message that has been visible the longest, of these kinds where any are given; None where none is."""
        wanted = kinds or get_args(QueueMessage)
        seen = (item for item in self.messages if item.visible <= self.clock() and isinstance(item.message, wanted))
        due = sorted(seen, key=lambda item: item.visible)
        if not due:
            return None
        self.messages.remove(due[0])
        return due[0].message

    def next_visible(self) -> datetime | None:
        """When the next message becomes visible."""
        return min((item.visible for item in self.messages), default=None)
