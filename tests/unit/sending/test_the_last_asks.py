"""Of workers in several processes the last always finds out that it was, whatever order they go in."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dispatch.core import BatchState, Channel, Dispatch, DispatchState, SenderState
from dispatch.memory import Memory
from dispatch.pacing import slots
from local.in_memory import MemoryLedger
from tests.builders import KEY, NOON, FixedClock, a_batch, a_dispatch, a_recipient

MAILBOX, EXCHANGE = "utsending@etat.example", "eformidling"
BY = {Channel.EMAIL: MAILBOX, Channel.EFORMIDLING: EXCHANGE}


class Slow:
    """A ledger whose calls take an unforeseeable while, before their effect and after it."""

    def __init__(self, ledger: MemoryLedger, rng: random.Random) -> None:
        self._ledger = ledger
        self._rng = rng
        self.looks = 0

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            self.looks += name == "batches"
            await self.a_while()
            try:
                return await getattr(self._ledger, name)(*args, **kwargs)
            finally:
                await self.a_while()

        return call

    async def a_while(self) -> None:
        for _ in range(self._rng.choice((0, 0, 1, 2, 9))):
            await asyncio.sleep(0)


async def _a_dispatch(ledger: MemoryLedger, channels: Sequence[Channel]) -> None:
    dispatch = await ledger.create(a_dispatch(state=DispatchState.SENDING))
    assert isinstance(dispatch, Dispatch)
    for number, channel in enumerate(channels):
        released = a_batch(number, channel=channel, state=BatchState.RELEASED, release=1)
        dispatch = await ledger.write_batch(dispatch, released, [a_recipient(number)])


class Process:
    """One process at work on batches, one after the other, as ``sending.worker`` does it."""

    def __init__(self, name: str, ledger: MemoryLedger, rng: random.Random) -> None:
        self.ledger = Slow(ledger, rng)
        self.memory = Memory(self.ledger, FixedClock())
        self.found_nothing_left = 0
        self._name = name

    async def work(self, number: int) -> None:
        batch = await self.ledger.batch(KEY, number)
        mailbox, senders = BY[batch.channel], self.memory.senders
        owner = f"{self._name}.{number}"
        while True:
            held = await slots.take_slot(
                senders, mailbox, owner, wanted=1, capacity=2, now=NOON, seconds=120, known=senders.last(mailbox)
            )
            if held.permits:
                break
            await self.ledger.a_while()
            await asyncio.sleep(0)
        self.memory.unrecorded.begins(batch, mailbox)
        await self.ledger.save_batch(replace(batch, state=BatchState.RECORDED))
        await slots.give_slot(senders, mailbox, owner, held=held)
        if not await self.memory.unrecorded.are_left(batch, mailbox, frozenset({batch.channel})):
            self.found_nothing_left += 1

    async def tick(self) -> None:
        """The timer, in this process, books the pace in the sender's row."""
        await self.ledger.a_while()

        def paced(sender: SenderState) -> SenderState:
            return replace(sender, paced_until=(sender.paced_until or NOON) + timedelta(minutes=3))

        await slots.change(self.memory.senders, MAILBOX, paced)

    async def work_on(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            await self.work(number)


async def _one_history(seed: int) -> tuple[int, int]:
    """How often somebody found that nothing is left, and how often the ledger was asked."""
    rng = random.Random(seed)
    ledger = MemoryLedger()
    channels = [rng.choice(list(BY)) if seed % 2 else Channel.EMAIL for _ in range(rng.randint(2, 9))]
    await _a_dispatch(ledger, channels)
    processes = [Process(str(n), ledger, rng) for n in range(rng.randint(1, 3))]
    shares: list[list[int]] = [[] for _ in range(rng.randint(1, 4))]  # several at once in a process
    for number in rng.sample(range(len(channels)), len(channels)):
        rng.choice(shares).append(number)
    at_work = [rng.choice(processes).work_on(share) for share in shares]
    ticks = [rng.choice(processes).tick() for _ in range(rng.randint(0, 5))]
    await asyncio.gather(*at_work, *ticks)
    return sum(p.found_nothing_left for p in processes), sum(p.ledger.looks for p in processes)


async def test_the_last_of_all_finds_out_that_nothing_is_left():
    for seed in range(1500):
        found, _ = await _one_history(seed)
        assert found >= 1, f"seed {seed}: nobody asked for the report"


async def test_one_process_asks_at_its_first_batch_and_at_its_last():
    ledger = MemoryLedger()
    await _a_dispatch(ledger, [Channel.EMAIL] * 9)
    alone = Process("alone", ledger, random.Random(1))

    await alone.work_on(range(9))

    assert (alone.ledger.looks, alone.found_nothing_left) == (2, 1)
