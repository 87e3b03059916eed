"""What a press that lets a dispatch go on leaves in the ledger: everybody sees it before the timer acts on it."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from dispatch.core import Dispatch, LostRace, TicketSystemError
from dispatch.services import Services


async def let(dispatch: Dispatch, set_ready: Callable[[], Awaitable[None]], services: Services) -> None:
    """Says that the dispatch goes on, then sets the ticket ready; takes the word back where the ticket did not follow.

    Said first: the timer may find the ticket ready at once, and must then read the row that stays.

    Raises:
        LostRace: somebody else changed the dispatch meanwhile.
    """
    rounds = replace(dispatch.rounds, going_on=services.clock())
    said = await services.ledger.save(replace(dispatch, rounds=rounds, changed=services.clock()))
    try:
        await set_ready()
    except TicketSystemError:
        with contextlib.suppress(LostRace):
            await services.ledger.save(replace(said, rounds=dispatch.rounds))
        raise
