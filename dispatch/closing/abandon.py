"""The poison queues: a batch or a report that failed again and again ends here, with outcomes that say so."""

import logging
from dataclasses import replace

from dispatch.core import (
    NOT_HELD,
    BatchState,
    LostRace,
    Reason,
    Recipient,
    RecipientState,
    ResolveTicket,
    SendBatch,
    Transport,
)
from dispatch.sending import Drop, admit, complete, outcomes
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

BEGUN = frozenset({RecipientState.IN_FLIGHT, RecipientState.IN_DOUBT, RecipientState.UNDER_WAY})


async def batch(message: SendBatch, services: Services) -> None:
    """Gives everyone in the batch an outcome, so that the dispatch completes and the report tells."""
    dispatch = await services.ledger.dispatch(message.dispatch)
    current = await services.ledger.batch(message.dispatch, message.batch)
    if isinstance(admit(message, dispatch, current, services.clock()), Drop):
        event(log, Action.BATCH_DROPPED, dispatch=message.dispatch, batch=message.batch, why="poisoned, and obsolete")
        return
    assert current is not None
    now = services.clock()
    rows = await services.ledger.recipients(message.dispatch, message.batch)
    changed: list[Recipient] = []
    for row in rows:
        if row.state in BEGUN and not _before_the_letter(row):
            changed.append(outcomes.ended(row, RecipientState.UNCERTAIN, Reason.NOTHING_CAN_TELL, now))
        elif not row.has_outcome:
            changed.append(outcomes.ended(row, RecipientState.FAILED, Reason.ABANDONED, now))
    ended = replace(
        current,
        state=BatchState.RECORDED,
        lease=NOT_HELD,
        counts=replace(
            current.counts,
            failed=current.counts.failed + sum(row.state is RecipientState.FAILED for row in changed),
            uncertain=current.counts.uncertain + sum(row.state is RecipientState.UNCERTAIN for row in changed),
        ),
    )
    try:
        await services.ledger.record(ended, changed)
    except LostRace:
        # A worker holds it after all: it will record the batch, or its message will come here again.
        await services.queues.put_batch(message, delay=services.settings.dispatch_lease_seconds)
        return
    event(
        log,
        Action.BATCH_ABANDONED,
        level=logging.ERROR,
        dispatch=message.dispatch,
        batch=message.batch,
        recipients=len(changed),
    )
    await complete(message.dispatch, services)


def _before_the_letter(row: Recipient) -> bool:
    """Whether all that was begun is the recipient's own ticket: then no letter can have left."""
    return row.attempt.transport is Transport.PURESERVICE and not row.own_ticket.id


def report(message: ResolveTicket) -> None:
    """Tells the operator; the sweep asks for the report again when the resolver's lease has run out."""
    event(log, Action.RESOLVE_ABANDONED, level=logging.ERROR, dispatch=message.dispatch)
