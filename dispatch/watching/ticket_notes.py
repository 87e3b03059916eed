"""Notes in a ticket, each written once however often it is asked for."""

from dispatch.core import TicketId
from dispatch.services import Services

NOTE_SUBJECT = "Utsendelse"


async def note_once(ticket_id: TicketId, html: str, reference: str, services: Services) -> None:
    """Writes the note unless one with this reference is there already."""
    assert reference in html
    if not any(reference in note for note in await services.tickets.notes(ticket_id)):
        await services.tickets.add_note(ticket_id, subject=NOTE_SUBJECT, html=html)
