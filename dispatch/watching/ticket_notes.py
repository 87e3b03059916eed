"""Notes in a ticket, each written once however often it is asked for."""

import logging

from dispatch.core import TicketId, TicketSystemRefused, is_named_in
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

NOTE_SUBJECT = "Utsendelse"


async def note_once(ticket_id: TicketId, html: str, reference: str, services: Services) -> None:
    """Writes the note unless one with this reference is there already. A ticket that takes no notes goes without."""
    try:
        await _write_once(ticket_id, html, reference, services)
    except TicketSystemRefused as refused:
        event(log, Action.NOTE_REFUSED, level=logging.WARNING, ticket=ticket_id, status=refused.status)


async def tell_once(ticket_id: TicketId, html: str, reference: str, services: Services) -> None:
    """Likewise for words that the ticket must not go without: where it takes no notes, they stand as its solution.

    Raises:
        TicketSystemRefused: the ticket takes neither.
    """
    try:
        await _write_once(ticket_id, html, reference, services)
    except TicketSystemRefused as refused:
        event(log, Action.NOTE_REFUSED, level=logging.WARNING, ticket=ticket_id, status=refused.status)
        # Spelled otherwise: the reference in a solution is what tells a report that was written.
        spelled = reference.replace("/", ".")
        ticket = await services.tickets.ticket(ticket_id)
        if ticket is not None and not is_named_in(spelled, ticket.solution):
            # Before what stands there: a report, or a case worker's own words, is nothing to write over.
            await services.tickets.write_solution(ticket_id, html.replace(reference, spelled) + ticket.solution)


async def _write_once(ticket_id: TicketId, html: str, reference: str, services: Services) -> None:
    assert reference in html
    if not any(is_named_in(reference, note) for note in await services.tickets.notes(ticket_id)):
        await services.tickets.add_note(ticket_id, subject=NOTE_SUBJECT, html=html)
