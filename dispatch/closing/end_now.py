"""Ends what is left of a dispatch because a person wants the report now. Nobody in doubt is ever called failed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.core import (
    NOT_HELD,
    Batch,
    BatchState,
    Dispatch,
    LostRace,
    Reason,
    Recipient,
    RecipientState,
    counts_of,
    only_ticket_begun,
)
from dispatch.sending import complete, outcomes
from dispatch.services import Services

UNRECORDED = frozenset(BatchState) - {BatchState.RECORDED}


@dataclass(frozen=True, slots=True)
class Closed:
    """What was ended: ``unsent`` for certain, ``unsettled`` where a sending had begun; ``held`` batches are left."""

    unsent: int = 0
    unsettled: int = 0
    held: int = 0


def is_wished(dispatch: Dispatch) -> bool:
    """Whether a person has asked for the report of this round before everyone is reached."""
    return dispatch.rounds.ended == dispatch.rounds.current


async def close(dispatch: Dispatch, services: Services) -> Closed:
    """Ends every batch that nobody holds, and asks for the report when none is left; may be repeated.

    A batch that a worker holds is left alone: it goes back as soon as the worker sees that the dispatch has stopped.
    """
    unsent = unsettled = held = 0
    for batch in await services.ledger.batches(dispatch.key, states=UNRECORDED):
        now = services.clock()
        if _is_held(batch, now):
            held += 1
            continue
        refused = bool(batch.refusals.about)
        rows = await services.ledger.recipients(batch)
        changed = [ended(row, now, refused=refused) for row in rows if not row.has_outcome and not row.superseded]
        doubtful = sum(row.state is RecipientState.UNCERTAIN for row in changed)
        try:
            await services.ledger.record(_recorded(batch, rows, changed), changed)
        except LostRace:
            held += 1
            continue
        unsettled += doubtful
        unsent += len(changed) - doubtful
    if not held:
        await complete(dispatch.key, services)
    return Closed(unsent, unsettled, held)


def ended(row: Recipient, now: datetime, *, refused: bool = False) -> Recipient:
    """The recipient with the outcome that is true at this moment; ``refused`` where nothing took the letter. Pure."""
    if row.state is RecipientState.PLANNED or only_ticket_begun(row):
        reason = Reason.TRANSPORTS_REFUSED if refused else Reason.ENDED_BY_PERSON
        return outcomes.ended(row, RecipientState.FAILED, reason, now, detail=row.detail if refused else "")
    return outcomes.ended(row, RecipientState.UNCERTAIN, Reason.ENDED_UNSETTLED, now, detail=row.detail)


def _is_held(batch: Batch, now: datetime) -> bool:
    return batch.state is BatchState.LEASED and batch.lease.until is not None and batch.lease.until > now


def _recorded(batch: Batch, rows: Sequence[Recipient], changed: Sequence[Recipient]) -> Batch:
    ended_rows = {row.index: row for row in (*rows, *changed)}
    return replace(batch, state=BatchState.RECORDED, lease=NOT_HELD, counts=counts_of(ended_rows.values()))
