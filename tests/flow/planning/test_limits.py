"""What is too much is refused with a sentence that says what to mend, and nothing is sent."""

import asyncio
import threading

import pytest

from dispatch.core import Rejected
from dispatch.planning import letter_from_ticket
from local.simulators.pureservice import seed
from tests.builders import a_letter
from tests.stage import a_stage


async def refused(stage, ticket) -> str:
    await stage.run(hours=1)
    assert stage.received() == {}
    assert stage.status_of(ticket) == "Under arbeid"
    (note,) = stage.notes_on(ticket)
    return note


async def test_too_many_files():
    async with a_stage(MAIL_MAX_ATTACHMENTS="2") as stage:
        ticket = stage.seed(members=1)
        for number in range(3):
            seed.add_attachment(stage.pureservice.store, ticket, f"vedlegg {number}.pdf", b"%PDF", "application/pdf")
        assert "3 vedlegg, og grensen er 2" in await refused(stage, ticket)
        assert not any("download" in request.path for request in stage.pureservice.requests)


async def test_files_that_are_too_large_are_refused_before_they_are_fetched():
    async with a_stage(MAIL_MAX_MEGABYTES="1") as stage:
        ticket = stage.seed(members=1)
        for number in range(2):
            seed.add_attachment(
                stage.pureservice.store, ticket, f"vedlegg {number}.pdf", b"x" * 700_000, "application/pdf"
            )
        assert "1,3 MB, og grensen er 1 MB" in await refused(stage, ticket)
        assert not any("download" in request.path for request in stage.pureservice.requests)


async def test_a_text_that_is_too_large():
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        store = stage.pureservice.store
        (text,) = [row for row in store.communications.values() if row["ticketId"] == ticket["id"]]
        text["text"] = "<p>" + "æ" * 1_100_000 + "</p>"
        assert "grensen er 2 MB" in await refused(stage, ticket)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<div>" * 1_000 + "x", "inni hverandre"),
        ("<p>" + "".join(f"<font size={n}>" for n in range(1_400)) + "</p><p>x" * 1_400, "mer innhold enn"),
        ("<style>" + "p{color:red}" * 50_000 + "</style><p>x", "stilark som er for stort"),
    ],
)
async def test_a_text_that_no_reader_would_show(text, said):
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        store = stage.pureservice.store
        (row,) = [row for row in store.communications.values() if row["ticketId"] == ticket["id"]]
        row["text"] = text
        assert said in await refused(stage, ticket)


async def test_a_large_text_is_made_ready_beside_the_event_loop(monkeypatch):
    turned = threading.Event()

    def waits_for_the_loop(**_values):
        assert turned.wait(20), "nothing else ran"
        return a_letter()

    monkeypatch.setattr(letter_from_ticket, "compose_letter", waits_for_the_loop)
    asyncio.get_running_loop().call_later(0.05, turned.set)

    assert await letter_from_ticket.composed(html="x" * (letter_from_ticket.LARGE_TEXT + 1)) == a_letter()


async def test_a_text_that_takes_too_long_is_refused(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(letter_from_ticket, "compose_letter", lambda **_values: over.wait(20))
    monkeypatch.setattr(letter_from_ticket, "COMPOSING_SECONDS", 0.05)

    with pytest.raises(Rejected) as raised:
        await letter_from_ticket.composed(html="x" * (letter_from_ticket.LARGE_TEXT + 1))
    over.set()

    assert "tok for lang tid" in raised.value.problems[0]


async def test_too_many_lists():
    async with a_stage(DISPATCH_MAX_LISTS="2") as stage:
        ticket = stage.seed(members=1)
        store = stage.pureservice.store
        for number in range(2):
            seed.relate_list_to_ticket(store, seed.add_list(store, f"Liste {number}"), ticket)
        assert "3 mottakerlister, og grensen er 2" in await refused(stage, ticket)


@pytest.mark.parametrize("files", [0, 25])
async def test_what_is_within_the_limits_goes_out(files):
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        for number in range(files):
            seed.add_attachment(stage.pureservice.store, ticket, f"vedlegg {number}.pdf", b"%PDF", "application/pdf")
        await stage.run(hours=1)
        assert sum(stage.received().values()) == 1
        assert len(stage.graph.received[0].attachments) == files
