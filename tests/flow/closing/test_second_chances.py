"""A fault of ours is nobody's outcome: messages that are poisoned, come twice, late or never, and the sweep."""

import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import Batch, OutcomeCounts, Reason, SendBatch
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.infra.logs import Logs
from tests.stage import Stage, a_stage

TRIES = 5
COME_BACK = 60  # seconds after which a failed message comes back
LOST = 600  # and one whose worker died


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A worker that begins with four at a time, so that there is something left to do after a crash."""
    async with a_stage(DISPATCH_WINDOW_SIZE="4") as opened:
        yield opened


class OutOfReachError(Exception):
    """The table cannot be asked."""


def break_ledger(stage: Stage, *names: str) -> Callable[[], None]:
    """The table is out of reach for these calls, until the returned function is called."""

    async def refuse(*args: Any, **kwargs: Any) -> Any:
        raise OutOfReachError

    for name in names or ("dispatch", "batch", "batches", "record", "save_batch", "recipients"):
        setattr(stage.ledger, name, refuse)

    def fix() -> None:
        for name in list(vars(stage.ledger)):
            if getattr(stage.ledger, name) is refuse:
                delattr(stage.ledger, name)

    return fix


async def deliveries(stage: Stage, message: SendBatch) -> int:
    """The host delivers a message until it succeeds, five times at most; returns how often it failed."""
    for failed in range(TRIES):
        try:
            await stage.handle(message)
        except OutOfReachError:
            stage.clock.move(COME_BACK)
        else:
            return failed
    return TRIES


def the_batch(stage: Stage, number: int = 0) -> Batch:
    (key,) = {key for key, _ in stage.ledger.batch_rows}
    return stage.ledger.batch_rows[key, number]


def once_each(count: int) -> dict[str, int]:
    return {f"kari{n}@eksempel.example": 1 for n in range(count)}


async def test_an_outage_of_five_minutes_that_uses_up_all_tries_ends_nobody(stage: Stage) -> None:
    ticket = stage.seed(members=40)
    await stage.tick()
    message = stage.queues.take()
    assert isinstance(message, SendBatch)
    fix = break_ledger(stage, "recipients", "record")
    assert await deliveries(stage, message) == TRIES
    fix()

    await stage.poison(message)
    assert stage.states_of(ticket) == {"planned": 40}
    await stage.run()

    assert stage.received() == once_each(40)
    assert stage.states_of(ticket) == {"delivered": 40}
    assert len(stage.solutions_on(ticket)) == 1


async def test_the_poison_handler_itself_fails_for_a_week_and_the_sweep_does_its_work(stage: Stage) -> None:
    ticket = stage.seed(members=3)
    await stage.tick()
    message = stage.queues.take()
    assert isinstance(message, SendBatch)
    fix = break_ledger(stage, "recipients", "record")
    assert await deliveries(stage, message) == TRIES
    for _ in range(7 * 24 * 6):
        with pytest.raises(OutOfReachError):
            await stage.poison(message)
        stage.clock.move(600)
    fix()  # and the copy has expired

    await stage.run()

    assert stage.received() == once_each(3)
    assert stage.states_of(ticket) == {"delivered": 3}


@pytest.mark.parametrize("meanwhile", ["before", "after"])
async def test_a_poison_handler_that_runs_every_ten_minutes_for_a_week_changes_nothing_more(meanwhile: str) -> None:
    """Its message may come back as long as it lives: before the batch goes on, and long after all is done."""
    async with a_stage() as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        await stage.poison(message)
        if meanwhile == "after":
            await stage.run()
        before = (stage.ledger.batch_rows.copy(), dict(stage.ledger.heads), stage.rows_of(ticket))
        for _ in range(7 * 24 * 6):
            stage.clock.move(600)
            await stage.poison(message)
        assert (stage.ledger.batch_rows, dict(stage.ledger.heads), stage.rows_of(ticket)) == before

        await stage.run()

        assert stage.received() == once_each(3)
        assert len(stage.solutions_on(ticket)) == 1


async def test_the_poison_handler_leaves_alone_what_a_living_worker_holds(stage: Stage) -> None:
    ticket = stage.seed(members=30)
    await stage.tick()
    message = stage.queues.take()
    assert isinstance(message, SendBatch)
    real, poisoned_at = stage.ledger.record, 3

    async def record(*args: Any) -> Batch:
        nonlocal poisoned_at
        poisoned_at -= 1
        if not poisoned_at:
            await stage.poison(message)
        return await real(*args)

    stage.ledger.record = record  # type: ignore[assignment, method-assign]
    await stage.handle(message)
    await stage.run()

    assert stage.received() == once_each(30)
    assert stage.states_of(ticket) == {"delivered": 30}


async def test_the_pause_grows_with_each_fault_and_ends_at_two_hours(stage: Stage) -> None:
    stage.seed(members=2)
    await stage.tick()
    pauses = []
    for _ in range(7):
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        fix = break_ledger(stage, "recipients")
        assert await deliveries(stage, message) == TRIES
        fix()
        await stage.poison(message)
        batch = the_batch(stage)
        assert batch.due is not None
        pauses.append((batch.due - stage.clock()) / timedelta(minutes=1))
        stage.clock.now = batch.due
        await stage.tick()

    assert pauses == [5, 15, 30, 60, 120, 120, 120]


async def test_progress_between_two_faults_lets_the_pause_begin_anew(stage: Stage) -> None:
    stage.seed(members=60)
    await stage.tick()
    for _ in range(3):
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        await stage.dies_in_flight(message, records=5)
        stage.clock.move(LOST)
        await stage.poison(message)
        assert the_batch(stage).faults.in_a_row == 1
        due = the_batch(stage).due
        assert due is not None
        stage.clock.now = due
        await stage.tick()


async def test_who_was_never_attempted_is_not_ended_however_long_the_fault_lasts(stage: Stage) -> None:
    """Only who was attempted, and stood in the way of every worker for a day, gets an outcome."""
    ticket = stage.seed(members=12)
    await stage.tick()
    stage.graph.faults.add(Fault(match="sendMail", drop="before", times=None))
    for _ in range(30):
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        await stage.dies_in_flight(message)
        stage.clock.move(LOST)
        await stage.poison(message)
        due = the_batch(stage).due
        if due is None:
            break
        stage.clock.now = max(stage.clock.now, due)
        await stage.tick()
        if stage.states_of(ticket)["uncertain"]:
            break

    states = stage.states_of(ticket)
    assert 0 < states["uncertain"] <= 4, "a window is in flight at a crash"
    assert states["planned"] == 12 - states["uncertain"]
    assert {row.reason for row in stage.rows_of(ticket) if row.state == "uncertain"} == {Reason.NOTHING_CAN_TELL}
    stage.graph.faults.clear()
    await stage.run(hours=48)
    assert set(stage.received().values()) == {1}
    assert stage.states_of(ticket) == {"uncertain": states["uncertain"], "delivered": states["planned"]}
    assert the_batch(stage).counts.uncertain == states["uncertain"]


async def test_a_delivered_message_that_was_never_started_costs_time_and_nothing_else(stage: Stage) -> None:
    """The host takes it, and stops before the function runs: hidden for ten minutes, one try used."""
    ticket = stage.seed(members=5)
    await stage.tick()
    message = stage.queues.take()
    assert isinstance(message, SendBatch)
    for _ in range(2):
        stage.clock.move(LOST)
        await stage.tick()
    await stage.handle(message)
    await stage.run()

    assert stage.received() == once_each(5)
    assert stage.status_of(ticket) == "Løst"


async def test_all_five_deliveries_never_started_make_poison_without_a_run_and_lose_nobody(stage: Stage) -> None:
    ticket = stage.seed(members=5)
    await stage.tick()
    message = stage.queues.take()
    assert isinstance(message, SendBatch)
    for _ in range(TRIES):
        stage.clock.move(LOST)
        await stage.tick()
    await stage.poison(message)
    await stage.run()

    assert stage.received() == once_each(5)
    assert stage.states_of(ticket) == {"delivered": 5}


@pytest.mark.parametrize("again", [1, 5])
async def test_a_message_that_comes_back_ten_minutes_after_its_work_was_done_does_nothing(again: int) -> None:
    async with a_stage() as stage:
        ticket = stage.seed(members=5)
        await stage.tick()
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        await stage.handle(message)
        for _ in range(again):
            stage.clock.move(LOST)
            await stage.handle(message)
        if again == TRIES:
            await stage.poison(message)
        await stage.run()
        resolved = [entry.message for entry in stage.queues.messages]
        stage.clock.move(LOST)
        await stage.handle(message)

        assert stage.received() == once_each(5)
        assert len(stage.solutions_on(ticket)) == 1
        assert stage.states_of(ticket) == {"delivered": 5}
        assert resolved == []


async def test_a_batch_that_is_lost_again_and_again_waits_longer_and_wakes_somebody(stage: Stage) -> None:
    """Every process that takes it dies, and no poison message ever tells of it."""
    logs = Logs(stage.clock)
    logging.getLogger("dispatch").addHandler(logs)
    ticket = stage.seed(members=3)
    try:
        for _ in range(24 * 12):
            await stage.tick()
            while stage.queues.take():
                pass
            stage.clock.move(300)
        rows = [line for _, line, _ in logs.lines if "batch_put_back" in line]
    finally:
        logging.getLogger("dispatch").removeHandler(logs)

    assert 5 <= len(rows) <= 15
    assert the_batch(stage).release <= 20, "a day of crashes makes few releases"
    assert stage.states_of(ticket) == {"planned": 3}
    await stage.run()
    assert stage.received() == once_each(3)


async def test_a_closed_send_window_makes_the_sweep_put_nothing_on_the_queue() -> None:
    """Twelve hours of ticks over ten batches that came when the window had closed."""
    async with a_stage(
        DISPATCH_SEND_WINDOW="mon-sun 08-16", DISPATCH_BATCH_SIZE="2", MAIL_RATE_PER_MINUTE="0"
    ) as stage:
        ticket = stage.seed(members=20)
        stage.clock.now = stage.clock.now.replace(hour=14, minute=58)  # 15:58 in Oslo
        await stage.tick()
        assert len(stage.queues.messages) == 10
        stage.clock.move(300)
        for _ in range(12 * 12):
            await stage.tick()
            await stage.drain()
            stage.clock.move(300)
        assert len(stage.queues.messages) == 10
        assert stage.received() == {}
        await stage.run(hours=48)

        assert stage.received() == once_each(20)
        assert stage.status_of(ticket) == "Løst"


async def test_a_message_lost_while_the_window_was_closed_is_released_again_when_it_opens() -> None:
    async with a_stage(DISPATCH_SEND_WINDOW="mon-sun 08-16", DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=4)
        stage.clock.now = stage.clock.now.replace(hour=14, minute=58)
        await stage.tick()
        stage.queues.messages.clear()
        stage.clock.move(3600)

        await stage.run(hours=48)

        assert stage.received() == once_each(4)
        assert stage.status_of(ticket) == "Løst"


@pytest.mark.parametrize("end", ["the receipt comes", "a person ends it"])
async def test_a_batch_given_up_with_receipts_outstanding_counts_each_recipient_once(end: str) -> None:
    """Of one message nobody could tell for hours, while another's receipt is still waited for."""
    async with a_stage(
        WITH_EXCHANGE="1", EF_FALLBACK="none", DISPATCH_WINDOW_SIZE="1", DISPATCH_GIVE_UP_HOURS="2"
    ) as stage:
        assert stage.exchange is not None
        store = stage.pureservice.store
        members = [seed.add_company(store, "Kommune", organization_number=n) for n in ("910000020", "910000039")]
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Kommuner", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        stage.exchange.delay(delivery=12 * 3600)
        await stage.tick()
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        await stage.dies_in_flight(message, records=3)
        assert stage.states_of(ticket) == {"under_way": 1, "in_flight": 1}
        stage.clock.move(LOST)
        await stage.poison(message)
        for _ in range(40):
            again = stage.queues.take()
            if isinstance(again, SendBatch):
                await stage.poison(again)
            if stage.states_of(ticket)["uncertain"]:
                break
            stage.clock.move(1200)
            await stage.tick()

        assert the_batch(stage).counts == OutcomeCounts(uncertain=1, under_way=1)
        if end == "a person ends it":
            await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who="cli:test")
        await stage.run(hours=72)

        reached = end == "the receipt comes"
        assert the_batch(stage).counts == OutcomeCounts(uncertain=2 - reached, delivered=int(reached))
        assert stage.status_of(ticket) == "Løst"
