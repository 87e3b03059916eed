"""Removes recipients and content that are older than the retention; the dispatch's own row stays."""

import logging
from datetime import timedelta

from dispatch.core import DispatchKey, DispatchState
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

FINISHED = frozenset({DispatchState.RESOLVED, DispatchState.REJECTED})


async def purge(services: Services, *, older_than: timedelta | None = None) -> int:
    """Removes recipients and content of dispatches that were finished so long ago; returns how many.

    Without ``older_than`` the retention of the settings counts.
    """
    retention = timedelta(days=services.settings.dispatch_retention_days)
    before = services.clock() - (retention if older_than is None else older_than)
    purged = 0
    for line in await services.ledger.expired(before):
        dispatch = await services.ledger.dispatch(line.key)
        # One that was sent again to the failed has an older line as well, and its rows are in use.
        if dispatch is None or (dispatch.state in FINISHED and (dispatch.changed or dispatch.created) < before):
            await purge_one(line.key, services)
            purged += 1
        await services.ledger.forget(line)
    return purged


async def purge_one(key: DispatchKey, services: Services) -> None:
    """Removes recipients and content of one dispatch; may be repeated."""
    await services.content.delete_under(f"{key}/")
    await services.ledger.purge(key)
    event(log, Action.PURGED, dispatch=key)
