"""A further round: what the dispatch's row says from its first batch on, and how it begins when all are planned."""

from dataclasses import replace
from datetime import datetime

from dispatch.closing import approval
from dispatch.core import Approval, Dispatch, DispatchState, StatusRef
from dispatch.services import Services
from dispatch.steering import going_on


def opened(dispatch: Dispatch, now: datetime, *, needs: Approval, added: int = 0, skipped: int = 0) -> Dispatch:
    """The dispatch with one batch more, and so many more recipients and skipped ones than were planned before.

    It stays stopped until the ticket stands ready again: a tick in between would take a sending one for stopped, and
    say so in the ticket. That it must be approved stands there from its first batch on.
    """
    plan, current = dispatch.plan, dispatch.rounds.current + (dispatch.state is DispatchState.RESOLVED)
    return replace(
        dispatch,
        state=DispatchState.STOPPED,
        notes=replace(dispatch.notes, stops=dispatch.rounds.stops),
        plan=replace(
            plan, batches=plan.batches + 1, recipients=plan.recipients + added, skipped=plan.skipped + skipped
        ),
        rounds=replace(dispatch.rounds, current=current, opening=current, going_on=None, approval=needs),
        resolved_at=None,
        changed=now,
    )


async def begin(dispatch: Dispatch, ready: StatusRef, services: Services) -> None:
    """Sets the ticket ready, so that the next tick sends; where another must approve it, asks for that instead.

    The status is the stop button, so the ticket must stand in it while letters go out.

    Raises:
        LostRace: somebody else changed the dispatch meanwhile.
    """
    if approval.waits(dispatch):
        await approval.ask(dispatch, services)
        return
    await going_on.let(dispatch, lambda: services.tickets.set_status(dispatch.ticket_id, ready.id), services)
