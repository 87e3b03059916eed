"""The status that starts a dispatch, and how a ticket leaves it."""

from dispatch.core import Dispatch, TicketId
from dispatch.services import Services


async def leave_ready(ticket_id: TicketId, dispatch: Dispatch, name: str, services: Services) -> bool:
    """Whether the ticket has left its ready status for the one of that name; False where there is none."""
    target = await services.statuses.named(name)
    ready = await services.statuses.named(services.ready_status_name(dispatch.scenario))
    current = await services.tickets.ticket(ticket_id)
    if current is None or ready is None or current.status_id != ready.id:
        return True  # somebody has moved it already
    if target is None:
        return False
    await services.tickets.set_status(ticket_id, target.id)
    return True
