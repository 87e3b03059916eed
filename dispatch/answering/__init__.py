"""The secondary function: replies to organisations go out through eFormidling.

Handed out whole: ``exchange_replies``, and ``plan_queue``, which handles every message of the queue of plans.
"""

from dispatch.answering import exchange_replies, plan_queue
from dispatch.answering.find_answers import ask_again, find_replies

__all__ = [
    "ask_again",
    "exchange_replies",
    "find_replies",
    "plan_queue",
]
