"""How each dispatch stands, read from the ledger for the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dispatch.core import Batch, BatchState, Dispatch, DispatchKey, DispatchState, Recipient, RecipientState
from dispatch.pacing import estimated_end
from dispatch.watching import numbers

if TYPE_CHECKING:
    from dispatch.services import Services

FINISHED = 20  # shown after those under way
LISTED = 200  # failed and uncertain recipients of one dispatch
UNDER_WAY = frozenset({DispatchState.PLANNING, DispatchState.SENDING, DispatchState.RESOLVING, DispatchState.REJECTING})
MISSED = frozenset({RecipientState.FAILED, RecipientState.UNCERTAIN, RecipientState.SKIPPED})


@dataclass(frozen=True, slots=True)
class Standing:
    """One dispatch. ``numbers`` are those of the log: recipients, done, delivered, failed, uncertain, batches ..."""

    dispatch: Dispatch
    numbers: Mapping[str, int]
    done: datetime | None  # expected while it is sent, as it was where it is finished
    looked: datetime

    @property
    def moves(self) -> bool:
        """Whether something will happen to it without a person."""
        return self.dispatch.state in UNDER_WAY


async def standings(services: "Services") -> list[Standing]:
    """Those under way and stopped, oldest first; then the latest finished ones."""
    active = [line.key for line in await services.ledger.active()]
    finished = await services.ledger.expired(services.clock() + timedelta(days=1))
    # One that is sent again to the failed has a line in either part of the index.
    latest = [line.key for line in reversed(finished)]
    keys = list(dict.fromkeys([*active, *latest[:FINISHED]]))
    found = [await services.ledger.dispatch(key) for key in keys]
    return [await standing(dispatch, services) for dispatch in found if dispatch is not None]


async def standing(dispatch: Dispatch, services: "Services") -> Standing:
    """How one dispatch stands."""
    batches = await services.ledger.batches(dispatch.key)
    now = services.clock()
    return Standing(dispatch, numbers(dispatch, batches, now), await _done(dispatch, batches, services), now)


async def _done(dispatch: Dispatch, batches: Sequence[Batch], services: "Services") -> datetime | None:
    if dispatch.state is not DispatchState.SENDING:
        return dispatch.resolved_at
    left = [batch for batch in batches if batch.state is not BatchState.RECORDED]
    return await estimated_end(dispatch, left, services) if left else None


async def missed(key: DispatchKey, services: "Services") -> list[Recipient]:
    """The first of those who were not reached; those whose place a later round has are left out."""
    found: list[Recipient] = []
    async for row in services.ledger.all_recipients(key):
        if row.state in MISSED and not row.superseded:
            found.append(row)
            if len(found) == LISTED:
                break
    return found
