"""Senders as they will stand, for looking ahead from rows that have been read. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from dispatch.core import Batch, Channel
from dispatch.pacing.pace import with_released
from dispatch.pacing.placing import Allotment, Budget
from dispatch.pacing.rate import pace_of
from dispatch.pacing.snapshot import Snapshot
from dispatch.settings import TENANT, Sender, sender_of, senders_of

FAR = timedelta(days=3650)


def allotment_of(
    seen: Snapshot, senders: tuple[Sender, ...], waiting: Sequence[Batch] = (), released: Sequence[Batch] = ()
) -> Allotment:
    """These senders, and those that what waits is bound to, when what is released has begun."""
    bound = [sender_of(batch, seen.settings) for batch in waiting if batch.mailbox]
    standing = {
        sender: with_released(
            seen.standing(sender),
            [batch for batch in released if sender_of(batch, seen.settings) == sender],
            seen.now,
        )
        for sender in dict.fromkeys([*senders, *bound])
    }
    dispatches = {owner.key: owner for owner in (seen.dispatch, *(other for other, _ in seen.others))}
    return Allotment(
        standing,
        lambda key, sender: pace_of(dispatches[key], sender, seen.settings),
        now=seen.now,
        budget=_budget(seen, senders, released),
    )


def _budget(seen: Snapshot, senders: tuple[Sender, ...], released: Sequence[Batch]) -> Budget:
    """What all mailboxes may still send together."""
    if senders != senders_of(Channel.EMAIL, seen.settings):
        return Budget()
    spent = with_released(seen.standing(TENANT), released, seen.now)
    return Budget(seen.settings.mail_tenant_daily_limit, spent)
