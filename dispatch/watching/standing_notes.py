"""Notes that say why a dispatch does not go on: planning waits, another goes first, it is stopped, it was refused."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace

from dispatch.core import BatchState, CommunicationId, Dispatch, LostRace, TicketId, TicketSystemError
from dispatch.pacing import is_held
from dispatch.report import beside_note, not_resumed_note, put_off_note, stopped_note, times_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching.refusal_notes import refused_note
from dispatch.watching.tally import Tally, tally_of
from dispatch.watching.ticket_notes import note_once, tell_once
from dispatch.watching.trials import tried

log = logging.getLogger(__name__)


async def tell_put_off(dispatch: Dispatch, ticket_id: TicketId, why: str, services: Services) -> None:
    """Says once that planning waits for the outside, and that nobody need do anything; what fails is tried again."""
    reference = f"{dispatch.key}/{dispatch.rounds.asked}-utsatt"
    try:
        await tell_once(ticket_id, put_off_note(why=why, reference=reference), reference, services)
    except TicketSystemError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)


async def tell_times(dispatch: Dispatch, problems: Sequence[str], services: Services) -> None:
    """Says once what is wrong with the times that the ticket says now, and what holds until they are put right."""
    words = " ".join(problems)
    reference = f"{dispatch.key}/tid-{hashlib.sha256(words.encode()).hexdigest()[:8]}"
    note = times_note(problems=words, reference=reference, page=services.settings.status_page(dispatch.key))
    try:
        await note_once(dispatch.ticket_id, note, reference, services)
    except TicketSystemError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)


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
    await _say_stopped(dispatch, dispatch.ticket_id, services, beside=False)
    try:
        await services.ledger.save(replace(dispatch, notes=replace(dispatch.notes, stops=dispatch.rounds.stops)))
    except LostRace:
        return


async def tell_stopped_beside(dispatch: Dispatch, stopped: Sequence[Dispatch], services: Services) -> None:
    """Says the same of others on the ticket: tickets may be merged, and then it stands on a ticket that is closed."""
    for other in stopped:
        await _say_stopped(other, dispatch.ticket_id, services, beside=True)


async def _say_stopped(dispatch: Dispatch, ticket_id: TicketId, services: Services, *, beside: bool) -> None:
    reference = f"{dispatch.key}/stopp-{dispatch.rounds.stops}"
    whole = await services.reader.whole(dispatch.key)
    batches = whole.batches if whole else ()
    left = [batch for batch in batches if batch.state is not BatchState.RECORDED]
    if is_held(left):
        note = refused_note(dispatch, batches, services, held=True, reference=reference)
    else:
        tally = tally_of(whole, whole.batches, dispatch.plan.recipients) if whole else Tally()
        note = stopped_note(
            dispatch=dispatch,
            sent=tally.delivered,
            ready_status=services.ready_status_name(dispatch.scenario),
            reference=reference,
            page=services.settings.status_page(dispatch.key),
            trial=await tried(dispatch.key, services),
            beside=beside,
            remaining=tally.remaining,
            missed=tally.missed,
        )
    await tell_once(ticket_id, note, reference, services)
