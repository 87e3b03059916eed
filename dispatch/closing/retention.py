"""Removes recipients and content that are older than the retention; the dispatch's own row stays."""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import FINISHED, Dispatch, DispatchKey, DispatchState, IndexLine, LostRace
from dispatch.services import Services
from dispatch.telemetry import Action, apart, event

log = logging.getLogger(__name__)


async def purge(services: Services, *, older_than: timedelta | None = None) -> int:
    """Removes recipients and content of dispatches that were finished so long ago; returns how many.

    Without ``older_than`` the retention of the settings counts, and it ends those that were stopped so long ago too.
    """
    retention = timedelta(days=services.settings.dispatch_retention_days)
    before = services.clock() - (retention if older_than is None else older_than)
    purged = 0
    for line in await services.ledger.expired(before):
        with apart(log, line.key):
            purged += await _purge_line(line, before, services)
    # A person's command is about what is finished: who has not got the letter yet is ended by the retention alone.
    return purged + (await _purge_stopped(before, services) if older_than is None else 0)


async def _purge_line(line: IndexLine, before: datetime, services: Services) -> bool:
    dispatch = await services.ledger.dispatch(line.key)
    # One that was sent again to the failed has an older line as well, and its rows are in use.
    is_due = dispatch is not None and dispatch.state in FINISHED and _is_older(dispatch, before)
    if dispatch is not None and is_due and not await purge_one(dispatch, services):
        return False
    await services.ledger.forget(line)
    return is_due


async def purge_one(dispatch: Dispatch, services: Services) -> bool:
    """Removes recipients and content of one dispatch; may be repeated. False where somebody changed it meanwhile.

    Its row says so first, and is the fence: who has read the recipients to send to them again can't write any more, and
    where a rejected one is planned anew meanwhile, what is new stays.
    """
    gone = replace(dispatch.content, purged=dispatch.content.purged or services.clock())
    try:
        await _remove(await services.ledger.save(replace(dispatch, content=gone)), services)
    except LostRace:
        return False
    return True


async def purge_with_lines(dispatch: Dispatch, services: Services) -> bool:
    """Likewise, and takes it off the list of the finished ones."""
    # Read before: a line that is written meanwhile is of a dispatch that was begun again.
    lines = await services.ledger.expired(services.clock() + timedelta(days=1))
    if not await purge_one(dispatch, services):
        return False
    for line in lines:
        if line.key == dispatch.key:
            await services.ledger.forget(line)
    return True


async def _purge_stopped(before: datetime, services: Services) -> int:
    """Those that a person stopped and never let go on: they end here, and the row still says how many were sent to."""
    purged = 0
    for line in await services.ledger.active():
        if line.since < before:
            with apart(log, line.key), suppress(LostRace):
                purged += await _end_stopped(line.key, before, services)
    return purged


async def _end_stopped(key: DispatchKey, before: datetime, services: Services) -> bool:
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state is not DispatchState.STOPPED or not _is_older(dispatch, before):
        return False
    now = services.clock()
    gone = replace(dispatch.content, purged=now)
    ended = await services.ledger.save(replace(dispatch, state=DispatchState.RESOLVED, content=gone, changed=now))
    await services.ledger.retire(ended)
    await _remove(ended, services)
    return True


def _is_older(dispatch: Dispatch, before: datetime) -> bool:
    return (dispatch.changed or dispatch.created) < before


async def _remove(dispatch: Dispatch, services: Services) -> None:
    """Rows by the dispatch's version; blobs by their own, listed before the dispatch is looked at once more.

    Raises:
        LostRace: somebody changed the dispatch meanwhile.
    """
    purged = await services.ledger.purge(dispatch)
    blobs = await services.content.stored_under(f"{dispatch.key}/")
    current = await services.ledger.dispatch(dispatch.key)
    if current is None or current.version != purged.version:
        raise LostRace(f"dispatch {dispatch.key}")
    for blob in blobs:
        await services.content.delete(blob)
    event(log, Action.PURGED, dispatch=dispatch.key)
