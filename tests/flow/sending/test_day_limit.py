"""The day's limit counts what leaves, not what was booked."""

from datetime import datetime, timedelta

import pytest

from tests.stage import Stage, a_stage

DAY = timedelta(hours=24)


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
