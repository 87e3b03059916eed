"""When a dispatch will be done, for those who have not read its rows yet. The answer is ``forecast``'s."""

import logging
from collections.abc import Sequence
from datetime import datetime

from dispatch.core import Batch, BatchState, Dispatch, DispatchState
from dispatch.pacing.forecast import end_of, forecast
from dispatch.pacing.snapshot import Snapshot
from dispatch.services import Services
from dispatch.settings import sender_of
from dispatch.telemetry import apart

log = logging.getLogger(__name__)

TO_BEGIN = frozenset({BatchState.PLANNED, BatchState.RELEASED})


async def estimated_end(dispatch: Dispatch, left: Sequence[Batch], services: Services) -> datetime | None:
    """When the last of these batches will have been sent; None where nobody can tell.

    One that is not sent yet, as in a preview, is taken to begin now.
    """
    sending = dispatch.state is DispatchState.SENDING
    whole = await services.reader.whole(dispatch.key) if sending else None
    names = dict.fromkeys(sender_of(batch.channel, services.settings).name for batch in left)
    seen = Snapshot(
        dispatch,
        whole.batches if whole else left,
        whole.written if whole else {},
        {name: await services.ledger.sender(name) for name in names},
        services.settings,
        services.clock(),
        others=await _others(dispatch, services),
    )
    found = forecast(seen) if sending else end_of(seen)
    return found.done if found else None


def standing_before(batches: Sequence[Batch]) -> list[Batch]:
    """Those of another dispatch that share the sender with ours; one that waits till a moment of its own does not."""
    return [
        batch
        for batch in batches
        if batch.state is BatchState.RELEASED
        or (batch.state is BatchState.PLANNED and not batch.due and not batch.refusals.held)
    ]


async def _others(dispatch: Dispatch, services: Services) -> list[tuple[Dispatch, list[Batch]]]:
    found: list[tuple[Dispatch, list[Batch]]] = []
    for line in await services.ledger.active():
        with apart(log, line.key):
            other = None if line.key == dispatch.key else await services.ledger.dispatch(line.key)
            if other is not None and other.state is DispatchState.SENDING:
                batches = await services.ledger.batches(other.key, states=TO_BEGIN)
                found.append((other, standing_before(batches)))
    return found
