"""The gate that every request of a step passes: as many at a time as the slot allows, and none that acts too late.

A process that was frozen between its intent and its request must not act when it wakes: by then another worker may have
settled the matter. Whatever changes something outside therefore leaves through ``acting``, which looks at the lease
when the permit is there, right before the request.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from dispatch.core import LostRace


class RequestGate:
    """Permits of the sender's slot, and the lease on the batch."""

    def __init__(self, permits: int, *, lease_is_over: Callable[[], bool]) -> None:
        self.permits = permits
        self._free = asyncio.Semaphore(permits)
        self._lease_is_over = lease_is_over

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        """For one question, which changes nothing."""
        async with self._free:
            yield

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[None]:
        """For one request that changes something outside; ``LostRace`` where the lease is over."""
        async with self._free:
            if self._lease_is_over():
                raise LostRace("the lease ran out before a request left")
            yield
