"""Requests leave while earlier outcomes are written: couriers take whose intent is durable, and one scribe writes.

The order is that of every step: the intent is in the ledger, then the request leaves, then its outcome is written. So
what a kill leaves in doubt are the intents of the last write that have no written outcome: the doubt bound at most.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from dispatch.core import LostRace, Recipient
from dispatch.sending.batch_work import BatchWork, Step

LONGEST_UNWRITTEN = timedelta(seconds=1)

More = Callable[[int], Awaitable[Sequence[Recipient]]]
"""The recipients that may begin now, so many at most; none where something says wait."""


@runtime_checkable
class SendingStep(Protocol):
    """A step whose requests must not leave before their intents are in the ledger."""

    @property
    def bound(self) -> int:
        """The doubt bound."""
        ...

    def wants(self, row: Recipient) -> bool:
        """Whether the recipient stands before this step."""
        ...

    async def begin(self, rows: Sequence[Recipient], *, in_doubt: int) -> list[Any]:
        """Notes the intents of those that may go, and returns them; ``in_doubt`` others are under way."""
        ...

    async def act(self, intent: Any) -> Any:
        """Makes the request; its answer, or the error that is one."""
        ...

    def settle(self, answers: Sequence[tuple[Any, Any]]) -> None:
        """Notes what became of each."""
        ...

    def may_go(self, intent: Any) -> bool:
        """Whether the request may still leave, by what others were answered since it was announced."""
        ...

    def take_back(self, intents: Sequence[Any]) -> None:
        """Notes those whose request has not left as they were before."""
        ...

    def is_refusal(self, answer: Any) -> bool:
        """Whether the answer says that the next request had better not leave before it is thought over."""
        ...


AnyStep = Step | SendingStep


class _Lasting:
    """How long something lasts, the newest time counting as much as all before."""

    def __init__(self) -> None:
        self.mean = timedelta()

    def lasted(self, time: timedelta) -> None:
        """It was done once more."""
        self.mean = (self.mean + time) / 2


class Pipeline:
    """One step at work, until nobody stands before it or something says wait."""

    def __init__(self, work: BatchWork, step: SendingStep, more: More) -> None:
        self._work = work
        self._step = step
        self._more = more
        self._ready: deque[Any] = deque()  # their intents are in the ledger
        self._carried: dict[asyncio.Task[Any], tuple[Any, datetime]] = {}
        self._answers: list[tuple[Any, Any]] = []  # nothing of them is noted yet
        self._too_late: list[Any] = []  # their requests have not left, for the lease was over
        self._nobody_more = False
        self._some_stood_back = False  # the step began with fewer than it might have
        self._held_back = False  # a refusal came: no request leaves until it is settled
        self._failure: BaseException | None = None
        self._changed = asyncio.Event()
        self._written = work.now()
        self._requests, self._writes = _Lasting(), _Lasting()

    async def run(self) -> None:
        """Works, and leaves nobody under way."""
        try:
            while await self._write():
                await self._until_there_is_something_to_write()
        finally:
            self._held_back = True
            carried = list(self._carried)
            for task in carried:
                task.cancel()
            await asyncio.gather(*carried, return_exceptions=True)

    @property
    def _in_doubt(self) -> int:
        return len(self._ready) + len(self._carried) + len(self._answers) + len(self._too_late)

    # --- the scribe

    async def _write(self) -> bool:
        """Settles what was answered, announces who is next, and writes both; False where nobody is left."""
        work = self._work
        answers, self._answers = self._answers, []
        self._step.settle(answers)
        self._think_over()
        if not self._carried and (self._too_late or self._failure is not None):
            await self._write_what_is_known()
        began = await self._announce()
        if began or (work.rows.unwritten and self._is_late):
            before = work.now()
            await work.rows.write()
            self._written = work.now()
            self._writes.lasted(self._written - before)
        self._ready.extend(began)
        self._send()
        return bool(self._in_doubt) or not self._nobody_more or self._failure is not None

    def _think_over(self) -> None:
        """Whoever was announced and had better not go now stands as before."""
        stay = [intent for intent in self._ready if self._held_back or not self._step.may_go(intent)]
        if stay:
            self._step.take_back(stay)
            self._ready = deque(intent for intent in self._ready if not any(intent is other for other in stay))
        self._held_back = self._held_back and bool(self._carried)

    async def _write_what_is_known(self) -> None:
        """Of a fault of ours, too, nobody else is to be in doubt: it is raised when their answers are written.

        Raises:
            LostRace: the lease was over, and another has the batch.
        """
        late, self._too_late = self._too_late, []
        self._step.take_back(late)
        if self._work.rows.unwritten:
            await self._work.rows.write()
            self._written = self._work.now()
        if self._failure is not None:
            raise self._failure

    async def _announce(self) -> list[Any]:
        self._some_stood_back = False
        room = 0 if self._held_back else self._step.bound - self._in_doubt
        if room <= 0:
            return []
        try:
            rows = await self._more(room)
            began = await self._step.begin(rows, in_doubt=self._in_doubt) if rows else []
        except Exception as error:  # noqa: BLE001 - it is raised when what is under way has come back
            self._failure, self._held_back = error, True
            return []
        self._some_stood_back = 0 < len(began) < len(rows)
        self._nobody_more = not rows or not (began or not self._in_doubt)
        return began

    async def _until_there_is_something_to_write(self) -> None:
        while not self._is_due:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), LONGEST_UNWRITTEN.total_seconds())
            except TimeoutError:
                await self._work.rows.renew()

    @property
    def _is_due(self) -> bool:
        """Whether the couriers will soon have nothing to carry, or what they brought has lain for long.

        Where the bound leaves room, half of it lies unwritten, and hardly as many as carry are ready to go: each write
        takes as many as it can, and nobody waits for it. Where requests are quicker than a write, it takes them all.
        """
        if not self._carried:
            return True
        if self._some_stood_back and not self._held_back:
            return True
        half = len(self._answers) * 2 >= self._step.bound
        soon = len(self._ready) * 2 <= self._work.gate.permits
        slower = self._requests.mean >= self._writes.mean
        enough = half and soon and slower and not self._nobody_more and not self._held_back
        return enough or (bool(self._answers) and self._is_late)

    @property
    def _is_late(self) -> bool:
        return self._work.now() - self._written >= LONGEST_UNWRITTEN

    # --- the couriers

    def _send(self) -> None:
        while self._ready and len(self._carried) < self._work.gate.permits and not self._held_back:
            intent = self._ready.popleft()
            task = asyncio.ensure_future(self._step.act(intent))
            self._carried[task] = intent, self._work.now()
            task.add_done_callback(self._came_back)

    def _came_back(self, task: asyncio.Task[Any]) -> None:
        intent, left = self._carried.pop(task)
        if task.cancelled():
            return
        self._requests.lasted(self._work.now() - left)
        error = task.exception()
        if isinstance(error, LostRace):
            self._too_late.append(intent)
            self._held_back = True
        elif error is not None:
            self._failure, self._held_back = self._failure or error, True
        else:
            self._answers.append((intent, task.result()))
            self._held_back = self._held_back or self._step.is_refusal(task.result())
            self._send()
        if self._is_due:
            self._changed.set()
