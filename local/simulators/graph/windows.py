"""Sums over sliding windows of time."""

from collections import deque
from datetime import datetime, timedelta


class Window:
    """How much there was during the last so many seconds."""

    def __init__(self) -> None:
        self._entries: deque[tuple[datetime, int]] = deque()
        self._total = 0

    def add(self, now: datetime, amount: int = 1) -> None:
        """Counts it."""
        self._entries.append((now, amount))
        self._total += amount

    def total(self, now: datetime, seconds: float) -> int:
        """The sum; forgets what is older."""
        start = now - timedelta(seconds=seconds)
        while self._entries and self._entries[0][0] <= start:
            self._total -= self._entries.popleft()[1]
        return self._total

    def seconds_until(self, limit: int, now: datetime, seconds: float) -> float:
        """How long until the sum is below the limit, if nothing more comes."""
        excess = self.total(now, seconds) - limit
        for moment, amount in self._entries:
            excess -= amount
            if excess < 0:
                return (moment - now).total_seconds() + seconds
        return 0.0
