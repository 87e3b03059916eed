"""A ready ticket whose message was sent before: it is told how many got it, before it is moved, at every asking."""

import pytest

from dispatch.steering import actions
from local.simulators.faults import Fault
from tests.stage import ProcessDiesError, Stage, a_stage

NOTE, STATUS = "POST .*/communication", "PATCH .*/ticket"


async def ticks(stage: Stage, count: int) -> None:
    for _ in range(count):
        await stage.tick()
        await stage.drain()
        stage.clock.move(300)


@pytest.mark.parametrize("fault", [Fault(match=NOTE, status=503, times=3), Fault(match=STATUS, status=503, times=3)])
async def test_no_ticket_leaves_its_ready_status_without_words(fault: Fault):
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        await stage.run()
        stage.set_status(ticket, "Til ekspedering")
        stage.pureservice.faults.add(fault)
        for _ in range(12):
            await ticks(stage, 1)
            assert stage.notes_on(ticket) or stage.status_of(ticket) == "Til ekspedering"

        assert len(stage.notes_on(ticket)) == 1
        assert stage.status_of(ticket) == "Løst"


@pytest.mark.parametrize("call", ["add_note", "set_status"])
async def test_a_process_that_dies_in_between_leaves_no_ticket_without_words(call: str, monkeypatch):
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        await stage.run()
        stage.set_status(ticket, "Til ekspedering")
        real = getattr(stage.services.tickets, call)

        async def dies(*args, **named):
            await real(*args, **named)
            raise ProcessDiesError

        monkeypatch.setattr(stage.services.tickets, call, dies)
        with pytest.raises(ProcessDiesError):
            await stage.tick()
        monkeypatch.undo()
        await ticks(stage, 3)

        assert stage.notes_on(ticket)
        assert stage.status_of(ticket) == "Løst"


async def test_each_asking_gets_an_answer_of_its_own():
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        await stage.run()
        for asked in (1, 2, 3):
            stage.set_status(ticket, "Til ekspedering")
            await ticks(stage, 2)
            assert len(stage.notes_on(ticket)) == asked


@pytest.mark.parametrize(("members", "reached"), [(2, 0), (2, 1), (2, 2)])
async def test_the_answer_says_how_many_got_it(members: int, reached: int):
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=members)
        await stage.tick()
        for _ in range(reached):
            await stage.handle_next()
        if reached < members:
            await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who="x")
        await stage.run(hours=1)
        assert len(stage.received()) == reached
        stage.set_status(ticket, "Til ekspedering")
        await ticks(stage, 1)

        (note,) = stage.notes_on(ticket)
        assert ("Meldingen er sendt ut før" in note) == (reached > 0)
        assert ("ingen fikk meldingen" in note) == (reached == 0)
        assert ("sende på nytt til dem som ikke fikk den" in note) == (reached < members)
        if reached:
            assert f"{reached} av {members}" in note


@pytest.mark.parametrize("status", [400, 403])
async def test_a_ticket_whose_message_everybody_got_is_not_told_that_nobody_did(status: int):
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        await stage.run()
        stage.set_status(ticket, "Til ekspedering")
        stage.pureservice.faults.add(Fault(match="GET .*/communication", status=status, times=6, body="{}"))
        await stage.run(hours=1)

        solution = stage.pureservice.store.tickets[ticket["id"]]["solution"]
        words = [word for word in (*stage.notes_on(ticket), solution) if "Saken ble ikke sendt ut" in word]
        assert len(words) == 1
        assert "Ingen har fått meldingen" not in words[0]


async def test_a_preview_is_not_answered_with_silence_where_no_note_is_taken():
    async with a_stage(PURESERVICE_DISPATCH_PREVIEW_STATUS="Forhåndsvisning") as stage:
        store = stage.pureservice.store
        kind = next(iter(store.statuses.values()))
        values = {name: value for name, value in kind.items() if name not in ("id", "name", "created", "modified")}
        store.add("status", **{**values, "name": "Forhåndsvisning", "coreStatus": 10})
        ticket = stage.seed(members=2)
        stage.set_status(ticket, "Forhåndsvisning")
        refused = Fault(match=r"POST .*/communication", status=403, times=None, body='{"message":"no"}')
        stage.pureservice.faults.add(refused)
        for _ in range(6):
            await stage.tick()
            await stage.drain()
            stage.clock.move(600)
        assert stage.status_of(ticket) == "Under arbeid"
        assert stage.notes_on(ticket) or stage.solutions_on(ticket)
