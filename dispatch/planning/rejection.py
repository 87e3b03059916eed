"""Says in the ticket, once, why it is not dispatched, and takes it out of its ready status."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

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
from dispatch.planning.candidates import NO_MESSAGE, Candidate
from dispatch.report import already_sent_note, rejected_note, stuck_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT, leave_ready, note_once, overview, tell_once, tried

log = logging.getLogger(__name__)

SAME_QUESTION = timedelta(hours=1)  # an answered ticket that still stands ready was perhaps left so by a crash of ours


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
    note = rejected_note(
        problems=problems,
        ready_status=ready,
        reference=reference,
        page=page,
        of_one_message=dispatch.communication_id != NO_MESSAGE,
    )
    await tell_once(ticket.id, note, reference, services)
    if not await leave_ready(ticket.id, services.settings.pureservice_ticket_status_open, services):
        # It would be found, and said, again and again: the row stays as it is, and the note's reference stops a second.
        event(log, Action.STATUS_UNKNOWN, level=logging.ERROR, dispatch=dispatch.key)
        return claimed
    rejected = await services.ledger.save(replace(claimed, state=DispatchState.REJECTED, changed=services.clock()))
    await services.ledger.retire(rejected)
    event(log, Action.REJECTED, dispatch=dispatch.key, problems=len(problems), attempt=dispatch.rounds.asked)
    return rejected


async def tell_already_sent(candidate: Candidate, services: Services) -> None:
    """The only message has been sent before: says so, and then puts the ticket back to solved.

    A ticket that can't be solved is put back to being worked on; one that can't be moved at all is told once that it
    must be. The words come first: no ticket leaves its ready status without them.
    """
    assert candidate.known is not None
    settings, ticket = services.settings, candidate.ticket.id
    dispatch = await _answered(candidate.known, ticket, services)
    for name in (settings.pureservice_dispatch_solved_status, settings.pureservice_ticket_status_open):
        if await _may_leave(ticket, name, services):
            # Each time the status is set anew is a new question, and gets an answer of its own.
            await services.ledger.save(replace(dispatch, notes=replace(dispatch.notes, again=None)))
            event(log, Action.ALREADY_SENT, dispatch=dispatch.key)
            return
    ready = services.ready_status_name(candidate.scenario)
    await note_once(ticket, stuck_note(status=ready, reference=_stuck(dispatch)), _stuck(dispatch), services)


async def _answered(dispatch: Dispatch, ticket: TicketId, services: Services) -> Dispatch:
    """The dispatch whose ticket has been told, for this time that it stands ready."""
    told = dispatch.notes.again
    if told is not None and (services.clock() - told < SAME_QUESTION or await _is_stuck(dispatch, ticket, services)):
        return dispatch
    found = await overview.outline(dispatch.key, services)
    settings = services.settings
    note = already_sent_note(
        dispatch=dispatch,
        tally=found.summary.tally if found and not found.summary.purged else None,
        message_type=settings.pureservice_dispatch_commtype_name,
        page=settings.status_page(dispatch.key),
        trial=await tried(dispatch.key, services),
    )
    await _add(ticket, note, services)
    return await services.ledger.save(replace(dispatch, notes=replace(dispatch.notes, again=services.clock())))


async def _is_stuck(dispatch: Dispatch, ticket: TicketId, services: Services) -> bool:
    return any(is_named_in(_stuck(dispatch), note) for note in await services.tickets.notes(ticket))


def _stuck(dispatch: Dispatch) -> str:
    return f"{dispatch.key}/fast"


async def _may_leave(ticket_id: TicketId, name: str, services: Services) -> bool:
    """The same, where a refusal is one answer more."""
    try:
        return await leave_ready(ticket_id, name, services)
    except TicketSystemRefused as refused:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket_id, status=refused.status)
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
