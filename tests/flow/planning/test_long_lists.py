"""A list that is longer than Pureservice's budget of a minute: read over several ticks, and no part of it twice."""

import re
from collections import Counter
from datetime import timedelta

import pytest

from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage


def asked(stage: Stage) -> list[int]:
    """Where each page of the list began that Pureservice was asked for, refused ones included."""
    lines = [request.path for request in stage.pureservice.requests if "fromAsset" in request.path]
    return [int(re.findall(r"[?&]start=(\d+)", line)[0]) for line in lines]


def kept(stage: Stage) -> list[str]:
    return [name for name in stage.content.blobs if "/members/" in name]


def planned(stage: Stage, ticket: Row) -> Counter[str]:
    """How often each address stands in the plan."""
    return Counter(row.address for row in stage.rows_of(ticket))


def everyone(members: int) -> Counter[str]:
    return Counter({f"kari{n}@eksempel.example": 1 for n in range(members)})


@pytest.fixture
def pause() -> Fault:
    return Fault(match="fromAsset", status=429, headers={"Retry-After": "60"}, body="{}", skip=3, times=1)


async def test_reading_goes_on_where_it_was_interrupted(pause):
    async with a_stage() as stage:
        ticket = stage.seed(members=1_800)
        stage.pureservice.faults.add(pause)

        await stage.tick()
        assert stage.dispatch_of(ticket).state == "planning"
        assert asked(stage) == [0, 499, 998, 1497]
        assert kept(stage)
        stage.clock.move(300)
        await stage.tick()

        assert stage.dispatch_of(ticket).state == "sending"
        assert asked(stage)[4:] == [1497, 1799], "what was read is not asked for again"
        assert kept(stage) == [], "and is not kept longer than it is of use"
        assert planned(stage, ticket) == everyone(1_800)


async def test_a_list_that_was_changed_meanwhile_is_read_anew(pause):
    async with a_stage() as stage:
        ticket = stage.seed(members=1_800)
        store = stage.pureservice.store
        stage.pureservice.faults.add(pause)
        await stage.tick()
        first = min(store.relationships.values(), key=lambda row: row["id"] if row.get("toUserId") else 10**9)
        del store.relationships[first["id"]]

        for _ in range(2):
            stage.clock.move(300)
            await stage.tick()

        assert stage.dispatch_of(ticket).state == "sending"
        assert asked(stage)[4:] == [1497, 0, 499, 998, 1497, 1798]
        assert len(everyone(1_800) - planned(stage, ticket)) == 1, "who was taken off the list, and nobody who moved up"
        assert set(planned(stage, ticket).values()) == {1}


async def test_what_was_read_an_hour_ago_is_read_anew(pause):
    async with a_stage() as stage:
        ticket = stage.seed(members=1_800)
        stage.pureservice.faults.add(pause)
        await stage.tick()

        stage.clock.move(timedelta(hours=1, minutes=1).total_seconds())
        await stage.tick()

        assert stage.dispatch_of(ticket).state == "sending"
        assert asked(stage)[4:] == [0, 499, 998, 1497, 1799]


async def test_many_lists_are_each_read_once_with_a_pause_after_some():
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=600)
        for name in range(3):
            others = [seed.add_user(store, "Per", f"Nr {n}", email=f"per{name}.{n}@eksempel.example") for n in range(5)]
            seed.relate_list_to_ticket(store, seed.add_list(store, f"Liste {name}", members=others), ticket)
        stage.pureservice.faults.add(
            Fault(match="fromAsset", status=429, headers={"Retry-After": "60"}, body="{}", skip=3, times=1)
        )
        await stage.tick()
        stage.clock.move(300)
        await stage.tick()

        assert stage.dispatch_of(ticket).plan.recipients == 615
        assert set(planned(stage, ticket).values()) == {1}
        assert len(asked(stage)) == 10, "two pages and three lists, the end of each, and the one refused"


async def test_a_list_of_many_pages_is_kept_in_parts(monkeypatch):
    monkeypatch.setattr("dispatch.planning.list_reading.KEPT_PAGES", 1)
    async with a_stage() as stage:
        ticket = stage.seed(members=1_800)
        stage.pureservice.faults.add(
            Fault(match="fromAsset", status=429, headers={"Retry-After": "60"}, body="{}", skip=1, times=1),
            Fault(match="fromAsset.*start=998", status=429, headers={"Retry-After": "60"}, body="{}", skip=0, times=1),
        )
        for _ in range(3):
            await stage.tick()
            stage.clock.move(300)

        assert stage.dispatch_of(ticket).state == "sending"
        assert asked(stage) == [0, 499, 499, 998, 998, 1497, 1799]
        assert planned(stage, ticket) == everyone(1_800)
