"""A preliminary note for a dispatch whose receipts from eFormidling take long (``EF_REPORT_AFTER``)."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from dispatch.core import Channel, Dispatch, LostRace, Scenario, TicketSystemError
from dispatch.report import waiting_note
from dispatch.services import Services
from dispatch.telemetry import apart
from dispatch.watching.ticket_notes import note_once

log = logging.getLogger(__name__)


async def tell(dispatches: Sequence[Dispatch], services: Services) -> None:
    """Writes the note once on each ticket that has waited so long. What fails is tried at the next tick."""
    after = timedelta(hours=services.settings.ef_report_after)
    now = services.clock()
    for dispatch in dispatches:
        by_exchange = dispatch.channel is Channel.EFORMIDLING and dispatch.scenario is not Scenario.REPLY
        due = dispatch.plan.made is not None and dispatch.plan.made + after <= now
        if after and by_exchange and due and not dispatch.notes.waiting:
            with apart(log, dispatch.key), suppress(LostRace, TicketSystemError):
                await _tell(dispatch, services)


async def _tell(dispatch: Dispatch, services: Services) -> None:
    batches = await services.ledger.batches(dispatch.key)
    under_way = sum(batch.counts.under_way for batch in batches)
    if not under_way:
        return
    reference = f"{dispatch.key}/venter-{dispatch.rounds.current}"
    note = waiting_note(
        under_way=under_way,
        delivered=sum(batch.counts.delivered for batch in batches),
        total=dispatch.plan.recipients,
        reference=reference,
        page=services.settings.status_page(dispatch.key),
    )
    await note_once(dispatch.ticket_id, note, reference, services)
    current = await services.ledger.dispatch(dispatch.key)
    if current is not None:
        await services.ledger.save(replace(current, notes=replace(current.notes, waiting=True)))
