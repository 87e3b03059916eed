"""Removes recipients and content that are older than the retention; the dispatch's own row stays."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import Dispatch, DispatchKey, DispatchState, LostRace
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

FINISHED = frozenset({DispatchState.RESOLVED, DispatchState.REJECTED})


async def purge(services: Services, *, older_than: timedelta | None = None) -> int:
    """Removes recipients and content of dispatches that were finished, or stopped, so long ago; returns how many.

    Without ``older_than`` the retention of the settings counts.
    """
    retention = timedelta(days=services.settings.dispatch_retention_days)
    before = services.clock() - (retention if older_than is None else older_than)
    purged = 0
    for line in await services.ledger.expired(before):
        dispatch = await services.ledger.dispatch(line.key)
        # One that was sent again to the failed has an older line as well, and its rows are in use.
        if dispatch is None:
            await _remove(line.key, services)
            purged += 1
        elif dispatch.state in FINISHED and _is_older(dispatch, before):
            if not await purge_one(dispatch, services):
                continue
            purged += 1
        await services.ledger.forget(line)
    return purged + await _purge_stopped(before, services)


async def purge_one(dispatch: Dispatch, services: Services) -> bool:
    """Removes recipients and content of one dispatch; may be repeated. False where somebody changed it meanwhile.

    Its row says so first, and is the fence: who has read the recipients to send to them again can't write any more.
    """
    if dispatch.content.purged is None:
        try:
            await services.ledger.save(replace(dispatch, content=replace(dispatch.content, purged=services.clock())))
        except LostRace:
            return False
    await _remove(dispatch.key, services)
    return True


async def _purge_stopped(before: datetime, services: Services) -> int:
    """Those that a person stopped and never let go on: they end here, and the row still says how many were sent to."""
    purged = 0
    for line in await services.ledger.active():
        if line.since >= before:
            continue
        dispatch = await services.ledger.dispatch(line.key)
        if dispatch is None or dispatch.state is not DispatchState.STOPPED or not _is_older(dispatch, before):
            continue
        now = services.clock()
        gone = replace(dispatch.content, purged=now)
        try:
            ended = await services.ledger.save(
                replace(dispatch, state=DispatchState.RESOLVED, content=gone, changed=now)
            )
        except LostRace:
            continue
        await services.ledger.retire(ended)
        await _remove(ended.key, services)
        purged += 1
    return purged


def _is_older(dispatch: Dispatch, before: datetime) -> bool:
    return (dispatch.changed or dispatch.created) < before


async def _remove(key: DispatchKey, services: Services) -> None:
    await services.content.delete_under(f"{key}/")
    await services.ledger.purge(key)
    event(log, Action.PURGED, dispatch=key)
