"""Whose turn it is of the dispatches that share a sender: where a tick places one batch, turns go on at the next tick.

Else the first of them would have every batch for which there is room, and a small one would wait for all of a giant.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from dispatch.core import Batch, BatchState
from dispatch.services import Services

NEVER = datetime.min.replace(tzinfo=UTC)


async def in_turn(firsts: Sequence[Batch], services: Services) -> list[Batch]:
    """The first waiting batch of each dispatch, the one whose last turn lies longest back in front."""
    if len(firsts) < 2:  # noqa: PLR2004 - alone
        return list(firsts)
    had = {batch.dispatch: await _last_turn(batch, services) for batch in firsts}
    return sorted(firsts, key=lambda batch: had[batch.dispatch])


async def _last_turn(first: Batch, services: Services) -> datetime:
    """When the batch before the first that waits was due.

    One that waits itself, or was handed back, was due for another reason than its turn.
    """
    before = await services.ledger.batch(first.dispatch, first.number - 1) if first.number else None
    if before is None or before.due is None or before.state is BatchState.PLANNED:
        return NEVER
    return NEVER if before.state is BatchState.RELEASED and before.attempts else before.due
