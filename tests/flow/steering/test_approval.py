"""A second pair of eyes: a dispatch to many is let go by another than who asked for it, and by nobody else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest

from dispatch import tick
from dispatch.closing import approval
from dispatch.core import DispatchState, HalfDone, Rejected
from dispatch.steering import actions, approving
from dispatch.watching import overview
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from local.simulators.pureservice.store import API_USER_ID
from tests.stage import Stage, a_stage

Person = approval.Person
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

    await approving.approve(stage.dispatch_of(ticket).key, stage.services, who=WHO, by=Person("Cecilie Sjef"))
    await settles(stage)

    assert len(stage.graph.received) == 5
    assert "Cecilie Sjef" in str(stage.pureservice.store.tickets[ticket["id"]]["solution"])


@pytest.mark.parametrize(
    "by", [("Anne Agent",), ("anne@etat.example",), ("Agent, Anne", "ANNE@ETAT.EXAMPLE"), ("", "bjarne@etat.example")]
)
async def test_the_page_refuses_who_asked_by_name_or_address(stage: Stage, by: tuple[str, ...]):
    ticket = await asked(stage, agent(stage, "Anne"))

    with pytest.raises(Rejected):
        await approving.approve(stage.dispatch_of(ticket).key, stage.services, who=WHO, by=Person(*by))

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


Press = Callable[..., Awaitable[int]]
PRESSES = {"again": actions.retry_failed, "added": actions.send_to_added}


async def finished(stage: Stage, way: str) -> tuple[Row, Press]:
    """A dispatch to three that is done, and the press that sends its letter to four more."""
    store, ticket = stage.pureservice.store, stage.seed(3)
    mailing_list = next(row for row in store.assets.values() if row.get("name") == "Listen")
    people = [seed.add_user(store, "Ny", f"Nr {n}", email=f"ny{n}(at)x.example") for n in range(4)]
    for row in people if way == "again" else ():
        seed.add_member(store, mailing_list, row)
    await settles(stage)
    assert stage.dispatch_of(ticket).state is DispatchState.RESOLVED
    for row in people:
        address = store.emailaddresses[row["emailAddressId"]]
        address["email"] = address["email"].replace("(at)", "@")
        if way == "added":
            seed.add_member(store, mailing_list, row)
    return ticket, partial(PRESSES[way], stage.dispatch_of(ticket).key, stage.services, who=WHO)


@pytest.mark.parametrize("way", list(PRESSES))
async def test_a_further_round_to_so_many_waits_for_another_too(stage: Stage, way: str):
    asker, other = agent(stage, "Anne"), agent(stage, "Bjarne")
    ticket, press = await finished(stage, way)
    key = stage.dispatch_of(ticket).key

    assert await press(by=Person("Anne på nett", "ANNE@etat.example")) == 4

    await settles(stage)
    assert status(stage, ticket) == WAITS
    (note,) = [note for note in stage.notes_on(ticket) if "venter på godkjenning" in note]
    assert "4 mottakere</strong> til, som ikke fikk den sist" in note.replace("\u00a0", " ")
    assert "bedt om av Anne på nett" in note
    await sets_ready(stage, ticket, asker)
    with pytest.raises(Rejected):
        await approving.approve(key, stage.services, who=WHO, by=Person("Anne på nett"))
    with pytest.raises(Rejected):
        await actions.resume(key, stage.services, who=WHO)
    assert len(stage.graph.received) == 3

    await sets_ready(stage, ticket, other)

    assert len(stage.graph.received) == 7
    assert "Bjarne Agent" in str(stage.pureservice.store.tickets[ticket["id"]]["solution"])


@pytest.mark.parametrize("way", list(PRESSES))
async def test_a_further_round_that_nobody_known_asked_for_is_approved_on_the_page_alone(stage: Stage, way: str):
    other = agent(stage, "Bjarne")
    ticket, press = await finished(stage, way)
    assert await press() == 4

    await sets_ready(stage, ticket, other)
    assert len(stage.graph.received) == 3
    assert "Statusen i saken godkjenner ikke" in "".join(stage.notes_on(ticket))
    await approving.approve(stage.dispatch_of(ticket).key, stage.services, who=WHO, by=Person("Cecilie Sjef"))
    await settles(stage)

    assert len(stage.graph.received) == 7


async def test_a_further_round_that_was_planned_half_way_is_no_way_round_it(stage: Stage):
    """The status was refused when the round was planned; a person then sets the ticket ready."""
    asker, other = agent(stage, "Anne"), agent(stage, "Bjarne")
    ticket, press = await finished(stage, "again")
    stage.pureservice.faults.add(Fault(match="PATCH .*ticket", status=503))
    with pytest.raises(HalfDone):
        await press(by=Person("Anne", "anne@etat.example"))

    await sets_ready(stage, ticket, other)
    assert len(stage.graph.received) == 3, "nobody had asked for anything that Bjarne could see"
    await sets_ready(stage, ticket, asker)
    assert len(stage.graph.received) == 3
    await sets_ready(stage, ticket, other)

    assert len(stage.graph.received) == 7


async def test_few_of_a_further_round_need_nobody(stage: Stage):
    _, press = await finished(stage, "again")
    last = [row for row in stage.pureservice.store.emailaddresses.values() if row["email"].startswith("ny")][-1]
    last["email"] = "ny3(at)x.example"

    assert await press() == 3
    await settles(stage)

    assert len(stage.graph.received) == 6


@pytest.mark.parametrize("unmoved", ["status refused", "status gone"])
async def test_a_colleagues_edit_of_a_ticket_that_was_never_put_aside_approves_nothing(stage: Stage, unmoved: str):
    """Nobody has set the ready status anew; it is the asker's own, with somebody else's change behind it."""
    asker, other = agent(stage, "Anne"), agent(stage, "Bjarne")
    store = stage.pureservice.store
    ticket = stage.seed(5)
    store.tickets[ticket["id"]].update(modifiedById=asker)
    await stage.tick()
    if unmoved == "status refused":
        stage.pureservice.faults.add(Fault(match="PATCH .*ticket", status=503, times=2))
    else:
        store.statuses[30]["name"] = "Heter noe annet"
        stage.clock.move(7200)
    for _ in range(3):
        await settles(stage)
        store.tickets[ticket["id"]].update(modifiedById=other)

    assert stage.graph.received == []
    assert status(stage, ticket) != seed.READY, "now it can be set"
    assert not any("må godkjennes av en annen" in note for note in stage.notes_on(ticket)), "nobody has tried to"


async def test_our_own_writes_approve_nothing(stage: Stage):
    """Everything that we write on the ticket, a note too, may make our key's user the last who changed it."""
    asker = agent(stage, "Anne")
    ticket = await asked(stage, asker)

    await sets_ready(stage, ticket, API_USER_ID)

    assert stage.graph.received == []
    assert status(stage, ticket) == WAITS


async def test_a_note_of_ours_does_not_hide_who_asked(stage: Stage):
    """Planning took several tries, and the ticket was told so before it was asked to be approved."""
    asker = agent(stage, "Anne")
    ticket = stage.seed(5)
    ticket = stage.pureservice.store.tickets[ticket["id"]]
    ticket.update(modifiedById=asker)
    await tick.run(stage.services)
    ticket.update(modifiedById=API_USER_ID)
    await settles(stage)

    await sets_ready(stage, ticket, asker)
    assert stage.graph.received == []
    await sets_ready(stage, ticket, agent(stage, "Bjarne"))

    assert len(stage.graph.received) == 5


async def test_where_only_a_note_of_ours_was_seen_the_page_approves_and_the_ticket_says_so(stage: Stage):
    """Pureservice names us where a note of an earlier dispatch came between the status and the timer."""
    agent(stage, "Anne")
    ticket = await asked(stage, API_USER_ID)

    await sets_ready(stage, ticket, agent(stage, "Bjarne"))

    assert stage.graph.received == []
    notes = "".join(stage.notes_on(ticket))
    assert "Statusen i saken godkjenner ikke" in notes
    assert "trykk «Godkjenn»" not in notes, "nobody has the role for it"
    assert "slå på godkjenning på statussiden" in notes


async def test_where_the_status_is_not_to_approve_only_the_page_does():
    async with a_stage(**SETTINGS, DISPATCH_APPROVAL_BY_STATUS="false", WEB_APPROVER_ROLE="Godkjenner") as stage:
        add_status(stage)
        ticket = await asked(stage, agent(stage, "Anne"))
        await sets_ready(stage, ticket, agent(stage, "Bjarne"))
        assert stage.graph.received == []
        assert status(stage, ticket) == WAITS
        notes = "".join(stage.notes_on(ticket))
        assert "Statusen i saken godkjenner ikke" in notes
        assert "Du må ha rollen for det." in notes

        await approving.approve(stage.dispatch_of(ticket).key, stage.services, who=WHO, by=Person("Bjarne Agent"))
        await settles(stage)

        assert len(stage.graph.received) == 5


async def test_nobody_approves_on_the_page_before_it_is_written_down_who_asked(stage: Stage):
    ticket = stage.seed(5)
    stage.pureservice.store.tickets[ticket["id"]].update(modifiedById=agent(stage, "Anne"))
    await stage.tick()

    with pytest.raises(Rejected) as refused:
        await approving.approve(stage.dispatch_of(ticket).key, stage.services, who=WHO, by=Person("Anne Agent"))

    assert "ikke klar til å godkjennes ennå" in refused.value.problems[0]


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
