"""The pace of a mailbox that throttles: a minute's letters at a time, slower where it goes on, and faster again.

Exchange holds letters back that come faster than a mailbox may send, and sometimes refuses them. A batch leaves as
quickly as it can, so the first refusal tells of the burst and not of the rate: from then on, for a day, the letters are
spread. One that is refused even so is slowed; time without a refusal makes it faster, up to what is set.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

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


def portion(sender: SenderState, rate: float, now: datetime, letters: int, *, always: bool = False) -> int | None:
    """How many of so many letters may leave together now: what any minute holds, less those of the last.

    None where as many as there are. Less than half a minute's is waited for, or each run would send a few. ``always``:
    they are spread before anything was refused.
    """
    if not rate or not (always or is_spread(sender, now)):
        return None
    room = _most(sender, rate, now) - sum(_lately(sender, now).values())
    return min(room, letters) if room >= _worth_it(sender, rate, now, letters) else 0


def room_at(sender: SenderState, rate: float, now: datetime, letters: int) -> datetime:
    """When as many of the last minute's letters are a minute old that so many may leave, or half a minute's."""
    lately = sorted((_moment(text), count) for text, count in _lately(sender, now).items())
    room = _most(sender, rate, now) - sum(count for _, count in lately)
    for moment, count in lately:
        room += count
        if room >= _worth_it(sender, rate, now, letters):
            return moment + PORTION
    return now


def _most(sender: SenderState, rate: float, now: datetime) -> int:
    return max(1, int(rate_now(sender, rate, now)))


def _worth_it(sender: SenderState, rate: float, now: datetime, letters: int) -> int:
    return max(1, min(letters, _most(sender, rate, now) // 2))


def spread(sender: SenderState, letters: int, now: datetime) -> SenderState:
    """The sender with so many letters on their way."""
    lately = _lately(sender, now)
    name = repr(now.timestamp())
    return replace(sender, sent_lately={**lately, name: lately.get(name, 0) + letters})


def _lately(sender: SenderState, now: datetime) -> dict[str, int]:
    return {text: letters for text, letters in sender.sent_lately.items() if _moment(text) + PORTION > now}


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


def throttled(sender: SenderState, rate: float, now: datetime) -> SenderState:
    """The sender after a refusal for its pace."""
    if not rate:
        return sender
    slower = max(min(SLOWEST, rate), rate_now(sender, rate, now) * SLOWED_BY)
    return replace(sender, slowed_at=now, slowed_to=slower if is_spread(sender, now) else rate)
