"""Answers tickets whose status asks for a preview: one internal note, and the ticket goes back to being worked on."""

import json
import logging
import uuid
from collections.abc import Mapping

from dispatch.core import DispatchError, StatusRef, Ticket, TicketSystemError
from dispatch.planning.preview import preview_of
from dispatch.report import duration_text, finish_text, preview_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import note_once

log = logging.getLogger(__name__)

PENDING = "preview/pending.json"


async def answer(services: Services) -> int:
    """Writes a preview into every ticket that asks for one; returns how many."""
    if not services.settings.pureservice_dispatch_preview_status:
        return 0
    try:
        return await _answer(services)
    except TicketSystemError as error:
        event(log, Action.TICK_BLIND, level=logging.WARNING, status=error.status, error=error.message[:200])
        return 0


async def _answer(services: Services) -> int:
    asking = await _status(services.settings.pureservice_dispatch_preview_status, services)
    back = await _status(services.settings.pureservice_ticket_status_open, services)
    if asking is None or back is None:
        return 0
    tickets = await services.tickets.tickets_in_status(asking.id)
    # Each question has a token that stands in its note. It is kept before the note is written, so that a crash before
    # the status is set finds the note again; and forgotten afterwards, since the next question wants a new answer.
    known = await _pending(services)
    pending: dict[int, str] = {ticket.id: known.get(ticket.id) or uuid.uuid4().hex[:12] for ticket in tickets}
    await _keep(pending, known, services)
    answered = [ticket for ticket in tickets if await _answered(ticket, pending[ticket.id], asking, back, services)]
    left = {number: token for number, token in pending.items() if number not in {ticket.id for ticket in answered}}
    await _keep(left, pending, services)
    return len(answered)


async def _answered(ticket: Ticket, token: str, asking: StatusRef, back: StatusRef, services: Services) -> bool:
    try:
        found = await preview_of(ticket, services)
        reference = f"forhåndsvisning {token}"
        note = preview_note(
            preview=found,
            finish=finish_text(found.done, found.asked) if found.done else "",
            duration=duration_text(found.seconds),
            ready_status=services.ready_status_name(found.scenario),
            reference=reference,
            page=services.settings.status_page(f"forhandsvisning?sak={ticket.number}"),
        )
        await note_once(ticket.id, note, reference, services)
        current = await services.tickets.ticket(ticket.id)
        if current is not None and current.status_id == asking.id:
            await services.tickets.set_status(ticket.id, back.id)
    except DispatchError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket.id, error=str(error)[:300])
        return False
    except Exception:
        # The outermost loop: one ticket that meets a fault of ours must not keep the others from their answers.
        log.exception("the preview of ticket %s failed", ticket.id)
        return False
    event(log, Action.PREVIEWED, ticket=ticket.id, recipients=found.recipients, problems=len(found.problems))
    return True


async def _status(name: str, services: Services) -> StatusRef | None:
    found = await services.statuses.named(name)
    if found is None:
        event(log, Action.STATUS_UNKNOWN, level=logging.WARNING, status=name)
    return found


async def _pending(services: Services) -> dict[int, str]:
    content = await services.content.get(PENDING)
    try:
        return {int(number): str(token) for number, token in json.loads(content or b"{}").items()}
    except (ValueError, AttributeError):
        return {}


async def _keep(wished: Mapping[int, str], kept: Mapping[int, str], services: Services) -> None:
    if dict(wished) != dict(kept):
        await services.content.put(PENDING, json.dumps(wished).encode(), content_type="application/json")
