"""The queue ``dispatch-plans``: whose plan a message asks for decides who handles it."""

from typing import Protocol

from dispatch.answering import exchange_replies
from dispatch.core import PlanDispatch
from dispatch.planning import plan_requests, preview_note
from dispatch.services import Services


class _Handler(Protocol):
    async def run(self, message: PlanDispatch, services: Services) -> None: ...

    async def give_up(self, message: PlanDispatch, services: Services) -> None: ...


async def run(message: PlanDispatch, services: Services) -> None:
    """Handles one message: a preview, an answer, or a dispatch."""
    await _handler(message).run(message, services)


async def give_up(message: PlanDispatch, services: Services) -> None:
    """Handles a message that failed five times."""
    await _handler(message).give_up(message, services)


def _handler(message: PlanDispatch) -> _Handler:
    if message.preview:
        return preview_note
    return exchange_replies if message.is_answer else plan_requests
