"""The last step of a recipient with a ticket of its own: a note on the ticket of how the sending ended."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from dispatch.core import (
    NOTE_REFUSED,
    NOTE_WRITTEN,
    Dispatch,
    Letter,
    Recipient,
    TicketId,
    TicketSystemBusy,
    TicketSystemRefused,
    is_named_in,
    owes_note,
    own_ticket_reference,
)
from dispatch.report import own_ticket_note
from dispatch.sending.batch_work import BatchWork, together
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT

log = logging.getLogger(__name__)

BEFORE_A_SECOND_NOTE = timedelta(minutes=1)  # for a note whose writing may still be under way


class WriteNotes:
    """Writes the note; where one may have been written before, the ticket's notes are read first."""

    def __init__(self, work: BatchWork) -> None:
        self._work = work
        # A note is owed to these from before: it may have been written, and its record lost.
        self._perhaps_written = {row.index for row in work.rows.all if owes_note(row)}

    def wants(self, row: Recipient) -> bool:
        """Whether the ticket lacks the note on how the sending ended."""
        return owes_note(row)

    async def run(self, rows: Sequence[Recipient]) -> None:
        """Records the outcomes, writes the notes, and notes which were written."""
        work = self._work
        # The outcomes go to the ledger first: a note that comes twice is a blemish, a letter that does is not.
        if work.rows.unwritten:
            await work.rows.write()
        for row, result in zip(rows, await together(self._write, rows), strict=True):
            if isinstance(result, TicketSystemBusy):
                later = work.now() + (timedelta() if result.undone else BEFORE_A_SECOND_NOTE)
                work.rows.note(replace(row, not_before=later))
                work.brakes.refused_by_tickets(result)
            else:
                work.rows.note(replace(row, own_ticket=replace(row.own_ticket, note=result), not_before=None))

    async def _write(self, row: Recipient) -> str | TicketSystemBusy:
        services, ticket_id = self._work.services, TicketId(row.own_ticket.id)
        reference = note_reference(self._work.dispatch, row)
        try:
            if row.index in self._perhaps_written and await self._stands(ticket_id, reference):
                return NOTE_WRITTEN
            async with self._work.gate.acting():
                self._perhaps_written.add(row.index)
                html = note_to(row, self._work.words_to(row), reference, services)
                await services.tickets.add_note(ticket_id, subject=NOTE_SUBJECT, html=html)
        except TicketSystemBusy as busy:
            if busy.undone:
                self._perhaps_written.discard(row.index)
            return busy
        except TicketSystemRefused as error:
            event(log, Action.CASE_REFUSED, level=logging.WARNING, **self._work.ids(row), status=error.status)
            return NOTE_REFUSED
        return NOTE_WRITTEN

    async def _stands(self, ticket_id: TicketId, reference: str) -> bool:
        async with self._work.gate.asking():
            return await note_stands(ticket_id, reference, self._work.services)


def note_reference(dispatch: Dispatch, row: Recipient) -> str:
    """What the note of this outcome is found by on the ticket."""
    return f"{own_ticket_reference(dispatch.key, row.kind, row.source_id)}/{row.state}"


async def note_stands(ticket_id: TicketId, reference: str, services: Services) -> bool:
    """Whether the ticket has the note already."""
    return any(is_named_in(reference, note) for note in await services.tickets.notes(ticket_id))


def note_to(row: Recipient, letter: Letter, reference: str, services: Services) -> str:
    """The note, with the letter as the recipient got it, or would have."""
    redirected_to = row.redirected_to(services.settings.mail_redirect_to)
    return own_ticket_note(row, letter=letter, reference=reference, redirected_to=redirected_to)
