"""Which batch goes from which sender, and when: those that share what waits, each at its own pace. Pure."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.core import Batch, DispatchKey, SenderState
from dispatch.pacing.pace import Pace, room_in_day, with_counted
from dispatch.settings import TENANT, Sender

Paces = Callable[[DispatchKey, Sender], Pace]


@dataclass(frozen=True, slots=True)
class Placed:
    """A batch, who sends it, and when it is due."""

    batch: Batch
    sender: Sender
    due: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """What all mailboxes may send together in 24 hours (0 means no limit), and what they have sent."""

    per_day: int = 0
    state: SenderState = field(default_factory=lambda: SenderState(TENANT))


class Allotment:
    """Senders that share what waits, as each stands with what was placed so far."""

    def __init__(
        self, states: Mapping[Sender, SenderState], paces: Paces, *, now: datetime, budget: Budget | None = None
    ) -> None:
        self.states = dict(states)
        self._paces, self._now = paces, now
        self._budget = budget or Budget()
        self._spent = self._budget.state

    def place(self, waiting: Sequence[deque[Batch]], *, horizon: datetime) -> list[Placed]:
        """Those that are due before the horizon, the dispatches taking turns. A queue keeps what is not placed.

        A batch that is bound to a sender which is late keeps no other waiting.
        """
        placed: list[Placed] = []
        turns = deque((queue, deque(queue)) for queue in waiting if queue)
        is_full = False  # nobody takes what is bound to nobody
        while turns:
            queue, left = turns.popleft()
            batch = left.popleft()
            if batch.mailbox or not is_full:
                found, booked, spent = self._earliest(batch)
                if found.due <= horizon:
                    self.states[found.sender], self._spent = booked, spent
                    placed.append(found)
                    queue.remove(batch)
                is_full = is_full or (found.due > horizon and not batch.mailbox)
            if left:
                turns.append((queue, left))
        return placed

    def _earliest(self, batch: Batch) -> tuple[Placed, SenderState, SenderState]:
        """Who can take it first; of several the one that has sent least."""
        found = [self._in(sender, batch) for sender in self._open_to(batch)]
        return min(found, key=lambda one: (one[0].due, sum(self.states[one[0].sender].sent_by_hour.values())))

    def _open_to(self, batch: Batch) -> list[Sender]:
        """The one that it is bound to; else those that take letters, or all where none does.

        Without a pool the first is the only one: others are there for what they had begun alone.
        """
        if bound := [sender for sender in self.states if sender.name == batch.mailbox]:
            return bound
        shared = [sender for sender in self.states if sender.of_pool] or list(self.states)[:1]
        return [sender for sender in shared if not took_nothing(self.states[sender], self._now)] or shared

    def _in(self, sender: Sender, batch: Batch) -> tuple[Placed, SenderState, SenderState]:
        pace, at = self._paces(batch.dispatch, sender), self._now
        while True:
            due, booked = pace.place(self.states[sender], batch.to_send, at)
            allowed = room_in_day(self._spent, batch.to_send, due, self._budget.per_day)
            if allowed == due:
                spent = with_counted(self._spent, batch.to_send, due, self._now)
                return Placed(batch, sender, due), booked, spent
            at = allowed


def took_nothing(state: SenderState, now: datetime) -> bool:
    """Whether the mailbox took nothing lately, and the others are to have what waits."""
    return state.refused_until is not None and state.refused_until > now
