"""Approves a dispatch to many, on the page."""

from dispatch.closing import approval
from dispatch.core import DispatchKey, DispatchState, LostRace, Rejected
from dispatch.services import Services
from dispatch.steering import going_on, press_log, ticket_status
from dispatch.steering.actions import CHANGED, STANDS


async def approve(key: DispatchKey, services: Services, *, who: str, by: approval.Person) -> None:
    """Lets the dispatch go, in the name of who is signed in; the ticket is set ready and the next tick goes on.

    Where the status is refused it stays approved, and pressing again sets it.

    Raises:
        Rejected: it does not wait for that, or the same person asked for it.
    """
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state is not DispatchState.STOPPED or not dispatch.rounds.approval.wanted:
        stands = STANDS[dispatch.state] if dispatch else "Det finnes ingen slik utsendelse."
        raise Rejected([f"{stands} Det er ingenting å godkjenne."])
    ready = await ticket_status.named(services.ready_status_name(dispatch.scenario), services)
    try:
        approved = await approval.by_page(dispatch, services, by=by) if approval.waits(dispatch) else dispatch
        await going_on.let(approved, lambda: ticket_status.set_status(approved, ready, services), services)
    except LostRace:
        raise Rejected([CHANGED]) from None
    press_log.note("approve", dispatch, who)
