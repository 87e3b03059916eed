"""The last step hangs on no single call: files by any way, the ticket solved, or words that say what is lacking."""

import json
import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from dispatch.closing.solving import SolvingRefused
from dispatch.core import ResolveTicket
from dispatch.report import clock_text
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import Stage, a_stage

TIED = "isPartOfCurrentSolution"


def ours(stage: Stage) -> list[dict[str, Any]]:
    rows = stage.pureservice.store.attachments.values()
    return [dict(row) for row in rows if str(row["fileName"]).startswith("utsendelse-")]


def tries(stage: Stage, method: str, path: str) -> int:
    return sum(one.method == method and path in one.path for one in stage.pureservice.requests)


async def test_the_files_are_tied_to_the_solution_where_that_can_be() -> None:
    async with a_stage() as stage:
        ticket = stage.seed(members=2, origin=1)
        kept = seed.add_attachment(stage.pureservice.store, ticket, "høring.pdf", b"%PDF", "application/pdf")
        before = dict(stage.pureservice.store.tickets[ticket["id"]])
        await stage.run()

        assert [row[TIED] for row in ours(stage)] == [True, True]
        assert kept["ticketId"] == ticket["id"], "what was on the ticket stays there"
        after = stage.pureservice.store.tickets[ticket["id"]]
        changed = {name for name in after if (before.get(name) or None) != (after[name] or None)}
        assert changed == {"statusId", "solution", "visibility", "modified", "modifiedById", "resolved", "resolvedById"}
        assert tries(stage, "PUT", "/ticket/") == 1


@pytest.mark.parametrize("way", ["bare", "envelope", "note"])
async def test_the_way_that_worked_is_taken_first_the_next_time(way: Any) -> None:
    async with a_stage() as stage:
        stage.pureservice.switches.attachments_by = way
        stage.seed(members=1)
        await stage.run()
        assert json.loads(stage.content.blobs["tenant/file-way.json"])["way"] == way
        assert tries(stage, "PUT", "/ticket/") == 1

        second = stage.seed(members=1)
        await stage.run()

        assert stage.status_of(second) == "Løst"
        assert tries(stage, "PUT", "/ticket/") == 1, "what was refused is not tried again"
        assert len(ours(stage)) == 4


@pytest.mark.parametrize("status", [400, 413, 415])
async def test_with_no_way_the_solution_says_where_the_files_lie(status: Any) -> None:
    async with a_stage() as stage:
        stage.pureservice.switches.attachments_by = "none"
        stage.pureservice.switches.attachment_refusal = status
        ticket = stage.seed(members=2)
        await stage.run()

        (solution,) = stage.solutions_on(ticket)
        key = f"{ticket['id']}-8001"
        assert stage.status_of(ticket) == "Løst"
        assert f"ligger i lagringen til Pureservice Utsendelse, under {key}/report/" in solution
        assert f"python -m dispatch export {key}" in solution
        assert "Vedlagt saken" not in solution
        assert {name for name in stage.content.blobs if name.startswith(f"{key}/report/")} == {
            f"{key}/report/rapport.html",
            f"{key}/report/utsendelse-{key}-melding.pdf",
            f"{key}/report/utsendelse-{key}-mottakere.csv",
        }


async def test_a_way_that_never_answers_is_left_and_nothing_is_put_there_twice() -> None:
    async with a_stage() as stage:
        stage.pureservice.faults.add(Fault(match="^PUT", status=500, body="<h1>Oops</h1>", times=99))
        stage.pureservice.faults.add(Fault(match="^POST.*attachment", drop="after", times=1))
        ticket = stage.seed(members=2)
        await stage.run()

        assert stage.status_of(ticket) == "Løst"
        assert len(ours(stage)) == 2


async def test_a_status_that_is_refused_is_told_with_what_is_lacking() -> None:
    async with a_stage() as stage:
        stage.pureservice.switches.category_when_solving = True
        ticket = stage.seed(members=2)
        await stage.run()
        await stage.run()

        (note,) = stage.notes_on(ticket)
        assert "Pureservice svarte nei da saken skulle settes til «Løst»: «The ticket needs a category" in note
        assert "kari1@eksempel.example" in stage.solutions_on(ticket)[-1], "the report itself stands there"
        assert stage.status_of(ticket) == "Under arbeid"
        assert set(stage.received().values()) == {1}
        assert not await stage.ledger.active(), "and it does not go on for ever"


async def test_a_status_that_somebody_set_meanwhile_stays_though_ours_is_refused() -> None:
    async with a_stage() as stage:
        stage.pureservice.switches.category_when_solving = True
        ticket = stage.seed(members=2)
        await stage.tick()
        while not isinstance(message := stage.queues.take(), ResolveTicket):
            assert message is not None
            await stage.handle(message)
        stage.set_status(ticket, "Lukket")
        for _ in range(2):  # refused for the first time, it is tried once more
            with suppress(SolvingRefused):
                await stage.handle(message)
            stage.clock.move(3600)

        assert "Dette mangler" in "".join((*stage.notes_on(ticket), *stage.solutions_on(ticket)))
        assert stage.status_of(ticket) == "Lukket"


async def test_where_no_note_is_taken_either_the_words_stand_as_the_solution() -> None:
    async with a_stage() as stage:
        stage.pureservice.switches.category_when_solving = True
        stage.pureservice.switches.notes = "refused"
        ticket = stage.seed(members=2)
        await stage.run()

        assert "Dette mangler: Pureservice svarte nei" in stage.solutions_on(ticket)[-1]


async def test_a_rejection_that_no_note_can_tell_stands_as_the_solution_and_hides_no_report_later() -> None:
    async with a_stage() as stage:
        stage.pureservice.switches.notes = "refused"
        ticket = stage.seed(members=0)
        await stage.run()
        assert "Mottakerlisten er tom" in stage.solutions_on(ticket)[-1]
        assert stage.status_of(ticket) == "Under arbeid"

        store = stage.pureservice.store
        (found,) = [row for row in store.assets.values() if row["name"] == "Listen"]
        seed.add_member(store, found, seed.add_user(store, "Kari", "Nr 1", email="kari@eksempel.example"))
        stage.set_status(ticket, seed.READY)
        await stage.run()

        assert stage.status_of(ticket) == "Løst"
        assert stage.received() == {"kari@eksempel.example": 1}
        assert "kari@eksempel.example" in stage.solutions_on(ticket)[-1]


async def test_the_report_says_when_the_last_recipient_was_done_not_when_it_was_written_itself() -> None:
    async with a_stage() as stage:
        begun = stage.clock()
        ticket = stage.seed(members=2)
        stage.pureservice.faults.add(Fault(match=f"(PUT|PATCH) .*/ticket/{ticket['id']}", status=503, times=6))
        await stage.run()

        changes = [row.changed for row in stage.rows_of(ticket) if row.changed]
        assert stage.status_of(ticket) == "Løst"
        assert (stage.dispatch_of(ticket).resolved_at or begun) - max(changes) > timedelta(minutes=2)
        at = clock_text(max(changes), max(changes))
        said = str(stage.pureservice.store.tickets[ticket["id"]]["solution"])
        assert re.search(rf"Siste mottaker ferdig</th><td[^>]*>[^<]*{re.escape(at)}<", said)
