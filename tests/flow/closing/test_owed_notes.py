"""Every recipient's own ticket is told how it went, whoever ended the sending."""

import json
from typing import Any

import pytest

from dispatch.core import DispatchKey
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"
SETTINGS = {"MAIL_MAILER": "microsoft-graph", "MAIL_REPLYTO_ADDRESS": "post@etat.example"}


def own_tickets(stage: Stage, mother: Row) -> list[Row]:
    begins = f"utsendelse-{mother['id']}-"
    rows = stage.pureservice.store.tickets.values()
    return [row for row in rows if str(row.get("customerReference") or "").startswith(begins)]


async def ended_with_tickets_made(stage: Stage, *, notes: Fault | None = None) -> Row:
    """The tickets stand, no mail server takes a letter, and a person ends it."""
    body = json.dumps({"error": {"code": "ErrorAccessDenied", "message": "x"}})
    stage.graph.faults.add(Fault(match=r"POST .*/sendMail", status=403, body=body, times=None))
    mother = stage.seed(members=6, status=seed.READY_121)
    await stage.run(hours=0.5)
    assert own_tickets(stage, mother)
    if notes:
        stage.pureservice.faults.add(notes)
    await actions.resolve_now(DispatchKey(stage.dispatch_of(mother).key), stage.services, who=WHO)
    await stage.run(hours=1)
    return mother


async def test_whom_a_person_ends_has_it_said_on_their_own_ticket_once():
    async with a_stage(**SETTINGS) as stage:
        mother = await ended_with_tickets_made(stage)

        for ticket in own_tickets(stage, mother):
            (note,) = stage.notes_on(ticket)
            assert "Meldingen er ikke sendt" in note
        assert stage.status_of(mother) == "Løst"
        assert "tok ikke imot notatet" not in stage.solutions_on(mother)[-1]


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_lost_answer_to_a_note_brings_no_second_one_and_no_less_of_a_report(drop: Any):
    async with a_stage(**SETTINGS) as stage:
        mother = await ended_with_tickets_made(stage, notes=Fault(match="POST .*/communication", drop=drop))

        assert {len(stage.notes_on(ticket)) for ticket in own_tickets(stage, mother)} == {1}
        assert stage.status_of(mother) == "Løst"


async def test_where_own_tickets_take_no_note_the_report_says_so():
    async with a_stage(**SETTINGS) as stage:
        refusing = Fault(match="POST .*/communication", status=400, body="{}", times=None)
        mother = await ended_with_tickets_made(stage, notes=refusing)

        count = len(own_tickets(stage, mother))
        solution = stage.solutions_on(mother)[-1].replace("\u00a0", " ")
        assert f"{count} egne saker tok ikke imot notatet om hvordan det gikk" in solution


async def test_more_notes_than_one_run_may_write_are_written_in_the_next():
    async with a_stage(**SETTINGS, DISPATCH_WORK_SECONDS="5") as stage:
        real = stage.services.tickets.add_note

        async def slow(*args: Any, **options: Any) -> None:
            stage.clock.move(6)
            await real(*args, **options)

        stage.services.tickets.add_note = slow
        mother = await ended_with_tickets_made(stage)

        assert {len(stage.notes_on(ticket)) for ticket in own_tickets(stage, mother)} == {1}
        assert stage.status_of(mother) == "Løst"
