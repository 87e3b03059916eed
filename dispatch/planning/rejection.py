"""Tells the case worker once, in the ticket, what happened, and takes the ticket out of its ready status."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from dispatch.core import NOT_HELD, Dispatch, DispatchState, LostRace, Ticket, TicketId, TicketSystemError, text
from dispatch.planning.ready_tickets import Candidate
from dispatch.report import already_sent_note, put_off_note, rejected_note, stopped_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT, tell_once

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
    if not await _leave_ready(ticket.id, dispatch, services.settings.pureservice_ticket_status_open, services):
        # It would be found, and told, again and again: the row stays as it is, and the note's reference stops a second.
        event(log, Action.STATUS_UNKNOWN, level=logging.ERROR, dispatch=dispatch.key)
        return claimed
    rejected = await services.ledger.save(replace(claimed, state=DispatchState.REJECTED, changed=services.clock()))
    await services.retire(rejected)
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
    """The only message has been sent before: says so, and puts the ticket back to solved."""
    dispatch = candidate.known
    assert dispatch is not None
    solved = services.settings.pureservice_dispatch_solved_status
    # Each time the status is set anew is a new question, so the answer is not suppressed by an older one.
    settings = services.settings
    note = already_sent_note(
        dispatch=dispatch,
        message_type=settings.pureservice_dispatch_commtype_name,
        page=settings.status_page(dispatch.key),
    )
    if await _leave_ready(candidate.ticket.id, dispatch, solved, services):
        await services.tickets.add_note(candidate.ticket.id, subject=NOTE_SUBJECT, html=note)
        event(log, Action.ALREADY_SENT, dispatch=dispatch.key)


async def tell_stopped(dispatch: Dispatch, services: Services) -> None:
    """Says how far a stopped dispatch came, and how it goes on; once for each stop."""
    reference = f"{dispatch.key}/stopp-{dispatch.rounds.stops}"
    batches = await services.ledger.batches(dispatch.key)
    note = stopped_note(
        sent=sum(batch.counts.delivered for batch in batches),
        total=dispatch.plan.recipients,
        ready_status=services.ready_status_name(dispatch.scenario),
        reference=reference,
        page=services.settings.status_page(dispatch.key),
    )
    await tell_once(dispatch.ticket_id, note, reference, services)
    try:
        await services.ledger.save(replace(dispatch, notes=replace(dispatch.notes, stops=dispatch.rounds.stops)))
    except LostRace:
        return


async def _leave_ready(ticket_id: TicketId, dispatch: Dispatch, name: str, services: Services) -> bool:
    target = await services.statuses.named(name)
    ready = await services.statuses.named(services.ready_status_name(dispatch.scenario))
    current = await services.tickets.ticket(ticket_id)
    if current is None or ready is None or current.status_id != ready.id:
        return True  # somebody has moved it already
    if target is None:
        return False
    await services.tickets.set_status(ticket_id, target.id)
    return True
