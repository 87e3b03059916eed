"""The day's limit counts what leaves, not what was booked."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from dispatch.core import Channel, DispatchKey
from dispatch.steering import actions
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

DAY = timedelta(hours=24)
WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"
Way = Callable[[Stage, Row], Awaitable[None]]


async def test_batches_that_were_booked_one_day_and_sent_the_next_count_the_next():
    async with a_stage(MAIL_DAILY_LIMIT="10", DISPATCH_BATCH_SIZE="10") as stage:
        ticket = stage.seed(members=20)
        sent = _watched(stage)
        await stage.tick()  # the first batch is booked and lies on the queue
        stage.clock.now += timedelta(hours=26)  # nobody was there to take it
        for _ in range(12 * 60):
            await stage.tick()
            await stage.drain()
            stage.clock.now += timedelta(minutes=5)
            if stage.status_of(ticket) == "Løst":
                break

        assert stage.states_of(ticket) == {"delivered": 20}
        assert _most_in_a_day(sent) <= 10


async def test_what_was_booked_and_never_sent_does_not_use_the_day():
    async with a_stage(MAIL_DAILY_LIMIT="10", DISPATCH_BATCH_SIZE="10") as stage:
        ticket = stage.seed(members=10)
        await stage.tick()
        stage.set_status(ticket, "Under arbeid")
        await stage.drain()
        await stage.tick()
        stage.set_status(ticket, "til ekspedering")
        await stage.run(hours=1)

        assert stage.states_of(ticket) == {"delivered": 10}


@pytest.mark.parametrize("window", ["1", "4", "16"])
async def test_a_batch_that_was_planned_before_the_limit_was_lowered_keeps_to_it(window):
    """It once went out whole."""
    async with a_stage(MAIL_DAILY_LIMIT="100", DISPATCH_BATCH_SIZE="20", DISPATCH_WINDOW_SIZE=window) as stage:
        ticket = stage.seed(members=23)
        sent = _watched(stage)
        await stage.tick()
        stage.change(MAIL_DAILY_LIMIT="7")
        sent = _watched(stage)
        for _ in range(24 * 5):
            await stage.tick()
            await stage.drain()
            stage.clock.now += timedelta(hours=1)
            if stage.status_of(ticket) == "Løst":
                break

        assert stage.states_of(ticket) == {"delivered": 23}
        assert len(sent) == 23
        assert _most_in_a_day(sent) <= 7
        assert sent[-1] - sent[0] < timedelta(days=4)


def _watched(stage: Stage) -> list[datetime]:
    """When each letter leaves."""
    sent: list[datetime] = []
    graph = stage.services.transports[0]
    real = graph.send

    async def send(*args: object, **options: object) -> object:
        sent.append(stage.clock())
        return await real(*args, **options)  # type: ignore[arg-type]

    graph.send = send  # type: ignore[method-assign, assignment]
    return sent


def _most_in_a_day(sent: list[datetime]) -> int:
    return max(sum(at <= other < at + DAY for other in sent) for at in sent)


@pytest.mark.parametrize("hours", [1, 23, 25])
async def test_a_dispatch_over_several_days_keeps_the_limit_however_late_its_batches_are_taken(hours: int):
    async with a_stage(MAIL_DAILY_LIMIT="8", DISPATCH_BATCH_SIZE="4") as stage:
        ticket = stage.seed(members=12)
        sent = _watched(stage)
        for _ in range(40):
            await stage.tick()
            stage.clock.now += timedelta(hours=hours)
            await stage.drain()
        assert stage.states_of(ticket) == {"delivered": 12}
        assert _most_in_a_day(sent) <= 8


async def planned(stage: Stage, _: Row) -> None:
    """As it is."""


async def sent_again(stage: Stage, ticket: Row) -> None:
    key = DispatchKey(stage.dispatch_of(ticket).key)
    await actions.resolve_now(key, stage.services, who=WHO)
    await stage.run(hours=1)
    await actions.retry_failed(key, stage.services, who=WHO)


async def sent_to_those_added(stage: Stage, ticket: Row) -> None:
    await sent_again(stage, ticket)
    key = DispatchKey(stage.dispatch_of(ticket).key)
    store = stage.pureservice.store
    (mailing_list,) = [row for row in store.assets.values() if row.get("name") == "Listen"]
    for n in range(60):
        member = seed.add_user(store, "Ny", f"Nr {n}", email=f"ny{n}@eksempel.example")
        seed.add_member(store, mailing_list, member)
    await actions.resolve_now(key, stage.services, who=WHO)
    await stage.run(hours=1)
    await actions.send_to_added(key, stage.services, who=WHO)


@pytest.mark.parametrize("way", [planned, sent_again, sent_to_those_added])
@pytest.mark.parametrize("limit", [7, 60])
async def test_no_batch_is_larger_than_the_day_however_it_is_made(way: Way, limit: int):
    async with a_stage(MAIL_DAILY_LIMIT=str(limit)) as stage:
        ticket = stage.seed(members=61)
        await stage.tick()
        await way(stage, ticket)

        assert max(batch.to_send for batch in stage.ledger.batch_rows.values()) == limit


@pytest.mark.parametrize("limit", [7])
async def test_no_batch_of_those_who_get_e_mail_instead_of_eformidling_is_larger_than_the_day(limit: int):
    async with a_stage(WITH_EXCHANGE="1", EF_STRICT_ORGNR="false", MAIL_DAILY_LIMIT=str(limit)) as stage:
        store = stage.pureservice.store
        numbers = [str(910100000 + n) for n in range(61)]
        companies = [
            seed.add_company(store, f"Kommune {n}", email=f"post@k{n}.example", organization_number=n) for n in numbers
        ]
        mailing_list = seed.add_list(store, "Kommuner", members=companies)
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, mailing_list, ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei, dette er et rundskriv.</p>")
        await stage.run(hours=0.5)

        by_mail = [batch for batch in stage.ledger.batch_rows.values() if batch.channel is Channel.EMAIL]
        assert sum(batch.to_send for batch in by_mail) == len(numbers)
        assert max(batch.to_send for batch in by_mail) == limit
