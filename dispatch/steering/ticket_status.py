"""The ticket's status, which people and buttons stop and start a dispatch by."""

from dispatch.core import Dispatch, HalfDone, Rejected, StatusRef, TicketSystemBusy, TicketSystemError
from dispatch.services import Services

AGAIN = "Trykk på nytt for å fullføre. Det som allerede er gjort, gjøres ikke om igjen."


async def take_out_of_ready(dispatch: Dispatch, services: Services) -> bool:
    """Whether the ticket stood in a ready status, which it has left now."""
    open_ = await named(services.settings.pureservice_ticket_status_open, services)
    await named(services.ready_status_name(dispatch.scenario), services)
    ticket = await services.tickets.ticket(dispatch.ticket_id)
    if ticket is None or not await services.starts_something(ticket.status_id):
        return False
    await set_status(dispatch, open_, services)
    try:
        left = await services.tickets.ticket(dispatch.ticket_id)
    except TicketSystemError as error:
        unseen = f"Saken fikk trolig statusen «{open_.name}», men Pureservice svarte ikke da vi skulle se etter."
        raise HalfDone([unseen, AGAIN]) from error
    if left is not None and await services.starts_something(left.status_id):
        raise HalfDone([f"Pureservice svarte ja, men saken fikk ikke statusen «{open_.name}».", AGAIN])
    return True


async def set_status(dispatch: Dispatch, status: StatusRef, services: Services) -> None:
    """Gives the ticket the status; ``HalfDone`` where nobody knows whether it has it."""
    try:
        await services.tickets.set_status(dispatch.ticket_id, status.id)
    except TicketSystemBusy as busy:
        if busy.undone:
            raise
        unsure = (
            f"Pureservice svarte ikke da saken skulle få statusen «{status.name}», så det er usikkert om den fikk den."
        )
        raise HalfDone([unsure, AGAIN]) from busy


async def named(name: str, services: Services) -> StatusRef:
    """The status of that name; ``Rejected`` where Pureservice has none."""
    found = await services.statuses.named(name)
    if found is None:
        raise Rejected(
            [f"Statusen «{name}» finnes ikke i Pureservice. Be den som drifter løsningen om å rette oppsettet."]
        )
    return found
