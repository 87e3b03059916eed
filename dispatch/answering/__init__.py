"""The secondary function: replies to organisations go out through eFormidling."""

from dispatch.answering.find_answers import find_replies

__all__ = [
    "find_replies",
]
