"""Says in the ticket, once, why it is not dispatched, and takes it out of its ready status."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from dispatch.core import (
    NOT_HELD,
    Dispatch,
    DispatchState,
    LostRace,
    Ticket,
    TicketId,
    TicketSystemRefused,
    is_named_in,
    text,
)
from dispatch.planning.candidates import Candidate
from dispatch.report import already_sent_note, rejected_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT, leave_ready, tell_once

log = logging.getLogger(__name__)


async def reject(dispatch: Dispatch, problems: Sequence[str], ticket: Ticket, services: Services) -> Dispatch | None:
    """Writes one note with the problems and puts the ticket back to being worked on; may be repeated after a crash."""
    wished = replace(
        dispatch,
        state=DispatchState.REJECTING,
        problems=text.joined(problems, most=text.Limit.PROBLEMS),
        lease=NOT_HELD,
        changed=services.clock(),
    )
    try:
        claimed = await services.ledger.save(wished)
    except LostRace:
        return None
    reference = f"{dispatch.key}/{dispatch.rounds.asked}"
    ready = services.ready_status_name(dispatch.scenario)
    page = services.settings.status_page(dispatch.key)
    note = rejected_note(problems=problems, ready_status=ready, reference=reference, page=page)
    await tell_once(ticket.id, note, reference, services)
    if not await leave_ready(ticket.id, dispatch, services.settings.pureservice_ticket_status_open, services):
        # It would be found, and said, again and again: the row stays as it is, and the note's reference stops a second.
        event(log, Action.STATUS_UNKNOWN, level=logging.ERROR, dispatch=dispatch.key)
        return claimed
    rejected = await services.ledger.save(replace(claimed, state=DispatchState.REJECTED, changed=services.clock()))
    await services.ledger.retire(rejected)
    event(log, Action.REJECTED, dispatch=dispatch.key, problems=len(problems), attempt=dispatch.rounds.asked)
    return rejected


async def tell_already_sent(candidate: Candidate, services: Services) -> None:
    """The only message has been sent before: says so, and puts the ticket back to solved.

    A ticket that can't be solved is put back to being worked on; one that can't be moved at all is told once that it
    must be.
    """
    dispatch = candidate.known
    assert dispatch is not None
    solved = services.settings.pureservice_dispatch_solved_status
    # Each time the status is set anew is a new question, so the answer is not suppressed by an older one.
    settings = services.settings
    kind, page = settings.pureservice_dispatch_commtype_name, settings.status_page(dispatch.key)
    note = already_sent_note(dispatch=dispatch, message_type=kind, page=page)
    ticket = candidate.ticket.id
    for name in (solved, settings.pureservice_ticket_status_open):
        if await _may_leave(ticket, dispatch, name, services):
            await _add(ticket, note, services)
            event(log, Action.ALREADY_SENT, dispatch=dispatch.key)
            return
    if not any(is_named_in(dispatch.key, known) for known in await services.tickets.notes(ticket)):
        ready = services.ready_status_name(dispatch.scenario)
        note = already_sent_note(dispatch=dispatch, message_type=kind, page=page, stuck_in=ready)
        await _add(ticket, note, services)


async def _may_leave(ticket_id: TicketId, dispatch: Dispatch, name: str, services: Services) -> bool:
    """The same, where a refusal is one answer more."""
    try:
        return await leave_ready(ticket_id, dispatch, name, services)
    except TicketSystemRefused as refused:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=dispatch.key, status=refused.status)
        return False


async def _add(ticket_id: TicketId, note: str, services: Services) -> None:
    """Each asking gets its own answer; where the ticket takes no notes it stands before the report."""
    try:
        await services.tickets.add_note(ticket_id, subject=NOTE_SUBJECT, html=note)
    except TicketSystemRefused as refused:
        event(log, Action.NOTE_REFUSED, level=logging.WARNING, ticket=ticket_id, status=refused.status)
        ticket = await services.tickets.ticket(ticket_id)
        if ticket is not None and note not in ticket.solution:
            await services.tickets.write_solution(ticket_id, note + ticket.solution)
