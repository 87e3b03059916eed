"""What a batch takes of the day: of its mailbox's limit, and of what all mailboxes may send together."""

from dispatch.core import Batch, Channel
from dispatch.pacing import slots, unsent
from dispatch.sending.interruption import quota
from dispatch.services import Services
from dispatch.settings import TENANT, sender_of


def share_of_day(batch: Batch, services: Services) -> int:
    """How many of the batch may go at once: one that was planned before a limit was lowered goes in several days."""
    limits = (sender_of(batch, services.settings).daily_limit, _together(batch, services))
    return min([unsent(batch), *(limit for limit in limits if limit)])


async def counted_together(batch: Batch, share: int, services: Services) -> slots.Held:
    """Counts them to what all mailboxes may send; ``day_is_full`` where there is no room, and until when."""
    now = services.clock()
    wanted = quota(share, _together(batch, services), services.settings)
    return await slots.count(services.memory.senders, TENANT, wanted, now) if wanted else slots.Held(1, now)


async def given_back(counted: slots.Held, unsent: int, services: Services) -> None:
    """Takes those that nothing was sent to off again."""
    if counted.counted_in and unsent:
        await slots.give_slot(services.memory.senders, TENANT, "", held=counted, unsent=unsent)


def _together(batch: Batch, services: Services) -> int:
    return 0 if batch.channel is Channel.EFORMIDLING else services.settings.mail_tenant_daily_limit
