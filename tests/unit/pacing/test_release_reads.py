"""How much of the ledger a release reads: what the sender can take, and not every batch that waits."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Dispatch,
    DispatchKey,
    DispatchState,
    Refusals,
    SendBatch,
    SenderState,
)
from dispatch.memory import Memory
from dispatch.pacing import release_due
from dispatch.settings import senders_of
from local.in_memory import MemoryLedger, MemoryQueues
from tests.builders import KEY, NOON, FixedClock, a_batch, a_dispatch, some_settings

EVERY_TICK = timedelta(minutes=5)


class Counted(MemoryLedger):
    """A ledger that counts the queries for batches, 250 rows each, and their rows."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = self.seen = self.saves = 0

    async def batches(
        self, key: Any, *, states: Collection[BatchState] = (), after: int = -1, limit: int = 0
    ) -> list[Batch]:
        found = await super().batches(key, states=states, after=after, limit=limit)
        self.queries += max(1, -(-len(found) // 250))
        self.seen += len(found)
        return found

    async def save_batches(self, batches: Any) -> list[Batch]:
        self.saves += 1
        return await super().save_batches(batches)


class Office:
    """What a release needs of the services."""

    def __init__(self, **settings: str) -> None:
        self.clock = FixedClock()
        self.ledger, self.queues = Counted(), MemoryQueues(self.clock)
        self.settings = some_settings(**settings)
        self.memory = Memory(self.ledger, self.clock)

    async def plan(self, count: int, *, size: int = 96, **also: Any) -> Dispatch:
        dispatch = await self.ledger.create(replace(a_dispatch(state=DispatchState.SENDING), **also))
        assert dispatch is not None
        for number in range(count):
            dispatch = await self.ledger.write_batch(
                dispatch, a_batch(number, dispatch=dispatch.key, size=size, to_send=size), []
            )
        return dispatch

    async def release(self, dispatch: Dispatch) -> int:
        self.ledger.queries = self.ledger.seen = self.ledger.saves = 0
        return await release_due([dispatch], self)  # type: ignore[arg-type]


@pytest.mark.parametrize(("waiting", "rows"), [(1, 1), (10, 10), (1000, 16)])
async def test_a_tick_that_keeps_a_pace_asks_as_much_however_many_wait(waiting, rows):
    office = Office(MAIL_RATE_PER_MINUTE="30")
    dispatch = await office.plan(waiting)

    assert await office.release(dispatch) == min(waiting, 3)  # 3.2 minutes each, and seven ahead
    # Batches that wait, and batches on the queue, which have a part of the day's quota.
    assert (office.ledger.queries, office.ledger.seen, office.ledger.saves) == (2, rows, 1)

    office.clock.now += EVERY_TICK
    await office.release(dispatch)
    assert office.ledger.queries <= 2
    assert office.ledger.seen <= 16 + 3


@pytest.mark.parametrize(("waiting", "queries", "written"), [(1, 1, 1), (10, 1, 1), (1000, 3, 25)])
async def test_with_no_pace_a_tick_reads_what_it_releases(waiting, queries, written):
    office = Office(MAIL_RATE_PER_MINUTE="0", MAIL_DAILY_LIMIT="0")
    dispatch = await office.plan(waiting)

    assert await office.release(dispatch) == min(waiting, 500)
    assert (office.ledger.queries, office.ledger.saves) == (queries, written)


async def test_one_that_sends_nothing_more_for_hours_reads_no_further_than_its_first():
    office = Office(MAIL_RATE_PER_MINUTE="30")
    dispatch = await office.plan(1000)
    rests = SenderState(office.settings.mail_from_address, not_before=NOON + timedelta(hours=5))
    await office.ledger.save_sender(rests)

    assert await office.release(dispatch) == 0
    assert (office.ledger.queries, office.ledger.seen) == (1, 16)


async def test_small_batches_that_fill_the_pace_are_all_found():
    """More are due than are read at first."""
    office = Office(MAIL_RATE_PER_MINUTE="30")
    dispatch = await office.plan(300, size=1)

    assert await office.release(dispatch) == 211  # seven minutes of thirty, and the one that is due at their end


async def test_those_that_wait_for_a_person_or_a_receipt_are_read_past():
    office = Office(MAIL_RATE_PER_MINUTE="30")
    dispatch = await office.plan(400)
    for at, batch in list(office.ledger.batch_rows.items()):
        if batch.number < 390:
            waits = {"due": NOON + timedelta(days=1)} if batch.number % 2 else {"refusals": Refusals(held=True)}
            office.ledger.batch_rows[at] = replace(batch, **waits)

    assert await office.release(dispatch) == 3
    messages = [item.message for item in office.queues.messages]
    assert [message.batch for message in messages if isinstance(message, SendBatch)] == [390, 391, 392]


async def test_what_waits_for_one_sender_does_not_hide_what_may_go_by_another():
    office = Office(MAIL_RATE_PER_MINUTE="30", EF_IP_URL="https://ip.example", EF_SELF_ID="910000012")
    dispatch = await office.plan(60, channel=Channel.EFORMIDLING)
    for at, batch in list(office.ledger.batch_rows.items()):
        if batch.number >= 40:
            office.ledger.batch_rows[at] = replace(batch, channel=Channel.EFORMIDLING)

    assert await office.release(dispatch) == 3 + 20


async def test_a_batch_that_somebody_changed_meanwhile_keeps_no_other_from_its_release():
    office = Office(MAIL_RATE_PER_MINUTE="0")
    dispatch = await office.plan(5)
    real = office.ledger.save_batches

    async def too_late(batches: Any) -> list[Batch]:
        await office.ledger.save_batch(replace(batches[2], state=BatchState.PLANNED))
        return await real(batches)

    office.ledger.save_batches = too_late
    await office.release(dispatch)

    asked = [item.message.batch for item in office.queues.messages if isinstance(item.message, SendBatch)]
    assert asked == [0, 1, 3, 4]
    assert {batch.number for batch in await office.ledger.batches(KEY, states={BatchState.PLANNED})} == {2}


async def test_what_another_sender_can_not_take_keeps_no_letter_waiting():
    """The integration point rests, and hundreds of batches for it stand before those that e-mail carries."""
    exchange_is_set_up = {"EF_IP_URL": "https://ip.example", "EF_SELF_ID": "910000012"}
    office = Office(MAIL_RATE_PER_MINUTE="0", MAIL_DAILY_LIMIT="0", **exchange_is_set_up)
    dispatch = await office.plan(620, channel=Channel.EFORMIDLING)
    for at, batch in list(office.ledger.batch_rows.items()):
        if batch.number < 610:
            office.ledger.batch_rows[at] = replace(batch, channel=Channel.EFORMIDLING)
    (exchange,) = senders_of(Channel.EFORMIDLING, office.settings)
    await office.ledger.save_sender(SenderState(exchange.name, not_before=NOON + timedelta(hours=5)))

    assert await office.release(dispatch) == 10
    asked = [item.message.batch for item in office.queues.messages if isinstance(item.message, SendBatch)]
    assert asked == [*range(610, 620)]


@pytest.mark.parametrize("rate", ["2", "20", "30"])
@pytest.mark.parametrize("every", [60, 300])
async def test_a_small_one_waits_for_one_batch_of_each_giant_where_a_tick_has_room_for_one_and_giants_share_alike(
    rate: str, every: int
):
    office = Office(MAIL_RATE_PER_MINUTE=rate)
    giants = [await office.plan(60, key=DispatchKey(f"{n}-{n}"), communication_id=n) for n in (1, 2)]
    for _ in range(3):
        await release_due(giants, office)  # type: ignore[arg-type]
        office.clock.now += timedelta(seconds=every)
    small = await office.plan(1, size=5, key=DispatchKey("3-3"), communication_id=3)
    began = office.clock()
    takes = timedelta(minutes=96 / int(rate))
    ahead = timedelta(seconds=office.settings.dispatch_release_ahead_seconds)
    while not await office.ledger.batches(small.key, states={BatchState.RELEASED}):
        assert office.clock() - began <= ahead + 2 * takes
        await release_due([*giants, small], office)  # type: ignore[arg-type]
        office.clock.now += timedelta(seconds=every)
    for _ in range(int(6 * takes.total_seconds() / every)):
        await release_due(giants, office)  # type: ignore[arg-type]
        office.clock.now += timedelta(seconds=every)
    went = [len(await office.ledger.batches(one.key, states={BatchState.RELEASED})) for one in giants]
    assert abs(went[0] - went[1]) <= 1, went


async def test_what_was_taken_back_from_a_mailbox_before_anybody_began_goes_by_whichever_has_room():
    office = Office(MAIL_SENDERS="a@etat.example, b@etat.example")
    dispatch = await office.plan(2)
    for batch in await office.ledger.batches(dispatch.key):
        await office.ledger.save_batch(replace(batch, mailbox="a@etat.example", attempts=batch.number))
    rests = SenderState("a@etat.example", not_before=NOON + timedelta(hours=20))
    await office.ledger.save_sender(rests)

    await office.release(dispatch)

    told = [(one.state, one.mailbox) for one in await office.ledger.batches(dispatch.key)]
    assert told == [(BatchState.RELEASED, "b@etat.example"), (BatchState.PLANNED, "a@etat.example")]
