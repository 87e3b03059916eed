"""A second pair of eyes: a dispatch to many is let go by another than who asked for it, and by nobody else."""

from collections.abc import AsyncIterator

import pytest

from dispatch.core import DispatchState, Rejected
from dispatch.steering import actions, approving
from dispatch.watching import overview
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

WAITS, WHO = "Til godkjenning", "0f8fad5b-d9cb-469f-a165-70867728950e"
SETTINGS = {"DISPATCH_APPROVAL_ABOVE": "3", "PURESERVICE_DISPATCH_APPROVAL_STATUS": WAITS}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with a_stage(**SETTINGS) as opened:
        add_status(opened)
        yield opened


def add_status(stage: Stage) -> None:
    values = {"userDisplayName": WAITS, "index": 30, "coreStatus": 20, "requestTypeId": 1, "disabled": False}
    stage.pureservice.store.add("status", id=30, name=WAITS, **values)


def agent(stage: Stage, name: str) -> int:
    return int(seed.add_user(stage.pureservice.store, name, "Agent", email=f"{name.lower()}@etat.example")["id"])


async def asked(stage: Stage, by: int, *, members: int = 5) -> Row:
    ticket = stage.seed(members)
    stage.pureservice.store.tickets[ticket["id"]].update(modifiedById=by)
    await settles(stage)
    return ticket


async def sets_ready(stage: Stage, ticket: Row, by: int | None) -> None:
    store = stage.pureservice.store
    store.tickets[ticket["id"]].update(statusId=seed.status_id(store, seed.READY), modifiedById=by)
    await settles(stage)


async def settles(stage: Stage) -> None:
    for _ in range(4):
        await stage.tick()
        await stage.drain(hours=0.1)


def status(stage: Stage, ticket: Row) -> str:
    store = stage.pureservice.store
    return str(store.statuses[store.tickets[ticket["id"]]["statusId"]]["name"])


async def test_it_waits_with_a_note_until_another_sets_the_status_and_the_report_names_both(stage: Stage):
    asker, other = agent(stage, "Anne"), agent(stage, "Bjarne")
    ticket = await asked(stage, asker)
    assert stage.graph.received == []
    assert status(stage, ticket) == WAITS
    notes = "\n".join(stage.notes_on(ticket))
    assert "Utsendelsen venter på godkjenning" in notes
    assert "bedt om av Anne Agent" in notes
    assert "Hei, dette er en høring." in notes
    assert "kari0@eksempel.example" in notes
    found = await overview.details(stage.dispatch_of(ticket).key, stage.services)
    assert found is not None
    assert found.summary.waits.what == "approval"

    await sets_ready(stage, ticket, other)

    assert len(stage.graph.received) == 5
    solution = str(stage.pureservice.store.tickets[ticket["id"]]["solution"])
    assert "Anne Agent" in solution
    assert "Bjarne Agent" in solution
    assert len([note for note in stage.notes_on(ticket) if "venter på godkjenning" in note]) == 1


@pytest.mark.parametrize("by", ["the same", "nobody knows who"])
async def test_whoever_asked_and_nobody_known_approve_nothing(stage: Stage, by: str):
    asker = agent(stage, "Anne")
    ticket = await asked(stage, asker)

    for _ in range(2):
        await sets_ready(stage, ticket, asker if by == "the same" else None)

    assert stage.graph.received == []
    assert stage.dispatch_of(ticket).state is DispatchState.STOPPED
    assert status(stage, ticket) == WAITS
    assert len([note for note in stage.notes_on(ticket) if "må godkjennes av en annen" in note]) == 1


async def test_where_nobody_knows_who_asked_only_the_page_approves(stage: Stage):
    ticket = await asked(stage, 0)
    await sets_ready(stage, ticket, agent(stage, "Bjarne"))
    assert stage.graph.received == []

    await approving.approve(stage.dispatch_of(ticket).key, stage.services, who=WHO, name="Cecilie Sjef")
    await settles(stage)

    assert len(stage.graph.received) == 5
    assert "Cecilie Sjef" in str(stage.pureservice.store.tickets[ticket["id"]]["solution"])


@pytest.mark.parametrize("name", ["Anne Agent", "anne@etat.example", "ANNE@ETAT.EXAMPLE", ""])
async def test_the_page_refuses_who_asked_by_name_or_address(stage: Stage, name: str):
    ticket = await asked(stage, agent(stage, "Anne"))

    with pytest.raises(Rejected):
        await approving.approve(stage.dispatch_of(ticket).key, stage.services, who=WHO, name=name)

    await settles(stage)
    assert stage.graph.received == []


async def test_nobody_goes_round_it_by_going_on(stage: Stage):
    ticket = await asked(stage, agent(stage, "Anne"))

    with pytest.raises(Rejected) as refused:
        await actions.resume(stage.dispatch_of(ticket).key, stage.services, who=WHO)

    assert "venter på godkjenning" in refused.value.problems[0]


async def test_a_status_that_is_not_there_is_told_in_the_ticket():
    async with a_stage(**SETTINGS) as stage:
        ticket = await asked(stage, agent(stage, "Anne"))
        assert stage.graph.received == []
        assert f"Statusen «{WAITS}» finnes ikke" in "\n".join(stage.notes_on(ticket))


async def test_what_is_approved_is_what_was_asked_for_whatever_the_ticket_says_since(stage: Stage):
    asker, other = agent(stage, "Anne"), agent(stage, "Bjarne")
    ticket = await asked(stage, asker)
    for row in stage.pureservice.store.communications.values():
        if "Hei, dette er en høring." in str(row.get("text")) and row.get("customTypeId"):
            row["text"] = "<p>Noe helt annet.</p>"

    await sets_ready(stage, ticket, other)

    assert {"Hei, dette er en høring." in mail.html for mail in stage.graph.received} == {True}
    assert any("slik den ble låst" in note for note in stage.notes_on(ticket))


async def test_more_than_so_many_are_not_added_without_it(stage: Stage):
    ticket = await asked(stage, agent(stage, "Anne"), members=2)
    assert len(stage.graph.received) == 2
    store = stage.pureservice.store
    mailing_list = next(row for row in store.assets.values() if row.get("name") == "Listen")
    for number in range(4):
        seed.add_member(store, mailing_list, seed.add_user(store, "Ny", f"Nr {number}", email=f"ny{number}@x.example"))

    with pytest.raises(Rejected) as refused:
        await actions.send_to_added(stage.dispatch_of(ticket).key, stage.services, who=WHO)

    assert "må to personer stå bak" in refused.value.problems[0]
    await settles(stage)
    assert len(stage.graph.received) == 2


async def test_a_small_one_needs_nobody(stage: Stage):
    ticket = await asked(stage, agent(stage, "Anne"), members=3)

    assert len(stage.graph.received) == 3
    assert stage.dispatch_of(ticket).state is DispatchState.RESOLVED


async def test_taken_back_before_anybody_approved_it_waits_on(stage: Stage):
    asker, other = agent(stage, "Anne"), agent(stage, "Bjarne")
    ticket = await asked(stage, asker)
    stage.set_status(ticket, seed.OPEN)
    await settles(stage)
    assert stage.graph.received == []

    await sets_ready(stage, ticket, asker)
    assert stage.graph.received == []
    await sets_ready(stage, ticket, other)

    assert len(stage.graph.received) == 5


async def test_what_is_stopped_after_it_was_approved_is_approved(stage: Stage):
    asker, other = agent(stage, "Anne"), agent(stage, "Bjarne")
    ticket = await asked(stage, asker)
    store = stage.pureservice.store
    store.tickets[ticket["id"]].update(statusId=seed.status_id(store, seed.READY), modifiedById=other)
    await stage.tick()
    stage.set_status(ticket, seed.OPEN)
    await settles(stage)
    sent = len(stage.graph.received)

    await sets_ready(stage, ticket, asker)

    assert sent == 0
    assert len(stage.graph.received) == 5
    assert "Bjarne Agent" in str(store.tickets[ticket["id"]]["solution"])
