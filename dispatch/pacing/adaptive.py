"""The pace of a mailbox that throttles: a minute's letters at a time, slower where it goes on, and faster again.

Exchange holds letters back that come faster than a mailbox may send, and sometimes refuses them. A batch leaves as
quickly as it can, so the first refusal tells of the burst and not of the rate: from then on, for a day, the letters are
spread. One that is refused even so is slowed; time without a refusal makes it faster, up to what is set.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import SenderState

LASTS = timedelta(hours=24)
PORTION = timedelta(minutes=1)
SLOWED_BY = 0.85
SLOWEST = 5.0  # letters a minute
FASTER_AFTER = timedelta(minutes=5)  # one letter a minute more


def is_spread(sender: SenderState, now: datetime) -> bool:
    """Whether its letters are spread."""
    return sender.slowed_at is not None and now - sender.slowed_at < LASTS


def rate_now(sender: SenderState, rate: float, now: datetime) -> float:
    """Letters a minute that it may send now, where so many are set; 0 where none are."""
    if not rate or sender.slowed_at is None or not is_spread(sender, now):
        return rate
    return min(rate, sender.slowed_to + max(timedelta(), now - sender.slowed_at) / FASTER_AFTER)


def portion(sender: SenderState, rate: float, now: datetime) -> int | None:
    """Letters that may leave together; None where as many as there are."""
    if not rate or not is_spread(sender, now):
        return None
    return max(1, int(rate_now(sender, rate, now)))


def spread(sender: SenderState, letters: int, rate: float, now: datetime) -> SenderState:
    """The sender with so many letters on their way: the next may leave when their time is over."""
    most = portion(sender, rate, now) or letters
    return replace(sender, spread_until=now + PORTION * (letters / most))


def throttled(sender: SenderState, rate: float, now: datetime) -> SenderState:
    """The sender after a refusal for its pace."""
    if not rate:
        return sender
    slower = max(min(SLOWEST, rate), rate_now(sender, rate, now) * SLOWED_BY)
    return replace(sender, slowed_at=now, slowed_to=slower if is_spread(sender, now) else rate)
