"""The breaker: where too many of the last attempts were refused for good, the dispatch stops itself.

Each refusal is its recipient's own; so many of them say that the list is old, or that we are about to be blocked. What
is sent already stays sent, and a person decides whether to go on.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dispatch.core import (
    Batch,
    DispatchKey,
    DispatchState,
    LostRace,
    Reason,
    Recipient,
    RecipientState,
    TicketSystemError,
)
from dispatch.ports import Ledger
from dispatch.sending.rest import Rest
from dispatch.sending.stop_button import stop
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import leave_ready

log = logging.getLogger(__name__)

LOOKED_BACK = 50  # attempts
TOO_MANY = Rest(None, "too many refused")
R = RecipientState
_SETTLED = frozenset({R.DELIVERED, R.RETURNED, R.FAILED, R.UNCERTAIN, R.UNDER_WAY})
_FOR_GOOD = frozenset({Reason.RECIPIENT_REFUSED, Reason.POLICY_REFUSED, Reason.MESSAGE_REFUSED})


def attempts(rows: Iterable[Recipient], since: datetime | None) -> list[Recipient]:
    """Those who were attempted since then and know how it ended, the latest last."""
    tried = (row for row in rows if row.attempt.count and row.state in _SETTLED and row.changed)
    return sorted((row for row in tried if since is None or _when(row) > since), key=_when)


def is_refused(row: Recipient) -> bool:
    """Whether the attempt was refused for good."""
    return row.state is R.FAILED and row.reason in _FOR_GOOD


def breaks(tried: Sequence[Recipient], share: int) -> bool:
    """Whether more than the share, in percent, of the last attempts was refused; a few attempts say nothing."""
    last = tried[-LOOKED_BACK:]
    return len(last) == LOOKED_BACK and sum(map(is_refused, last)) * 100 > share * LOOKED_BACK


def _when(row: Recipient) -> datetime:
    assert row.changed is not None
    return row.changed


@dataclass(slots=True)
class Breaker:
    """What one worker's batch tells, and, once anybody in it was refused, the batches before."""

    ledger: Ledger
    batch: Batch
    share: int  # percent; 0 means that it never breaks
    since: datetime | None  # a person let it go on then: what was before does not count
    _before: list[Recipient] | None = field(default=None, init=False)

    async def ask(self, rows: Sequence[Recipient]) -> Rest | None:
        """Whether the dispatch is to stop."""
        own = attempts(rows, self.since) if self.share else []
        if not any(map(is_refused, own)):
            return None
        if self._before is None:
            self._before = await self._earlier(LOOKED_BACK)
        tried = sorted([*self._before, *own], key=_when)
        return TOO_MANY if breaks(tried, self.share) else None

    async def _earlier(self, most: int) -> list[Recipient]:
        """The last attempts of the batches before, as far back as is looked."""
        found: list[Recipient] = []
        batches = await self.ledger.batches(self.batch.dispatch)
        for batch in reversed([one for one in batches if one.number != self.batch.number and one.counts.attempted]):
            found += attempts(await self.ledger.recipients(batch), self.since)
            if len(found) >= most:
                break
        return sorted(found, key=_when)[-most:]


async def break_off(key: DispatchKey, services: Services) -> None:
    """Stops the dispatch for a person to decide; may be repeated, and goes on where a worker died on the way.

    It is noted first, so that whoever sees the ticket out of its status does not take it for a person's stop.
    """
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state is not DispatchState.SENDING:
        return
    try:
        if not dispatch.rounds.broken:
            broken = replace(dispatch.rounds, broken=True)
            dispatch = await services.ledger.save(replace(dispatch, rounds=broken, changed=services.clock()))
            services.memory.heads.forget(key)
            event(log, Action.DISPATCH_BROKEN, level=logging.WARNING, dispatch=key)
        # The status first: a stopped dispatch whose ticket stands ready would go on at once.
        await leave_ready(dispatch.ticket_id, services.settings.pureservice_ticket_status_open, services)
    except (LostRace, TicketSystemError) as error:
        # The next message or tick goes on from here.
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=key, error=str(error)[:200])
        return
    await stop(dispatch, services)
