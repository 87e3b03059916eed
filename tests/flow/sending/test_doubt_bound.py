"""A worker that dies at any of its writes leaves no more in doubt than the doubt bound, and nobody is lost or doubled.

The ledger of every flow test refuses a write that would leave more in flight (``CheckedLedger``); here each kills.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import RecipientState, SendBatch
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import ProcessDiesError, Stage, a_stage

R = RecipientState
MEMBERS = 22
SMTP_ALONE = {"MAIL_MAILER": "smtp"}
OFF = {"MAIL_RECONCILE": "off"}
SEVEN = {"DISPATCH_WINDOW_SIZE": "7"}
DRAFTS = {"MAIL_RECONCILE": "draft"}


def to_many(stage: Stage) -> Row:
    return stage.seed(members=MEMBERS)


def to_own_tickets(stage: Stage) -> Row:
    store = stage.pureservice.store
    members = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(MEMBERS)]
    ticket = seed.add_ticket(store, "Høring", status="Klar til splitt", description="<p>Om høringen</p>")
    seed.relate_list_to_ticket(store, seed.add_list(store, "Alle", members=members), ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei, vi ber om svar.</p>")
    return ticket


CASES: list[tuple[Callable[[Stage], Row], Mapping[str, str], int]] = [
    (to_many, {}, 16),
    (to_many, DRAFTS, 16),
    (to_many, SEVEN, 7),
    (to_many, OFF, 4),
    (to_many, SMTP_ALONE, 4),
    (to_own_tickets, {"MAIL_REPLYTO_ADDRESS": "post@etat.example"}, 16),
]


async def killed_at(stage: Stage, message: SendBatch, records: int) -> bool:
    """Whether the worker died at its write of that number, rather than being done before it."""
    real, left = stage.ledger.record, records

    async def record(*args: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise ProcessDiesError
        return await real(*args)

    stage.ledger.record = record  # type: ignore[assignment, method-assign]
    try:
        await stage.handle(message)
    except ProcessDiesError:
        return True
    finally:
        del stage.ledger.record
    return False


@pytest.mark.parametrize(("case", "settings", "bound"), CASES)
async def test_whoever_was_sent_to_was_announced_and_no_more_than_the_bound_were(case, settings, bound):
    most = 0
    for records in range(1, 200):
        async with a_stage(DISPATCH_LEASE_SECONDS="60", **settings) as stage:
            ticket = case(stage)
            await stage.tick()
            message = stage.queues.take()
            assert isinstance(message, SendBatch)
            if not await killed_at(stage, message, records):
                break
            rows = stage.rows_of(ticket)
            in_flight = [row for row in rows if row.state is R.IN_FLIGHT]
            most = max(most, len(in_flight))
            assert len(in_flight) <= bound
            sent = {address for address, count in stage.received().items() if count}
            assert not sent & {row.address for row in rows if row.state is R.PLANNED}, "sent to before it was announced"

            stage.clock.move(61)
            await stage.handle(message)
            await stage.run(hours=3)
            states = stage.states_of(ticket)
            assert states["delivered"] + states["uncertain"] == len(rows)
            assert set(stage.received().values()) <= {1}
            uncertain_at_most = 0 if bound == 16 or settings is SEVEN else bound
            assert states["uncertain"] <= uncertain_at_most
            assert sum(stage.received().values()) >= states["delivered"]
    assert most == bound or settings is DRAFTS, "drafts are made a few at a time, and nothing else was tried"
    assert most


async def the_batch(stage: Stage) -> SendBatch:
    await stage.tick()
    message = stage.queues.take()
    assert isinstance(message, SendBatch)
    return message


def at_each_write(stage: Stage, act: Callable[[int], Awaitable[None]]) -> None:
    """Calls ``act`` with the number of each write, before it is done."""
    real, number = stage.ledger.record, 0

    async def record(*args: Any) -> Any:
        nonlocal number
        number += 1
        await act(number)
        return await real(*args)

    stage.ledger.record = record  # type: ignore[assignment, method-assign]


async def test_letters_leave_while_outcomes_are_written():
    async with a_stage() as stage:
        stage.seed(members=16)
        message = await the_batch(stage)

        async def slow(number: int) -> None:
            if number == 2:
                async with asyncio.timeout(10):
                    while sum(stage.received().values()) < 16:  # noqa: ASYNC110 - nothing tells but the mailbox
                        await asyncio.sleep(0.01)

        at_each_write(stage, slow)
        await stage.handle(message)
        assert sum(stage.received().values()) == 16


async def test_a_refusal_holds_back_those_whose_letter_has_not_left():
    async with a_stage(MAIL_CONCURRENCY="2") as stage:
        ticket = stage.seed(members=16)
        message = await the_batch(stage)
        stage.graph.faults.add(Fault(match="sendMail", status=429, headers={"Retry-After": "60"}, times=None))

        await stage.handle(message)

        tried = [row for row in stage.rows_of(ticket) if row.attempt.count]
        assert 0 < len(tried) <= 4, "two at a time, and two more that were on their way"
        assert stage.states_of(ticket) == {"planned": 16}
        stage.graph.faults.clear()
        await stage.run()
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(16)}


async def test_a_stop_is_seen_at_the_next_write():
    async with a_stage() as stage:
        ticket = stage.seed(members=60)
        message = await the_batch(stage)

        async def stop(number: int) -> None:
            if number == 2:
                stage.set_status(ticket, "Under arbeid")

        at_each_write(stage, stop)
        await stage.handle(message)
        await stage.run(hours=1)

        # Sixteen, and as many as were answered when the second write announced others: at most all but the carriers.
        assert 0 < sum(stage.received().values()) <= 16 + 12
        assert stage.states_of(ticket)["in_flight"] == 0


@pytest.mark.parametrize("write_ms", [0, 10])
async def test_where_letters_leave_sooner_than_a_write_ends_one_write_takes_all(write_ms):
    async with a_stage(MAIL_RECONCILE="off") as stage:
        stage.seed(members=48)
        message = await the_batch(stage)
        made = 0

        async def lasts(number: int) -> None:
            nonlocal made
            made = number
            stage.clock.now += timedelta(milliseconds=write_ms)

        at_each_write(stage, lasts)
        await stage.handle(message)

        assert sum(stage.received().values()) == 48
        windows = 48 // 4 + 1  # and the write that puts the batch down
        assert made == windows if write_ms else made > windows
