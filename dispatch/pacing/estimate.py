"""When a dispatch will be done, for those who have not read its rows yet. The answer is ``forecast``'s."""

import logging
from collections.abc import Sequence
from datetime import datetime

from dispatch.core import Batch, BatchState, Dispatch, DispatchState
from dispatch.pacing.forecast import end_of, forecast
from dispatch.pacing.snapshot import Snapshot
from dispatch.services import Services
from dispatch.settings import TENANT, Settings, sender_of, senders_of
from dispatch.telemetry import apart

log = logging.getLogger(__name__)

TO_BEGIN = frozenset({BatchState.PLANNED, BatchState.RELEASED})


async def estimated_end(dispatch: Dispatch, left: Sequence[Batch], services: Services) -> datetime | None:
    """When the last of these batches will have been sent; None where nobody can tell.

    One that is not sent yet, as in a preview, is taken to begin now.
    """
    sending = dispatch.state is DispatchState.SENDING
    whole = await services.reader.whole(dispatch.key) if sending else None
    names = dict.fromkeys(name for batch in left for name in _senders(batch, services.settings))
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


def _senders(batch: Batch, settings: Settings) -> list[str]:
    """Those that the batch goes by, or may go by; what they may send together is of them."""
    shared = [sender.name for sender in senders_of(batch.channel, settings)]
    together = [TENANT] if settings.mail_tenant_daily_limit else []
    return [*([sender_of(batch, settings).name] if batch.mailbox else []), *shared, *together]


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
