"""A world small enough to be lived through in every order: one dispatch of three recipients in one batch.

The processes are real: the verbs of production, each with services of its own, stopped at every call to the outside.
The outside is in memory, and what it received is what the ledger and the report are held against.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from dispatch import tick
from dispatch.closing import resolve
from dispatch.core import (
    DispatchState,
    HalfDone,
    LostRace,
    PlanDispatch,
    Rejected,
    ResolveTicket,
    SendBatch,
    TicketSystemBusy,
)
from dispatch.planning import plan_requests
from dispatch.sending import worker as sending_worker
from dispatch.services import Services
from dispatch.steering import actions
from local.in_memory import Queued, QueueMessage
from local.small_worlds.gate import Worker
from local.small_worlds.pureservice import OPEN, SOLVED
from local.small_worlds.setting import KEY, LEASE, Broken, Setting

MOST_DELIVERIES = 12
HIDDEN_SECONDS = 600  # a message in the hands of a process that died comes back after so long
SOMEBODY = "0f8fad5b-d9cb-469f-a165-70867728950e"


def handle(message: QueueMessage, services: Services) -> Coroutine[Any, Any, None]:
    """What the function of the message's queue does."""
    match message:
        case PlanDispatch():
            return plan_requests.run(message, services)
        case SendBatch():
            return sending_worker.run(message, services)
        case ResolveTicket():
            return resolve.run(message, services)


@dataclass(eq=False)
class Process:
    """One invocation: a message in a worker's hands, the timer, or a person at the page."""

    worker: Worker
    message: QueueMessage | None = None
    person: bool = False


@dataclass
class World:
    """One life: begin, let processes go on in some order, end, and look."""

    setting: Setting
    loop: asyncio.AbstractEventLoop
    processes: list[Process] = field(default_factory=list)
    asked_for_uncertain: bool = False

    # --- the beginning and the end

    async def plan(self) -> SendBatch:
        """The timer has planned and released the batch; returns its message, not yet delivered."""
        await self._to_the_end(await self.timer())
        asked = self.setting.queues.take(PlanDispatch)
        if asked is None:
            raise Broken("no plan was asked for")
        await self._to_the_end(await self.deliver(asked))
        message = self.setting.queues.take()
        if not isinstance(message, SendBatch):
            raise Broken("no batch was released")
        self.setting.faults_begin()
        return message

    def as_planned(self, planned: "World") -> None:
        """Begins where the other world stood when it was planned; whatever it did later is its own."""
        self.setting.ledger, self.setting.content = planned.setting.ledger.copy(), planned.setting.content
        self.setting.clock.now = planned.setting.clock.now
        self.setting.faults_begin()

    async def finish(self) -> None:
        """No more faults: processes end, time passes, and a person wishes the dispatch to end."""
        for answers in (self.setting.graph.answers, self.setting.exchange.answers, self.setting.own.answers):
            answers.clear()
        for _ in range(60):
            for process in list(self.processes):
                await self._to_the_end(process)
            if self._is_over():
                return
            if self.setting.pureservice.status == OPEN and self._state() is not DispatchState.STOPPED:
                self.setting.pureservice.status = self.setting.pureservice.ready
            if self._state() is DispatchState.STOPPED and not self._ended_by_person():
                self.setting.pureservice.status = self.setting.pureservice.ready
            await self._to_the_end(await self.timer())
            while (message := self.setting.queues.take()) is not None:
                await self._to_the_end(await self.deliver(message))
            self.setting.clock.pass_(300)
        raise Broken(f"the dispatch never came to an end: {self._state()}, {self.setting.queues.messages}")

    def _ended_by_person(self) -> bool:
        head = self.setting.ledger.heads.get(KEY)
        return head is not None and head.rounds.ended == head.rounds.current

    def _state(self) -> DispatchState | None:
        head = self.setting.ledger.heads.get(KEY)
        return head.state if head else None

    def _is_over(self) -> bool:
        ended = self._state() is DispatchState.RESOLVED and self.setting.pureservice.status == SOLVED
        return ended and not self.setting.queues.messages and not self.processes

    async def close(self) -> None:
        """What still runs ends here."""
        for process in list(self.processes):
            await self.kill(process)

    # --- processes

    async def timer(self) -> Process:
        """The timer fires."""
        return await self.start(tick.run)

    async def deliver(self, message: QueueMessage) -> Process:
        """The message reaches a worker."""
        return await self.start(lambda services: handle(message, services), message=message)

    async def drain(self) -> Process:
        """A host to which one message after another is delivered, each when its time has come."""

        async def draining(services: Services) -> None:
            for _ in range(MOST_DELIVERIES):
                visible = self.setting.queues.next_visible()
                if visible is None:
                    return
                self.setting.clock.now = max(self.setting.clock.now, visible)
                message = self.setting.queues.take()
                if message is not None:
                    await handle(message, services)

        return await self.start(draining)

    async def press(self, what: str) -> Process:
        """A person presses buttons, one after another: names joined by a plus sign."""

        async def pressing(services: Services) -> None:
            for button in what.split("+"):
                try:
                    await self._press(button, services)
                except (Rejected, TicketSystemBusy, LostRace, HalfDone):
                    continue  # the page says so, and what was done and what not

        return await self.start(pressing, person=True)

    async def _press(self, button: str, services: Services) -> None:
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "stop": lambda: actions.stop(KEY, services, who=SOMEBODY),
            "go on": lambda: actions.resume(KEY, services, who=SOMEBODY),
            "send again": lambda: actions.retry_failed(KEY, services, who=SOMEBODY),
            "send again to the uncertain": lambda: actions.retry_failed(KEY, services, who=SOMEBODY, uncertain=True),
            "resolve": lambda: actions.resolve_now(KEY, services, who=SOMEBODY),
        }
        self.asked_for_uncertain |= button == "send again to the uncertain"
        await acts[button]()

    async def start(
        self,
        handler: Callable[[Services], Coroutine[Any, Any, None]],
        *,
        message: QueueMessage | None = None,
        person: bool = False,
    ) -> Process:
        worker = Worker(f"w{len(self.processes)}")
        process = Process(worker, message, person)
        self.processes.append(process)

        worker.start(handler(self.setting.services(worker)))
        await self._settle()
        return process

    async def step(self, process: Process) -> bool:
        """Lets one call of the process through; False where it has ended."""
        if process not in self.processes:
            return False
        process.worker.let_through(0)
        await self._settle()
        return True

    async def kill(self, process: Process) -> None:
        """The process is gone; what it had done so far stands."""
        if process in self.processes:
            process.worker.kill()
            await self._settle()

    def is_frozen(self, process: Process) -> None:
        """Its host does not hold the message any longer: it comes to another after a while."""
        if process in self.processes and process.message is not None:
            self._put_again(process.message, HIDDEN_SECONDS)

    async def _to_the_end(self, process: Process) -> None:
        while await self.step(process):
            pass

    async def _quiet(self) -> None:
        """Until nothing is left that could run."""
        ready: Any = self.loop._ready  # type: ignore[attr-defined]  # noqa: SLF001 - nothing else tells it exactly
        await asyncio.sleep(0)
        while ready:  # noqa: ASYNC110 - the loop itself is what is waited for
            await asyncio.sleep(0)

    async def _settle(self) -> None:
        await self._quiet()
        for process in list(self.processes):
            # The PDF is made elsewhere: the only thing that is neither at the gate nor at an end.
            while not process.worker.done and not process.worker.waiting:
                await asyncio.sleep(0.0005)
                await self._quiet()
            if process.worker.done:
                self._ended(process)

    def _ended(self, process: Process) -> None:
        self.processes.remove(process)
        task = process.worker.task
        error = task.exception() if task else None
        if process.message is None:
            if error is not None:
                raise Broken(f"{'a press' if process.person else 'the timer'} failed: {error!r}") from error
            return
        if process.worker.dead or error is not None:
            seconds = HIDDEN_SECONDS if process.worker.dead else LEASE
            self._put_again(process.message, seconds)

    def _put_again(self, message: QueueMessage, seconds: float) -> None:
        self.setting.queues.messages.append(Queued(message, self.setting.clock() + timedelta(seconds=seconds)))

    # --- what must hold

    def check_always(self) -> None:
        """Nobody got two letters, or two tickets, unless a person asked for the uncertain."""
        self.setting.check_always(most=self._most)

    def check_the_end(self) -> None:
        """Ledger, mailbox and ticket tell the same."""
        self.setting.check_the_end(most=self._most)

    @property
    def _most(self) -> int:
        return 2 if self.asked_for_uncertain else 1
