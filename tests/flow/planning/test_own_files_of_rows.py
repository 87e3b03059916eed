"""Files that a row of the recipients' file names: they reach that recipient, and nobody else."""

from typing import Any

import pytest

from dispatch.planning import preview_numbered
from local.arrived import arrived
from local.simulators.pureservice import Row, seed
from tests.adapters.spreadsheets.making import csv_file
from tests.flow.planning.test_whom_the_file_names import a_ticket, put
from tests.stage import Stage, a_stage

HEADS = ("Navn", "E-post", "Vedlegg", "Vedlegg 2")
LARGE = 4_000_000


def content_of(n: int, *, size: int = 100) -> bytes:
    return f"%PDF-1.7 vedtak {n} ".encode().ljust(size, b"x")


def a_merge(stage: Stage, count: int, *, size: int = 100, **ticket: Any) -> Row:
    """So many recipients, each with a file of their own, and one for all of them that each row names."""
    row = a_ticket(stage, **ticket)
    for n in range(count):
        put(stage, row, content_of(n, size=size), f"Vedtak {n}.pdf")
    put(stage, row, b"%PDF-1.7 brosjyre", "brosjyre.pdf")
    lines = [(f"Nr {n}", f"nr{n}@eksempel.example", f"vedtak {n}.PDF", "brosjyre.pdf") for n in range(count)]
    put(stage, row, csv_file([HEADS, *lines]))
    return row


def files_received(stage: Stage) -> dict[str, dict[str, bytes]]:
    return {mail.to: mail.files for mail in arrived(stage.graph.received, stage.smtp.received)}


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"MAIL_MAILER": "microsoft-graph"}, 100),
        ({"MAIL_MAILER": "microsoft-graph"}, LARGE),
        ({"MAIL_MAILER": "microsoft-graph", "MAIL_RECONCILE": "draft"}, 100),
        ({"MAIL_MAILER": "smtp"}, 100),
    ],
)
async def test_each_gets_its_own_file_whatever_carries_it(settings: dict[str, str], size: int) -> None:
    async with a_stage(**settings) as stage:
        count = 4 if size == LARGE else 20
        ticket = a_merge(stage, count, size=size)
        put(stage, ticket, b"%PDF-1.7 feil", "glemt.pdf")
        await stage.run()

        received = files_received(stage)
        assert len(received) == count
        for n in range(count):
            own = {f"Vedtak {n}.pdf": content_of(n, size=size), "brosjyre.pdf": b"%PDF-1.7 brosjyre"}
            assert received[f"nr{n}@eksempel.example"] == own
        assert "glemt.pdf" in stage.solutions_on(ticket)[-1]
        assert "står ikke på noen rad" in stage.solutions_on(ticket)[-1]


def found_by(stage: Stage, tickets: list[Row]) -> list[tuple[str, ...]]:
    """The files on each of the tickets."""
    return [tuple(sorted(stage.files_on(row))) for row in tickets]


async def test_on_own_tickets_they_lie_on_the_recipients_ticket_alone() -> None:
    async with a_stage(MAIL_REPLYTO_ADDRESS="post@dibk.example") as stage:
        ticket = a_merge(stage, 3, status=seed.READY_121)
        await stage.run()

        store = stage.pureservice.store
        own = [row for row in store.tickets.values() if "utsendelse-" in str(row.get("customerReference"))]
        assert len(own) == 3
        assert set(found_by(stage, own)) == {(f"Vedtak {n}.pdf", "brosjyre.pdf") for n in range(3)}
        assert all(len(files) == 2 for files in files_received(stage).values())
        assert ticket["id"] not in {row["id"] for row in own}
        for row, files in zip(own, found_by(stage, own), strict=True):
            (note,) = stage.notes_on(row)
            assert f"{', '.join(files)} (ligger på saken)" in note


async def test_through_eformidling_they_are_the_messages_attachments() -> None:
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        ticket = a_ticket(stage, user=seed.EF_USER)
        numbers = ["910000020", "910000039"]
        for number in numbers:
            put(stage, ticket, number.encode(), f"{number}.pdf")
        put(stage, ticket, csv_file([("Navn", "Orgnr", "Fil"), *((n, n, f"{n}.pdf") for n in numbers)]))
        await stage.run()

        for number in numbers:
            (message,) = stage.exchange.delivered_to(number)
            contents = [upload.content for upload in message.files]
            assert number.encode() in contents
            assert not any(other.encode() in contents for other in numbers if other != number)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("finnes ikke.pdf", "«finnes ikke.pdf», som står på rad 2 i mottakerfilen, finnes ikke blant vedleggene"),
        ("to.pdf", "Saken har 2 filer som heter «to.pdf»"),
        ("mottakere.csv", "«mottakere.csv» (rad 2 i mottakerfilen) er selve mottakerfilen, og går ikke til noen"),
        (
            "innkommet.pdf",
            "«innkommet.pdf» (rad 2 i mottakerfilen) kom inn med en melding. Er den riktig, så last den ned",
        ),
    ],
)
async def test_a_file_that_is_not_there_once_is_told_and_nobody_gets_anything(named: str, told: str) -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage)
        for _ in range(2):
            put(stage, ticket, b"%PDF-1.7", "to.pdf")
        came = put(stage, ticket, b"%PDF-1.7", "innkommet.pdf")
        stage.pureservice.store.add(
            "communication", ticketId=ticket["id"], type=2, direction=1, attachmentIds=[came["id"]]
        )
        put(stage, ticket, csv_file([HEADS, ("Kari", "kari@eksempel.example", named, "")]))
        await stage.run()

        assert not stage.received()
        assert told in stage.notes_on(ticket)[0]


@pytest.mark.parametrize("said", [None, "12.00K"])
async def test_what_the_mail_server_does_not_take_is_told_by_row_before_anything_is_sent(said: str | None) -> None:
    """The server takes two megabytes, and ``said`` is what the ticket says of a file's size."""
    async with a_stage(MAIL_MAILER="smtp") as stage:
        stage.smtp.max_bytes = 2_000_000
        ticket = a_ticket(stage)
        for n, size in enumerate((1_000, 1_600_000, 1_000_000, 1_900_000)):
            file = put(stage, ticket, content_of(n, size=size), f"Vedtak {n}.pdf")
            if said:
                file |= {"size": said, "contentLength": 12_288}
        lines = [(f"Nr {n}", f"nr{n}@eksempel.example", f"Vedtak {n}.pdf", "") for n in range(4)]
        put(stage, ticket, csv_file([HEADS, *lines]))
        await stage.run()

        assert not stage.received()
        (note,) = stage.notes_on(ticket)
        assert [n for n in range(4) if f"Meldingen til rad {n + 2} i mottakerfilen er 1," in note] == [1, 3]
        assert "E-postserveren tar ikke imot mer enn 1,9 MB" in note


@pytest.mark.parametrize("change", ["deleted", "renamed"])
async def test_a_file_that_changes_between_preview_and_sending_stops_it_and_after_the_plan_changes_nothing(
    change: str,
) -> None:
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = a_merge(stage, 2, status="Under arbeid")
        found = await preview_numbered(ticket["requestNumber"], stage.services)
        assert not found.problems
        own = [row for row in store.attachments.values() if str(row["fileName"]).startswith("Vedtak ")]
        alter(stage, own[0], change)
        stage.set_status(ticket, seed.READY)
        await stage.run()

        assert not stage.received()
        assert "«vedtak 0.PDF», som står på rad 2 i mottakerfilen, finnes ikke" in stage.notes_on(ticket)[0]

        put(stage, ticket, content_of(0), "Vedtak 0.pdf")
        stage.set_status(ticket, seed.READY)
        await stage.tick()
        for row in [row for row in store.attachments.values() if str(row["fileName"]).startswith("Vedtak ")]:
            alter(stage, row, change)
        await stage.run()

        assert {to: files[f"Vedtak {to[2]}.pdf"] for to, files in files_received(stage).items()} == {
            f"nr{n}@eksempel.example": content_of(n) for n in range(2)
        }


async def test_a_file_that_was_put_right_after_a_rejection_is_fetched_anew() -> None:
    """Under the same number too: what an earlier try has fetched is what the case worker has put right."""
    async with a_stage() as stage:
        ticket = a_merge(stage, 2)
        text = next(row for row in stage.pureservice.store.communications.values() if row.get("customTypeId"))
        text["text"] = "<p>{{organisasjonsnummer}}</p>"
        await stage.run()
        assert "{{organisasjonsnummer}}" in stage.notes_on(ticket)[0]

        own = next(row for row in stage.pureservice.store.attachments.values() if row["fileName"] == "Vedtak 1.pdf")
        stage.pureservice.store.put_file(own["id"], content_of(77))
        text["text"] = "<p>Hei</p>"
        stage.set_status(ticket, seed.READY)
        await stage.run()

        assert {to: files[f"Vedtak {to[2]}.pdf"] for to, files in files_received(stage).items()} == {
            "nr0@eksempel.example": content_of(0),
            "nr1@eksempel.example": content_of(77),
        }


def alter(stage: Stage, file: Row, change: str) -> None:
    """The case worker changes their mind about a file."""
    if change == "deleted":
        del stage.pureservice.store.attachments[file["id"]]
    else:
        file["fileName"] = f"nytt navn {file['id']}.pdf"


async def test_the_preview_names_them_and_fetches_none() -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage, 3)
        before = len([r for r in stage.pureservice.requests if "download" in str(r)])
        found = await preview_numbered(ticket["requestNumber"], stage.services, recipient="nr 2")

        assert not found.problems
        assert found.chosen is not None
        assert [file.name for file in found.own.of(found.chosen).files] == ["Vedtak 2.pdf", "brosjyre.pdf"]
        assert len([r for r in stage.pureservice.requests if "download" in str(r)]) - before <= 1
