"""The dispatch as ours to resolve: claimed once, and held from step to step."""

from dataclasses import replace
from datetime import timedelta

from dispatch.core import BatchState, Dispatch, DispatchKey, DispatchState, LostRace, Scenario
from dispatch.planning import take
from dispatch.services import Services

READY = frozenset({DispatchState.SENDING, DispatchState.STOPPED, DispatchState.RESOLVING})


async def claim(key: DispatchKey, services: Services) -> Dispatch | float | None:
    """The dispatch as ours to resolve; seconds to wait where another worker has it; None where nothing is left."""
    now = services.clock()
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state not in READY:
        return None
    unrecorded = set(BatchState) - {BatchState.RECORDED}
    if await services.ledger.batches(key, states=unrecorded, limit=1):
        return None
    if dispatch.state is DispatchState.RESOLVING and dispatch.lease.until and dispatch.lease.until > now:
        return (dispatch.lease.until - now).total_seconds() + 1.0
    if dispatch.scenario is not Scenario.REPLY and not await take(dispatch, services, from_stopped=True):
        return None  # it would solve the ticket under another dispatch; the sweep asks again
    try:
        return await services.ledger.save(
            replace(
                dispatch,
                state=DispatchState.RESOLVING,
                lease=replace(dispatch.lease, owner=services.new_owner(), until=now + lease(services)),
                changed=dispatch.changed if dispatch.state is DispatchState.RESOLVING else now,
            )
        )
    except LostRace:
        return lease(services).total_seconds() + 1.0


def lease(services: Services) -> timedelta:
    """How long a claim lasts."""
    return timedelta(seconds=services.settings.dispatch_lease_seconds)


async def renew(dispatch: Dispatch, services: Services) -> Dispatch:
    """Holds the dispatch for another step; who has lost it must not write to the ticket."""
    until = services.clock() + lease(services)
    renewed = await services.ledger.save(replace(dispatch, lease=replace(dispatch.lease, until=until)))
    if services.clock() >= until:
        # The process was frozen while it waited for the answer, and the lease it was granted is over.
        raise LostRace(f"dispatch {dispatch.key}")
    return renewed
