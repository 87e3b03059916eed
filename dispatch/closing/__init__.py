"""The end: report and solution, what a crash left, poison messages, retention."""

from dispatch.closing.end_now import Closed

__all__ = [
    "Closed",
]
