"""What makes a worker stop between two writes: the send window, the stop button, the sender's slot."""

import random
from datetime import datetime, timedelta

from dispatch.core import Batch, Channel, Dispatch, TicketSystemBusy, TicketSystemError, Transport
from dispatch.pacing import slots
from dispatch.sending.admission import FEWEST_SECONDS
from dispatch.sending.doubt_bound import doubt_bound
from dispatch.sending.rest import Rest
from dispatch.sending.stop_button import still_ready
from dispatch.services import Services
from dispatch.settings import Settings, sender_of

KEY_REFUSED_WAIT = 300.0


class Interruption:
    """What one worker asks before each write; it keeps its slot for as long as it works."""

    def __init__(self, dispatch: Dispatch, batch: Batch, services: Services, *, owner: str, held: slots.Held) -> None:
        self._dispatch = dispatch
        self._batch = batch
        self._services = services
        self._owner = owner
        self._held = held
        self._until = held.until

    async def ask(self) -> Rest | None:
        """Why the batch must rest now; None where it may go on."""
        if closed := closed_for(self._services):
            return Rest(closed, "outside the send window")
        try:
            if not await still_ready(self._dispatch, self._services):
                return Rest(0.0, "stopped")
        except TicketSystemError as error:
            return Rest(patience(error), "pureservice can't be asked")
        return await self._keep_slot()

    async def _keep_slot(self) -> Rest | None:
        half = timedelta(seconds=self._services.settings.dispatch_lease_seconds) / 2
        if self._until - self._services.clock() < half:
            renewed = await wanted_slot(self._batch, self._owner, self._services, wanted=self._held.permits)
            if renewed.permits < self._held.permits:
                return Rest(FEWEST_SECONDS, "the mailbox is busy")
            self._until = renewed.until
        return None


async def wanted_slot(
    batch: Batch, owner: str, services: Services, *, wanted: int | None = None, recipients: int = 0
) -> slots.Held:
    """A part of the batch's sender, all of it where nothing else is wanted; it may hold no permits.

    ``recipients`` are counted to the day's quota; a slot that is renewed has counted them.
    """
    settings = services.settings
    sender = sender_of(batch, settings)
    capacity, senders = sender.capacity, services.memory.senders
    return await slots.take_slot(
        senders,
        sender.name,
        owner,
        wanted=min(_most_under_way(batch, settings), capacity) if wanted is None else wanted,
        capacity=capacity,
        now=services.clock(),
        seconds=services.settings.dispatch_lease_seconds,
        quota=quota(recipients, sender.daily_limit, settings),
        rate=sender.rate,
        letters=recipients,
        known=senders.last(sender.name),
    )


def _most_under_way(batch: Batch, settings: Settings) -> int:
    """No worker has use for more than the doubt bound lets it begin."""
    by_mail = batch.channel is not Channel.EFORMIDLING
    return max(doubt_bound(name, settings) for name in (settings.transports if by_mail else (Transport.EFORMIDLING,)))


def quota(recipients: int, per_day: int, settings: Settings) -> slots.Quota | None:
    """What is counted to a day's limit; None where there is none."""
    # An invocation works for so long, and what left its hands by then ends within a lease.
    lasts = timedelta(seconds=settings.dispatch_work_seconds + settings.dispatch_lease_seconds)
    return slots.Quota(recipients, per_day, lasts) if per_day and recipients else None


def until_a_slot(held: slots.Held, now: datetime) -> float:
    """Seconds to wait for a sender that is taken; jitter keeps those who wait from coming back together."""
    if held.is_exact:
        return (held.until - now).total_seconds()
    wait = min(max((held.until - now).total_seconds(), FEWEST_SECONDS), 30.0)
    return wait * random.uniform(0.5, 1.5)  # noqa: S311 - not for secrets


def patience(error: TicketSystemError) -> float:
    """Seconds to stay away: a key that is refused is the operator's to fix, and no reason to fail anybody."""
    return error.retry_after if isinstance(error, TicketSystemBusy) else KEY_REFUSED_WAIT


def closed_for(services: Services) -> float:
    """Seconds until the send window opens; a message that was delayed may come when it is closed."""
    window, now = services.settings.send_window, services.clock()
    return (window.next_open(now) - now).total_seconds() if window else 0.0
