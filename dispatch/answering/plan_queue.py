"""The queue ``dispatch-plans``: whose plan a message asks for decides who handles it."""

from dispatch.answering import exchange_replies
from dispatch.core import PlanDispatch
from dispatch.planning import plan_requests, preview_note
from dispatch.services import Services


async def run(message: PlanDispatch, services: Services) -> None:
    """Handles one message: a preview, an answer, or a dispatch."""
    if message.preview:
        await preview_note.run(message, services)
    elif message.is_answer:
        await exchange_replies.run(message, services)
    else:
        await plan_requests.run(message, services)


async def give_up(message: PlanDispatch, services: Services) -> None:
    """Handles a message that failed five times."""
    if message.preview:
        await preview_note.give_up(message, services)
    elif message.is_answer:
        await exchange_replies.give_up(message, services)
    else:
        await plan_requests.give_up(message, services)
