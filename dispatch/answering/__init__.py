"""The secondary function, ``exchange_replies``, handed out whole: replies to organisations through eFormidling."""

__all__ = [
    "exchange_replies",
]
