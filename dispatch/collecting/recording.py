"""Writes on recipients that their letters came back: from delivered, and from nothing else."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from dispatch.collecting import findings
from dispatch.collecting.findings import Finding, Spot
from dispatch.core import (
    RETURN_REASONS,
    BatchState,
    Dispatch,
    DispatchState,
    LostRace,
    Recipient,
    RecipientState,
    Returned,
)
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)
LONGEST_DETAIL = 200


async def record(dispatch: Dispatch, services: Services) -> int:
    """Writes what was found and may be written now; returns how many came back. May be repeated.

    A batch that is still sent waits: its worker writes the same rows. Whoever changes it meanwhile goes first.
    """
    waiting = [one for one in await findings.read(dispatch.key, services) if one.sure and not one.written]
    settled: list[Spot] = []
    count = 0
    for number, group in groupby(sorted(waiting, key=lambda one: one.spot), key=lambda one: one.spot[0]):
        found = {one.spot: one for one in group}
        try:
            written = await _record_batch(dispatch, number, found, services)
        except LostRace:
            continue
        if written is not None:
            settled += found
            count += written
    if settled:
        await findings.settle(dispatch.key, settled, services)
    if count:
        if dispatch.state is DispatchState.RESOLVED:
            # A new line of the index: what processes remember of the finished one is of the line before.
            await services.ledger.retire(replace(dispatch, changed=services.clock()))
        event(log, Action.RETURNED, dispatch=dispatch.key, recipients=count, planned=dispatch.plan.recipients)
    return count


async def _record_batch(
    dispatch: Dispatch, number: int, found: Mapping[Spot, Finding], services: Services
) -> int | None:
    """How many of the batch came back; None where it is still sent."""
    batch = await services.ledger.batch(dispatch.key, number)
    if batch is None or batch.state is not BatchState.RECORDED:
        return None
    rows = [row for row in await services.ledger.recipients(batch) if (row.batch, row.index) in found]
    back = [came_back(row, found[row.batch, row.index]) for row in rows if _may(row)]
    if not back:
        return 0
    counts = replace(
        batch.counts, delivered=batch.counts.delivered - len(back), returned=batch.counts.returned + len(back)
    )
    await services.ledger.record(replace(batch, counts=counts), back)
    return len(back)


def came_back(row: Recipient, found: Finding) -> Recipient:
    """The recipient whose letter came back; when it was delivered to the mail system stays."""
    return replace(
        row,
        state=RecipientState.RETURNED,
        reason=RETURN_REASONS[found.cause],
        detail=f"{found.code} {found.words}".strip()[:LONGEST_DETAIL],
        attempt=replace(row.attempt, returned=Returned(found.at, found.cause, found.code)),
    )


def _may(row: Recipient) -> bool:
    return row.state is RecipientState.DELIVERED and not row.superseded
