"""The end: report and solution, what a crash left, poison messages, retention.

The modules named here are handed out whole: each is one verb, and is loaded when it is asked for.
"""

from dispatch.closing.end_now import Closed

__all__ = [
    "Closed",
    "abandon",
    "approval",
    "end_now",
    "endings",
    "resolve",
    "resume",
    "retention",
    "returned_note",
    "sweep",
]
