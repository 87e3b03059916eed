"""The one note on what came back since the report, with the list of recipients as it stands now."""

import logging
from collections.abc import Collection
from dataclasses import replace

from dispatch.closing import report_files
from dispatch.closing.facts import count_up
from dispatch.core import (
    NOT_HELD,
    Dispatch,
    DispatchState,
    Part,
    Recipient,
    RecipientState,
    name_key,
    report_file_name,
)
from dispatch.report import Shortfall, returned_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import note_once

log = logging.getLogger(__name__)


async def tell(dispatch: Dispatch, perhaps: Collection[tuple[int, int]], services: Services) -> None:
    """Tells the ticket, where more came back than it knows of; may be repeated. Nothing is reopened.

    ``perhaps`` is where those stand of whom nothing but their address says that something came back.

    Raises:
        LostRace: somebody acts on the dispatch meanwhile.
        TicketSystemError: Pureservice can't be asked; the next tick tries again.
    """
    counts, table = await count_up(dispatch, services)
    back = counts.others.counts[RecipientState.RETURNED]
    over = dispatch.state is DispatchState.RESOLVED
    unsure = await _unsure(dispatch, perhaps, services) if over else []
    told = dispatch.notes.returned
    if (back > told or unsure) and await services.tickets.ticket(dispatch.ticket_id) is not None:
        dispatch = await _tell(dispatch, counts.others, unsure, table.to_bytes(), services)
        event(log, Action.RETURNS_TOLD, dispatch=dispatch.key, recipients=back, perhaps=len(unsure))
        told = back
    watched = dispatch.rounds.current if over else dispatch.notes.watched
    notes = replace(dispatch.notes, returned=told, watched=watched)
    if notes != dispatch.notes:
        await services.ledger.save(replace(dispatch, notes=notes, lease=NOT_HELD if over else dispatch.lease))


async def _tell(
    dispatch: Dispatch, others: Shortfall, unsure: list[Recipient], table: bytes, services: Services
) -> Dispatch:
    """The file first, so that the note names no file that is not there."""
    what = "mottakere-retur" if dispatch.rounds.current == 1 else f"mottakere-retur-{dispatch.rounds.current}"
    part = Part(report_file_name(dispatch.key, what, "csv"), "text/csv", table)
    await services.content.put(f"{dispatch.key}/report/{part.name}", part.content, content_type=part.content_type)
    brought = await report_files.attach(dispatch, [part], services)
    reference = f"{dispatch.key}/retur-{dispatch.rounds.current}-{others.counts[RecipientState.RETURNED]}"
    note = returned_note(
        dispatch=dispatch,
        others=others,
        before=dispatch.notes.returned,
        unsure=unsure,
        file="" if brought.missing else part.name,
        reference=reference,
        page=services.settings.status_page(dispatch.key),
    )
    await note_once(dispatch.ticket_id, note, reference, services)
    return brought.dispatch


async def _unsure(dispatch: Dispatch, perhaps: Collection[tuple[int, int]], services: Services) -> list[Recipient]:
    if not perhaps:
        return []
    rows = services.ledger.all_recipients(dispatch.key)
    delivered = RecipientState.DELIVERED
    found = [
        row async for row in rows if (row.batch, row.index) in perhaps and row.state is delivered and not row.superseded
    ]
    return sorted(found, key=name_key)
