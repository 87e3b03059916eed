"""The budget of requests a minute: a sliding window that waits a little, and else says how long it would take."""

from collections import deque
from collections.abc import Awaitable, Callable

WINDOW_SECONDS = 60.0


class Limiter:
    """At most ``per_minute`` requests in any 60 seconds of this process."""

    def __init__(
        self, per_minute: int, *, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._sleep = sleep
        self._made: deque[float] = deque()

    async def take(self, *, patience: float) -> float:
        """Books one request and returns 0, or returns the seconds to wait where they exceed the patience."""
        wait = self._wait()
        while wait > 0:
            if wait > patience:
                return wait
            await self._sleep(wait)
            patience -= wait
            wait = self._wait()
        self._made.append(self._monotonic())
        return 0.0

    def _wait(self) -> float:
        now = self._monotonic()
        while self._made and self._made[0] <= now - WINDOW_SECONDS:
            self._made.popleft()
        return 0.0 if len(self._made) < self._per_minute else self._made[0] + WINDOW_SECONDS - now
