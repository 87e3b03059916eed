"""The statuses that start a dispatch, and how a ticket leaves them."""

from dispatch.core import TicketId
from dispatch.services import Services


async def leave_ready(ticket_id: TicketId, name: str, services: Services) -> bool:
    """Whether the ticket stands in no ready status any more; False too where there is no status of the name."""
    target = await services.statuses.named(name)
    current = await services.tickets.ticket(ticket_id)
    if current is None or not await services.starts_something(current.status_id):
        return True  # somebody has moved it already
    if target is None:
        return False
    await services.tickets.set_status(ticket_id, target.id)
    # That a change was answered does not say that it was made.
    left = await services.tickets.ticket(ticket_id)
    return left is None or not await services.starts_something(left.status_id)
