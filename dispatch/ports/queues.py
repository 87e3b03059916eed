"""The queues."""

from typing import Protocol

from dispatch.core import PlanDispatch, ResolveTicket, SendBatch


class Queues(Protocol):
    """The queues. ``delay`` is the visibility delay in seconds: the queue is our clock."""

    async def put_plan(self, message: PlanDispatch, *, delay: float = 0.0) -> None:
        """Asks for one dispatch to be planned."""
        ...

    async def put_batch(self, message: SendBatch, *, delay: float = 0.0) -> None:
        """Asks for one batch to be sent."""
        ...

    async def put_resolve(self, message: ResolveTicket, *, delay: float = 0.0) -> None:
        """Asks for a ticket to be answered."""
        ...
