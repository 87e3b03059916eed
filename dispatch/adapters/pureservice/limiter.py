"""The budget of requests a minute: a sliding window that says how long to wait. Waits for nothing itself."""

from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0


class Limiter:
    """At most ``per_minute`` requests of this process in any 60 seconds, and none while the server wants a rest.

    ``wait_seconds`` and ``book`` belong together with no ``await`` between them: then no two tasks book one place.
    """

    def __init__(self, per_minute: int, *, monotonic: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._made: deque[float] = deque()
        self._rests_until = float("-inf")

    def wait_seconds(self) -> float:
        """Seconds until the next request may be made; 0 where it may be made now."""
        now = self._monotonic()
        while self._made and self._made[0] + WINDOW_SECONDS <= now:
            self._made.popleft()
        own = 0.0 if len(self._made) < self._per_minute else self._made[0] + WINDOW_SECONDS - now
        return max(own, self._rests_until - now, 0.0)

    def book(self) -> None:
        """Counts a request as made now."""
        self._made.append(self._monotonic())

    def rest(self, seconds: float) -> None:
        """The server has refused for so long: every task of the process waits, or each would be refused as well."""
        self._rests_until = max(self._rests_until, self._monotonic() + seconds)
