"""Tells the case worker once, in the ticket, what happened, and takes the ticket out of its ready status."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from dispatch.core import (
    NOT_HELD,
    BatchState,
    CommunicationId,
    Dispatch,
    DispatchState,
    LostRace,
    Ticket,
    TicketId,
    TicketSystemError,
    TicketSystemRefused,
    is_named_in,
    text,
)
from dispatch.pacing import is_held
from dispatch.planning.candidates import NO_MESSAGE, Candidate
from dispatch.report import (
    already_sent_note,
    beside_note,
    not_resumed_note,
    put_off_note,
    rejected_note,
    stopped_note,
    stuck_note,
)
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT, note_once, overview, refused_note, tell_once

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
        # It would be found, and told, again and again: the row stays as it is, and the note's reference stops a second.
        event(log, Action.STATUS_UNKNOWN, level=logging.ERROR, dispatch=dispatch.key)
        return claimed
    rejected = await services.ledger.save(replace(claimed, state=DispatchState.REJECTED, changed=services.clock()))
    await services.ledger.retire(rejected)
    event(log, Action.REJECTED, dispatch=dispatch.key, problems=len(problems), attempt=dispatch.rounds.asked)
    return rejected


async def tell_put_off(dispatch: Dispatch, ticket_id: TicketId, why: str, services: Services) -> None:
    """Says once that planning waits for the outside, and that nobody need do anything; what fails is tried again."""
    reference = f"{dispatch.key}/{dispatch.rounds.asked}-utsatt"
    try:
        await tell_once(ticket_id, put_off_note(why=why, reference=reference), reference, services)
    except TicketSystemError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)


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
    )
    await _add(ticket, note, services)
    return await services.ledger.save(replace(dispatch, notes=replace(dispatch.notes, again=services.clock())))


async def _is_stuck(dispatch: Dispatch, ticket: TicketId, services: Services) -> bool:
    return any(is_named_in(_stuck(dispatch), note) for note in await services.tickets.notes(ticket))


def _stuck(dispatch: Dispatch) -> str:
    return f"{dispatch.key}/fast"


async def tell_refused(dispatch: Dispatch, why: str, services: Services) -> None:
    """What a ready ticket asks for is refused by Pureservice: says so, once each time the dispatch is stopped."""
    reference = f"{dispatch.key}/nektet-{dispatch.rounds.current}-{dispatch.rounds.stops}"
    page = services.settings.status_page(dispatch.key)
    ready = services.ready_status_name(dispatch.scenario)
    note = not_resumed_note(why=why, ready_status=ready, reference=reference, page=page)
    await note_once(dispatch.ticket_id, note, reference, services)


async def tell_beside(dispatch: Dispatch, beside: Sequence[CommunicationId], services: Services) -> Dispatch:
    """Says once of each new message that it waits for the end of the dispatch that goes on, and how it gets sent."""
    newest = max(beside, default=0)
    if newest <= dispatch.notes.beside:
        return dispatch
    reference = f"{dispatch.key}/ny-{newest}"
    note = beside_note(
        count=len(beside),
        message_type=services.settings.pureservice_dispatch_commtype_name,
        ready_status=services.ready_status_name(dispatch.scenario),
        reference=reference,
        page=services.settings.status_page(dispatch.key),
    )
    await tell_once(dispatch.ticket_id, note, reference, services)
    return await services.ledger.save(replace(dispatch, notes=replace(dispatch.notes, beside=newest)))


async def tell_stopped(dispatch: Dispatch, services: Services) -> None:
    """Says how far a stopped dispatch came, why it stopped, and how it goes on; once for each stop."""
    reference = f"{dispatch.key}/stopp-{dispatch.rounds.stops}"
    batches = await services.ledger.batches(dispatch.key)
    left = [batch for batch in batches if batch.state is not BatchState.RECORDED]
    if is_held(left):
        note = refused_note(dispatch, batches, services, held=True, reference=reference)
    else:
        note = stopped_note(
            dispatch=dispatch,
            sent=sum(batch.counts.delivered for batch in batches),
            ready_status=services.ready_status_name(dispatch.scenario),
            reference=reference,
            page=services.settings.status_page(dispatch.key),
        )
    await tell_once(dispatch.ticket_id, note, reference, services)
    try:
        await services.ledger.save(replace(dispatch, notes=replace(dispatch.notes, stops=dispatch.rounds.stops)))
    except LostRace:
        return


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
