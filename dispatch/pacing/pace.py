"""What a sender may send a minute, in 24 hours, and at which hours; and what it has sent by the hour. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.core import Batch, SenderState, SendWindow
from dispatch.pacing.adaptive import rate_now

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """What the mailbox may send: messages a minute, recipients in 24 hours (0 means no limit), and at which hours."""

    per_minute: float
    per_day: int
    window: SendWindow | None = None

    def place(self, sender: SenderState, recipients: int, now: datetime) -> tuple[datetime, SenderState]:
        """When a batch of so many recipients is due, and the sender with it booked."""
        due = max(now, sender.paced_until or now, sender.not_before or now)
        due = self._allowed(sender, recipients, due)
        rate = rate_now(sender, self.per_minute, due)
        takes = timedelta(minutes=recipients / rate) if rate else timedelta()
        return due, replace(with_counted(sender, recipients, due, now), paced_until=due + takes)

    def _allowed(self, sender: SenderState, recipients: int, due: datetime) -> datetime:
        """The first moment at which the window is open and the day has room; each may move what the other allowed."""
        while True:
            opens = self.window.next_open(due) if self.window else due
            moved = room_in_day(sender, recipients, opens, self.per_day)
            if moved == due:
                return due
            due = moved


def room_in_day(sender: SenderState, recipients: int, due: datetime, per_day: int) -> datetime:
    """When from ``due`` on so many more stay within what may be sent in 24 hours."""
    if not per_day:
        return due
    for _ in range(len(sender.sent_by_hour) + 1):
        counted = {name: n for name, n in sender.sent_by_hour.items() if _end_of(name) + DAY > due}
        # A batch larger than the day's limit could never go; it goes when nothing else does.
        if not counted or sum(counted.values()) + recipients <= per_day:
            return due
        due = max(due, _end_of(min(counted)) + DAY)
    return due


def with_released(sender: SenderState, released: Iterable[Batch], now: datetime) -> SenderState:
    """The sender as it will be when the batches that lie on the queue have begun. Only for looking ahead."""
    for batch in released:
        sender = with_counted(sender, batch.to_send, max(batch.due or now, now), now)
    return sender


def with_counted(sender: SenderState, recipients: int, at: datetime, now: datetime) -> SenderState:
    """The sender with so many counted in the hour of ``at``, and without what left the day."""
    hour = hour_of(at)
    kept = {name: count for name, count in sender.sent_by_hour.items() if _end_of(name) + DAY > now}
    return replace(sender, sent_by_hour={**kept, hour: kept.get(hour, 0) + recipients})


def hour_of(at: datetime) -> str:
    """The hour under which what is sent at that moment is counted."""
    return at.strftime("%Y-%m-%dT%H+00:00")


def _end_of(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%dT%H%z") + HOUR
