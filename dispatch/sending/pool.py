"""A batch's way from one mailbox of the pool to the others.

By certain refusal only: it stays where it is as long as anybody's letter has perhaps left by its mailbox, since that
mailbox alone can tell.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import NOT_HELD, Batch, BatchState, Dispatch, LostRace, Recipient, RecipientState, SenderState
from dispatch.pacing import release_due, slots, took_nothing
from dispatch.services import Services
from dispatch.settings import senders_of

SHORT_REST = timedelta(seconds=60)  # a shorter one is waited for


def is_free(rows: Iterable[Recipient]) -> bool:
    """Whether nobody's letter of the batch has perhaps left, or lies in the mailbox."""
    return all(row.has_outcome or _is_certain(row) for row in rows)


def _is_certain(row: Recipient) -> bool:
    return row.state is RecipientState.PLANNED and not row.doubt.resent and not row.attempt.draft_id


async def others_take(batch: Batch, services: Services) -> bool:
    """Whether another mailbox of the pool takes letters, as far as anybody knows."""
    if not batch.mailbox:
        return False
    others = [one for one in senders_of(batch.channel, services.settings) if one.name != batch.mailbox]
    now = services.clock()
    for other in others:
        if not took_nothing(await services.memory.senders.sender(other.name), now):
            return True
    return False


async def is_passed_on(dispatch: Dispatch, batch: Batch, held: slots.Held, services: Services) -> bool:
    """Whether the others were given the batch, since its own mailbox is used up, rests for long, or refuses.

    Nobody has leased it.
    """
    if not batch.mailbox or not await _had_better_go(batch, held, services):
        return False
    if batch.attempts and not is_free(await services.ledger.recipients(batch)):
        return False
    try:
        await services.ledger.save_batch(unbound(replace(batch, state=BatchState.PLANNED, lease=NOT_HELD)))
    except LostRace:
        return False
    await release_due([dispatch], services)
    return True


async def _had_better_go(batch: Batch, held: slots.Held, services: Services) -> bool:
    now, name = services.clock(), services.sender_of(batch)
    state = held.sender or services.memory.senders.last(name) or SenderState(name)
    if held.day_is_full or _rests_long(state, now) or not _is_in_the_pool(batch, services):
        return True
    return took_nothing(state, now) and await others_take(batch, services)


def _rests_long(state: SenderState, now: datetime) -> bool:
    return state.not_before is not None and state.not_before - now > SHORT_REST


def _is_in_the_pool(batch: Batch, services: Services) -> bool:
    return any(one.name == batch.mailbox for one in senders_of(batch.channel, services.settings))


def unbound(batch: Batch, *, due: datetime | None = None) -> Batch:
    """The batch as one that any mailbox may have, from that moment on."""
    return replace(batch, mailbox="", due=due)
