"""Tells recipients' own tickets how the sending ended, where whoever ended it was no worker.

A person, or a batch that is given up, ends many at once; the notes are written here, before the report. May be
repeated: a note that stands on its ticket is not written again.
"""

import logging
from dataclasses import replace
from datetime import timedelta

from dispatch.closing.claim import renew
from dispatch.core import (
    NOTE_REFUSED,
    NOTE_WRITTEN,
    Batch,
    Dispatch,
    DispatchError,
    Letter,
    Recipient,
    Scenario,
    TicketId,
    TicketSystemRefused,
    merging,
    numbered,
    owes_note,
)
from dispatch.sending import note_reference, note_stands, note_to
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT

log = logging.getLogger(__name__)


class NotesLeft(DispatchError):
    """Time is up, and there is more to tell: the next run goes on."""


async def write(dispatch: Dispatch, letter: Letter, services: Services) -> Dispatch:
    """Writes what is owed; returns the dispatch as it is held afterwards.

    Raises:
        NotesLeft: it takes longer than one run may.
        TicketSystemBusy: Pureservice wants a pause; what was written is known.
    """
    if dispatch.scenario is not Scenario.ONE_TO_ONE:
        return dispatch
    until = services.clock() + timedelta(seconds=services.settings.dispatch_work_seconds)
    for batch in await services.ledger.batches(dispatch.key):
        for row in await services.ledger.recipients(batch):
            if owes_note(row):
                dispatch, batch = await _write_one(dispatch, batch, row, letter, services)  # noqa: PLW2901 - its version
                if services.clock() >= until:
                    raise NotesLeft
    return dispatch


async def _write_one(
    dispatch: Dispatch, batch: Batch, row: Recipient, letter: Letter, services: Services
) -> tuple[Dispatch, Batch]:
    dispatch = await renew(dispatch, services)
    ticket, reference = TicketId(row.own_ticket.id), note_reference(dispatch, row)
    told = NOTE_WRITTEN
    try:
        if not await note_stands(ticket, reference, services):
            own = await services.letters.own.at(dispatch.key, row.own)
            told_there = merging.as_told(numbered(letter, row.own_ticket.number), own)
            html = note_to(row, told_there, reference, services)
            await services.tickets.add_note(ticket, subject=NOTE_SUBJECT, html=html)
    except TicketSystemRefused as refused:
        event(
            log,
            Action.CASE_REFUSED,
            level=logging.WARNING,
            dispatch=dispatch.key,
            batch=row.batch,
            recipient=row.index,
            status=refused.status,
        )
        told = NOTE_REFUSED
    kept = replace(row, own_ticket=replace(row.own_ticket, note=told))
    return dispatch, await services.ledger.record(batch, [kept])
