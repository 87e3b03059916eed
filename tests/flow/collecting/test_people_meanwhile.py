"""What people do while returned mail is watched for: nothing is lost by it, and nobody is named wrongly."""

from collections.abc import AsyncIterator

import pytest

from dispatch.core import RecipientState
from dispatch.steering import actions
from local.simulators.graph import ReturnRule
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

HOUR, DAY = 3600.0, 86400.0
R = RecipientState


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with a_stage(DISPATCH_RETURNS_DAYS="3", MAIL_RATE_PER_MINUTE="0") as opened:
        yield opened


async def solved(stage: Stage, *rules: ReturnRule, members: int = 4) -> Row:
    stage.graph.switches.returns = list(rules)
    ticket = stage.seed(members)
    await settles(stage)
    assert stage.dispatch_of(ticket).state == "resolved"
    return ticket


async def settles(stage: Stage) -> None:
    for _ in range(4):
        await stage.tick()
        await stage.drain(hours=0.1)


async def days_pass(stage: Stage, days: float, *, step: float = 6 * HOUR) -> None:
    until = stage.clock().timestamp() + days * DAY
    while stage.clock().timestamp() < until:
        stage.clock.move(step)
        await stage.tick()
        await stage.drain()


def told(stage: Stage, ticket: Row) -> list[str]:
    return [note for note in stage.notes_on(ticket) if ">Meldinger kom i retur<" in note]


def counted(stage: Stage, ticket: Row) -> dict[str, str]:
    return {row.address: str(row.state) for row in stage.rows_of(ticket) if not row.superseded}


def corrects(stage: Stage, old: str, new: str) -> None:
    for address in stage.pureservice.store.emailaddresses.values():
        if address["email"] == old:
            address["email"] = new


@pytest.mark.parametrize("status", [seed.OPEN, seed.SOLVED, seed.READY])
async def test_whatever_status_a_person_sets_meanwhile_the_ticket_gets_its_note_and_keeps_it(stage: Stage, status: str):
    ticket = await solved(stage, ReturnRule("kari1@", after=DAY))
    stage.set_status(ticket, status)
    await settles(stage)
    then = stage.status_of(ticket)

    await days_pass(stage, 5)

    (note,) = told(stage, ticket)
    assert "Kari Nr 1" in note
    assert stage.status_of(ticket) == then, "nothing is opened or solved by it"


async def test_a_ticket_that_is_gone_is_no_fault(stage: Stage):
    ticket = await solved(stage, ReturnRule("kari1@", after=DAY))
    other = await solved(stage, ReturnRule("kari1@", after=DAY))
    del stage.pureservice.store.tickets[ticket["id"]]

    await days_pass(stage, 5)

    assert len(told(stage, other)) == 1
    states = [row.state for row in stage.rows_of(ticket)]
    assert states.count(R.RETURNED) == 1


async def test_a_late_report_on_an_older_round_says_nothing_of_the_newer_letter(stage: Stage):
    late = ReturnRule("kari1@", form="postfix", after=30 * HOUR)
    ticket = await solved(stage, ReturnRule("kari1@", after=HOUR), late)
    await days_pass(stage, 0.5)
    corrects(stage, "kari1@eksempel.example", "kari.ny@eksempel.example")
    assert await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="Test") == 1
    await settles(stage)

    await days_pass(stage, 5)

    assert counted(stage, ticket)["kari.ny@eksempel.example"] == "delivered"
    assert "returned" not in counted(stage, ticket).values()
    assert told(stage, ticket) == []
    counts = [batch.counts for batch in await stage.ledger.batches(stage.dispatch_of(ticket).key)]
    assert sum(one.delivered for one in counts) == 4


async def test_returns_that_come_while_it_is_sent_again_are_all_noted(stage: Stage):
    rules = [ReturnRule(f"kari{n}@", after=(n + 1) * 10 * HOUR) for n in range(3)]
    ticket = await solved(stage, *rules, ReturnRule("ny@", after=HOUR))
    await days_pass(stage, 0.6)
    corrects(stage, "kari0@eksempel.example", "kari.ny@eksempel.example")
    assert await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="Test") == 1
    await stage.tick()
    stage.clock.move(DAY)  # the others come back while the new round lies on the queue
    await settles(stage)

    await days_pass(stage, 5)

    assert counted(stage, ticket) == {
        "kari.ny@eksempel.example": "returned",
        "kari1@eksempel.example": "returned",
        "kari2@eksempel.example": "returned",
        "kari3@eksempel.example": "delivered",
    }
    said = "\n".join(told(stage, ticket)) + str(stage.pureservice.store.tickets[ticket["id"]]["solution"])
    assert all(name in said for name in ("kari.ny@", "kari1@", "kari2@"))


async def test_a_late_copy_on_the_first_letter_says_nothing_of_the_second_to_the_same_address(stage: Stage):
    full = [ReturnRule("kari1@", form="expired", after=after) for after in (HOUR, 40 * HOUR)]
    ticket = await solved(stage, *full)
    await days_pass(stage, 0.5)
    assert counted(stage, ticket)["kari1@eksempel.example"] == "returned"
    stage.graph.switches.returns = []
    assert await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="Test") == 1
    await settles(stage)

    await days_pass(stage, 5)

    assert set(counted(stage, ticket).values()) == {"delivered"}
    assert stage.received()["kari1@eksempel.example"] == 1, "what came back reached nobody"
