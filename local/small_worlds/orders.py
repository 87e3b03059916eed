"""Every order of three processes with up to two switches and one kill, over worlds that are begun anew for each.

A process runs until it is put aside before one of its calls to the outside; another runs until it is put aside, or to
its end; and so on. Putting aside may be for good (the process dies), and time may pass meanwhile: none, or more than a
lease. All places of both switches are tried.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import permutations

from dispatch.core import SendBatch
from local.small_worlds.kinds import Kind
from local.small_worlds.loop import QuickLoop
from local.small_worlds.setting import LEASE, Broken, Setting
from local.small_worlds.world import Process, World

PRESSES = (
    "stop",
    "stop+go on",
    "resolve",
    "resolve+send again",
    "resolve+send again to the uncertain",
)
PAUSES = (0.0, LEASE + 1.0)
LONGEST = 55  # calls of the longest process, about; a switch beyond a process's end is no switch


@dataclass(frozen=True, slots=True)
class Order:
    """One order: who runs first and second, how far, whether one of them dies there, and how long each pause is.

    Names are ``a`` and ``b``, two workers with the same message, ``t``, the timer, ``d``, a host that takes what is due
    on the queue, and ``p``, the person.
    """

    names: tuple[str, ...]
    first: int
    second: int | None
    killed: int  # 0: nobody, 1: the first where it stands, 2: the second
    pause: float
    back: bool  # after the second switch the first goes on, not the third


@dataclass
class Account:
    """What was tried and what broke."""

    orders: int = 0
    calls: int = 0
    broken: list[str] = field(default_factory=list)


def every_order(kind: Kind, press: str, *, others: str = "ab") -> Account:
    """Lives through all orders of two processes and a person."""
    with _lives(kind, press) as lives:
        for names in permutations((*others, "p")):
            # Two workers with the same message are the same, whichever is called a.
            if names[0] == "d" or ("b" in names and names.index("b") < names.index("a")):
                continue
            for pause in PAUSES:
                lives.loop.run_until_complete(lives.of(names, pause))
        return lives.account


def some_orders(kind: Kind, press: str, *, count: int, seed: int) -> Account:
    """Lives through so many orders, drawn by chance."""
    chance = random.Random(seed)
    with _lives(kind, press) as lives:
        for _ in range(count):
            names = chance.choice(["abp", "atp", "adp"])
            order = Order(
                names=tuple(chance.sample(names, 3)),
                first=chance.randrange(LONGEST),
                second=chance.choice([None, chance.randrange(LONGEST)]),
                killed=chance.randrange(3),
                pause=chance.choice(PAUSES),
                back=chance.random() < 0.5,
            )
            lives.loop.run_until_complete(lives.live(order))
        return lives.account


@contextmanager
def _lives(kind: Kind, press: str) -> "Iterator[_Lives]":
    loop = QuickLoop()
    state = random.getstate()
    try:
        yield _Lives(kind, press, loop, Account())
    finally:
        random.setstate(state)
        loop.close()


@dataclass
class _Lives:
    kind: Kind
    press: str
    loop: asyncio.AbstractEventLoop
    account: Account
    planned: World | None = None
    message: SendBatch | None = None

    async def of(self, names: tuple[str, ...], pause: float) -> None:
        """All places of both switches for these processes in this order."""
        for killed, back in ((0, False), (0, True), (1, False), (2, False), (2, True)):
            for first in self._places():
                ended = await self._second_switches(names, first, killed, pause, back=back)
                if ended:
                    break

    def _places(self) -> Iterator[int]:
        yield from range(400)

    async def _second_switches(
        self, names: tuple[str, ...], first: int, killed: int, pause: float, *, back: bool
    ) -> bool:
        """Tries every place of the second switch; True where the first process had ended before the first one."""
        # What a draining host does in between is what the second worker does: it is only let run to its end.
        for second in [None] if names[1] == "d" else self._places():
            order = Order(names, first, second, killed, pause, back)
            first_ended, second_ended = await self.live(order)
            if first_ended:
                return True
            if second_ended or second is None:
                return False
        raise Broken("a process goes on for ever")

    async def live(self, order: Order) -> tuple[bool, bool]:
        """Lives through one order; whether the first and the second process ended before their switches."""
        world = await self._begin()
        try:
            ended = await self._switches(world, order)
            self.account.orders += 1
            world.check_always()
            await world.finish()
            world.check_the_end()
        except Broken as broken:
            self.account.broken.append(f"{self.kind.name}, {self.press}, {order}: {broken}")
            ended = (False, False)
        finally:
            await world.close()
        return ended

    async def _begin(self) -> World:
        if self.planned is None:
            self.planned = World(Setting(self.kind), self.loop)
            self.message = await self.planned.plan()
        known = self.planned.setting
        world = World(Setting(self.kind, known.exchange, known.by_exchange), self.loop)
        world.as_planned(self.planned)
        known.by_exchange = world.setting.by_exchange
        return world

    async def _switches(self, world: World, order: Order) -> tuple[bool, bool]:
        message = self.message
        assert message is not None
        started: dict[str, Process] = {}

        async def process(name: str) -> Process:
            if name not in started:
                if name == "p":
                    started[name] = await world.press(self.press)
                else:
                    acts = {"t": world.timer, "d": world.drain}
                    started[name] = await (acts[name]() if name in acts else world.deliver(message))
            return started[name]

        x, y, z = order.names
        first_ended = not await self._run(world, await process(x), order.first)
        if first_ended:
            return True, False
        await self._put_aside(world, await process(x), order, 1)
        second_ended = not await self._run(world, await process(y), order.second)
        await self._put_aside(world, await process(y), order, 2)
        for name in (x, z, y) if order.back else (z, x, y):
            await self._run(world, await process(name), None)
        return False, second_ended

    async def _put_aside(self, world: World, process: Process, order: Order, place: int) -> None:
        if order.killed == place:
            await world.kill(process)
        else:
            world.is_frozen(process)
        world.setting.clock.pass_(order.pause)

    async def _run(self, world: World, process: Process, steps: int | None) -> bool:
        """So many calls, or all; False where the process ended before."""
        for _ in range(10_000 if steps is None else steps):
            if not await world.step(process):
                return False
            self.account.calls += 1
        return process in world.processes
