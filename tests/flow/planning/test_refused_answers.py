"""What Pureservice refuses of an answer to a ready ticket ends in words for the person, and the report stays."""

import pytest

from local.simulators.faults import Fault
from tests.stage import Stage, a_stage

SENT_BEFORE, MOVE_IT = "Meldingen er sendt ut før", "Sett en annen status selv"
NOTE, STATUS = "POST .*/communication", "PATCH .*/ticket"


def refused(match: str, *, times: int | None = None) -> Fault:
    """Its words name somebody, as Pureservice's do: they are for the ticket, and no log may hold them."""
    return Fault(match=match, status=400, body='{"message": "Kari Lekkasje har ikke tilgang"}', times=times)


async def asked_again(stage: Stage, *faults: Fault) -> tuple[str, list[str], str]:
    """A sent message is asked for again under these faults: the status, the notes and the solution afterwards."""
    ticket = stage.seed(members=2)
    await stage.run()
    for fault in faults:
        stage.pureservice.faults.add(fault)
    stage.set_status(ticket, "Til ekspedering")
    for _ in range(4):
        await stage.tick()
    solution = str(stage.pureservice.store.tickets[ticket["id"]]["solution"])
    told = [note for note in stage.notes_on(ticket) if SENT_BEFORE in note or MOVE_IT in note]
    return stage.status_of(ticket), told, solution


async def test_a_ticket_that_can_not_be_solved_leaves_for_another_status_and_is_told():
    async with a_stage() as stage:
        status, notes, _ = await asked_again(stage, refused(STATUS, times=1))

        assert status == "Under arbeid"
        assert len(notes) == 1


async def test_a_ticket_that_may_not_move_is_told_once_that_a_person_must_move_it():
    async with a_stage() as stage:
        status, notes, _ = await asked_again(stage, refused(STATUS))

        assert status == "Til ekspedering"
        assert [SENT_BEFORE in note for note in notes] == [True, False]
        assert [MOVE_IT in note for note in notes] == [False, True]


async def test_where_no_note_is_taken_the_words_stand_before_the_report():
    async with a_stage() as stage:
        _, notes, solution = await asked_again(stage, refused(NOTE))

        assert not notes
        assert SENT_BEFORE in solution
        assert "Rapport etter utsendelse" in solution


@pytest.mark.parametrize("ticks", [1, 4])
async def test_a_dispatch_that_pureservice_keeps_from_going_on_says_why_once(ticks: int):
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=4)
        await stage.tick()
        stage.set_status(ticket, "Under arbeid")
        await stage.tick()
        stage.set_status(ticket, "Til ekspedering")
        stage.pureservice.faults.add(refused(rf"GET .*/ticket/{ticket['id']}($|/$|\\?)"))
        for _ in range(ticks):
            await stage.tick()

        assert len([note for note in stage.notes_on(ticket) if "kunne ikke fortsette" in note]) == 1
        stage.pureservice.faults.clear()
        await stage.run(hours=1)
        assert stage.states_of(ticket) == {"delivered": 4}
