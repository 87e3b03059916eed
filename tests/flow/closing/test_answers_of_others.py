"""A change that is answered by somebody else, a proxy or a page of sign-in, is one of which nobody knows the end."""

import re

import pytest

from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage

PAGE = "<html><body>Sign in to continue</body></html>"
WRITES = {
    "the claim": r"PATCH /agent/api/ticket/",
    "the report": r"PUT /agent/api/ticket/",
    "a file or a note": r"POST /agent/api/(attachment|communication)",
}


@pytest.mark.parametrize("commit", [False, True], ids=["nothing was done", "it was done"])
@pytest.mark.parametrize("write", WRITES)
async def test_a_page_in_place_of_an_answer_is_no_yes(write: str, commit: bool):
    async with a_stage() as stage:
        ticket = stage.seed(3)
        if write != "the report":
            stage.pureservice.switches.attachments_by = "note"
        page = Fault(match=WRITES[write], status=200, body=PAGE, content_type="text/html", commit=commit)
        stage.pureservice.faults.add(page)

        await stage.run(hours=4)

        assert page.hits == 1
        assert set(stage.received().values()) == {1}
        assert len(stage.received()) == 3
        assert stage.status_of(ticket) == seed.SOLVED
        files = [name for name in stage.files_on(ticket) if name.startswith("utsendelse-")]
        assert len(files) == len(set(files)) == 2
        assert len(stage.solutions_on(ticket)) <= 2
        notes = [re.sub(r"\s+", " ", note) for note in stage.notes_on(ticket)]
        assert len(notes) == len(set(notes)), "no note is written twice"


@pytest.mark.parametrize("asked", ["attachment", "communication", "email", "relationship", "assettype", "status"])
async def test_no_content_is_no_list_without_rows(asked: str):
    async with a_stage() as stage:
        ticket = stage.seed(3)
        seed.add_attachment(stage.pureservice.store, ticket, "vedtak.pdf", b"%PDF-1.7 vedtak", "application/pdf")
        nothing = Fault(match=rf"GET /agent/api/{asked}/", status=204)
        stage.pureservice.faults.add(nothing)

        for _ in range(3):  # a ticket that can't be read is left to the timer's next run
            await stage.run(hours=1)

        assert nothing.hits == 1
        assert [[part.name for part in mail.attachments] for mail in stage.graph.received] == [["vedtak.pdf"]] * 3
        assert stage.status_of(ticket) == seed.SOLVED
        assert stage.notes_on(ticket) == []
