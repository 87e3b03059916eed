"""The notes on a dispatch that nothing takes letters of: that it stands still, and that it waits for a person."""

import logging
from collections.abc import Sequence

from dispatch.core import Batch, Channel, Dispatch, Refusal, Scenario, TicketSystemError
from dispatch.report import held_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching.ticket_notes import note_once

log = logging.getLogger(__name__)

TOLD_AFTER = 3600.0  # seconds of tries; most faults of the outside pass sooner
AT_ONCE = frozenset({Refusal.LETTER})  # a person has to change something, and knows best what


async def tell(dispatch: Dispatch, batches: Sequence[Batch], services: Services) -> None:
    """Says once, between two stops, that the dispatch stands still and why. What fails is tried at the next tick."""
    if not any(batch.refusals.waited >= TOLD_AFTER or batch.refusals.about in AT_ONCE for batch in batches):
        return
    reference = f"{dispatch.key}/avvist-{dispatch.rounds.current}-{dispatch.rounds.stops}"
    every = await services.ledger.batches(dispatch.key)
    note = refused_note(dispatch, every, services, held=False, reference=reference)
    try:
        await note_once(dispatch.ticket_id, note, reference, services)
    except TicketSystemError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)


def refused_note(
    dispatch: Dispatch, batches: Sequence[Batch], services: Services, *, held: bool, reference: str
) -> str:
    """What is wrong, what the operator is to do, and what 'go on' and 'resolve now' would do."""
    settings = services.settings
    refused = [batch for batch in batches if batch.refusals.about]
    last = max(refused, key=lambda batch: (batch.refusals.waited, batch.number), default=batches[0])
    return held_note(
        held=held,
        refusals=last.refusals,
        by_exchange=last.channel is Channel.EFORMIDLING,
        sent=sum(batch.counts.delivered for batch in batches),
        total=dispatch.plan.recipients,
        hours=settings.dispatch_give_up_hours,
        ready_status="" if dispatch.scenario is Scenario.REPLY else services.ready_status_name(dispatch.scenario),
        reference=reference,
        page=settings.status_page(dispatch.key),
    )
