"""What one process remembers of the ledger, so that it need not ask again. Nothing here is a truth to act on.

Whatever is begun with what is remembered is written on condition of its version before anything leaves, so that an old
memory costs another look, and no more.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Dispatch,
    DispatchKey,
    DispatchState,
    LostRace,
    Scenario,
    SenderState,
)
from dispatch.ports import Clock, Ledger

LASTS = timedelta(seconds=20)  # as long as a ticket's status is remembered, which is the stop button
LOOKED_AT = 250  # batches that are not recorded, by one query
UNRECORDED = frozenset(BatchState) - {BatchState.RECORDED}
KEPT = 64  # dispatches


class Senders:
    """The rows of the senders, and how this process last saw or left each."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._last: dict[str, SenderState] = {}
        self._changes: Counter[str] = Counter()

    async def sender(self, mailbox: str) -> SenderState:
        """The row as it stands."""
        found = await self._ledger.sender(mailbox)
        known = self._last.get(mailbox)
        if known is None or known.version != found.version:
            self._changes[mailbox] += 1
        self._last[mailbox] = found
        return found

    async def save_sender(self, sender: SenderState) -> SenderState:
        """Replaces the row if it is still of this version."""
        try:
            kept = await self._ledger.save_sender(sender)
        except LostRace:
            self._last.pop(sender.mailbox, None)
            self._changes[sender.mailbox] += 1
            raise
        self._last[sender.mailbox] = kept
        return kept

    def last(self, mailbox: str) -> SenderState | None:
        """How it was last seen or left; only to be written on condition of its version."""
        return self._last.get(mailbox)

    def changes(self, mailbox: str) -> int:
        """How often somebody else was seen to have changed the row."""
        return self._changes[mailbox]


class Heads:
    """Dispatches that were sending a moment ago.

    Who stops a dispatch takes its ticket out of the ready status first, which a worker looks at as often. Answers
    through eFormidling have no such status, so theirs are always read.
    """

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._seen: dict[DispatchKey, tuple[datetime, Dispatch]] = {}

    async def dispatch(self, key: DispatchKey) -> Dispatch | None:
        """The dispatch, which may be as old as a remembered status of its ticket."""
        now = self._clock()
        seen = self._seen.get(key)
        if seen is not None and now - seen[0] <= LASTS:
            return seen[1]
        self.forget(key)
        found = await self._ledger.dispatch(key)
        if found is not None and found.state is DispatchState.SENDING and found.scenario is not Scenario.REPLY:
            self._seen = {**{k: s for k, s in self._seen.items() if now - s[0] <= LASTS}, key: (now, found)}
        return found

    def forget(self, key: DispatchKey) -> None:
        """The dispatch is read at its next look."""
        self._seen.pop(key, None)


@dataclass(frozen=True, slots=True)
class _Look:
    """Numbers of one sender's batches that were not recorded when nobody else had changed the sender's row since."""

    changes: int
    numbers: set[int]


class Unrecorded:
    """Whether a dispatch has batches that are not recorded, asked for only where this process can't know.

    The last who gives a sender back after its batch was recorded has to find out that nothing is left. Nobody else has
    begun or ended a batch as long as the sender's row is as this process left it; and whoever had begun before gives
    back after us, sees our change, and asks. What a person or the poison queue ends is found by the timer.
    """

    def __init__(self, ledger: Ledger, senders: Senders) -> None:
        self._ledger = ledger
        self._senders = senders
        self._looks: dict[tuple[DispatchKey, str], _Look] = {}
        self._acts = 0  # of this process, which make what is just being read old

    def begins(self, batch: Batch, mailbox: str) -> None:
        """The batch is no witness that others are left."""
        self._acts += 1
        if look := self._looks.get((batch.dispatch, mailbox)):
            look.numbers.discard(batch.number)

    async def are_left(self, batch: Batch, mailbox: str, channels: frozenset[Channel]) -> bool:
        """Whether others of the batch's dispatch are left, now that it is recorded and its sender given back."""
        self.begins(batch, mailbox)
        look = self._looks.get((batch.dispatch, mailbox))
        changes = self._senders.changes(mailbox)
        if look is not None and look.numbers and look.changes == changes:
            return True
        self.forget(batch.dispatch)
        acts = self._acts
        found = await self._ledger.batches(batch.dispatch, states=UNRECORDED, limit=LOOKED_AT)
        mine = {other.number for other in found if other.channel in channels}
        if mine and acts == self._acts:
            self._looks[batch.dispatch, mailbox] = _Look(changes, mine)
            while len(self._looks) > KEPT:
                self._looks.pop(next(iter(self._looks)))
        return bool(found)

    def forget(self, key: DispatchKey) -> None:
        """The next who wants to know asks."""
        self._acts += 1
        self._looks = {at: look for at, look in self._looks.items() if at[0] != key}


class Memory:
    """What this process remembers."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self.senders = Senders(ledger)
        self.heads = Heads(ledger, clock)
        self.unrecorded = Unrecorded(ledger, self.senders)
