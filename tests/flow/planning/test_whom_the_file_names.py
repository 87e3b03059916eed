"""A recipients' file on the ticket: whom it names gets the letter, it goes to nobody, and what is wrong is told."""

from typing import Any

import pytest

from dispatch.planning import preview_numbered
from dispatch.steering import send_to_added
from local.simulators.pureservice import Row, seed
from tests.adapters.spreadsheets.making import csv_file, xlsx
from tests.stage import Stage, a_stage

CSV = "text/csv"
NUMBER = "974760673"


def a_ticket(stage: Stage, *, lists: int = 0, text: str = "<p>Hei, dette er en høring.</p>", **ticket: Any) -> Row:
    """A ready ticket, with so many people on a list where any are."""
    if lists:
        return stage.seed(members=lists, **ticket)
    row = seed.add_ticket(stage.pureservice.store, "Høring om endring", **ticket)
    seed.add_dispatch_text(stage.pureservice.store, row, text)
    return row


def put(stage: Stage, ticket: Row, content: bytes, name: str = "mottakere.csv") -> Row:
    return seed.add_attachment(stage.pureservice.store, ticket, name, content, CSV)


def rows(*lines: tuple[str, ...], heads: tuple[str, ...] = ("Navn", "E-post")) -> bytes:
    return csv_file([heads, *lines])


KARI = ("Kari Nordmann", "kari@eksempel.example")
OLA = ("Ola Hansen", "ola@eksempel.example")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mottakere.csv", rows(KARI, OLA)),
        ("Mottakere 2026.XLSX", xlsx([("Navn", "E-post"), KARI, OLA])),
    ],
)
async def test_whom_a_file_names_gets_the_letter_without_any_list(name: str, content: bytes) -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage)
        put(stage, ticket, content, name)
        put(stage, ticket, b"%PDF-1.7 ", "høring.pdf")

        await stage.run()

        assert stage.received() == {"kari@eksempel.example": 1, "ola@eksempel.example": 1}
        assert {mail.to_name for mail in stage.graph.received} == {"Kari Nordmann", "Ola Hansen"}
        assert {part.name for mail in stage.graph.received for part in mail.attachments} == {"høring.pdf"}
        solution = stage.solutions_on(ticket)[-1]
        assert f"{name} (mottakerfil i saken)" in solution
        assert "er mottakerfilen" in solution


async def test_who_is_on_file_and_list_gets_one_letter_as_the_file_names_them_and_that_is_told() -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage, lists=2)  # kari0, kari1
        put(stage, ticket, rows(("Kari fra filen", "KARI0@eksempel.example"), OLA, OLA))

        await stage.run()

        assert stage.received() == {
            "kari0@eksempel.example": 1,
            "kari1@eksempel.example": 1,
            "ola@eksempel.example": 1,
        }
        names = {mail.to.casefold(): mail.to_name for mail in stage.graph.received}
        assert names["kari0@eksempel.example"] == "Kari fra filen"
        assert stage.dispatch_of(ticket).plan.duplicates == 2
        assert "Kari Nr 0" in stage.solutions_on(ticket)[-1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (rows(("Kari", "kari@"), OLA), ["Rad 2, kolonne B («E-post»)"]),
        (rows(KARI, heads=("Navn", "Telefon")), ["Ingen kolonne heter «E-post»"]),
        (b"", ["Filen er tom"]),
        (rows(KARI, ("Kari", "KARI@eksempel.example")), ["den samme adressen som rad 2"]),
        (rows((*KARI, "1"), heads=("Navn", "E-post", "Saksnummer")), ["er sakens nummer"]),
    ],
)
async def test_what_is_wrong_with_the_file_is_told_in_the_ticket_and_nobody_gets_anything(
    content: bytes, told: list[str]
) -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage)
        put(stage, ticket, content)

        await stage.run()

        assert not stage.received()
        (note,) = stage.notes_on(ticket)
        assert "Mottakerfilen «mottakere.csv» kan ikke brukes slik den er" in note
        for words in told:
            assert words in note
        assert stage.status_of(ticket) == seed.OPEN


async def test_two_files_are_refused_and_both_are_named() -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage)
        put(stage, ticket, rows(KARI))
        put(stage, ticket, rows(OLA), "mottakere2.csv")

        await stage.run()

        assert not stage.received()
        assert "«mottakere.csv», «mottakere2.csv»" in stage.notes_on(ticket)[0]


async def test_a_file_that_somebody_sent_to_the_ticket_names_nobody() -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage)
        file = put(stage, ticket, rows(KARI))
        stage.pureservice.store.add(
            "communication", ticketId=ticket["id"], type=2, direction=1, attachmentIds=[file["id"]]
        )

        await stage.run()

        assert not stage.received()
        assert "«mottakere.csv» kom inn med en melding" in stage.notes_on(ticket)[0]


async def test_a_file_that_is_the_messages_own_is_read_and_not_sent_either() -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage)
        files = [put(stage, ticket, rows(KARI)), put(stage, ticket, b"%PDF-1.7 ", "høring.pdf")]
        text = next(c for c in stage.pureservice.store.communications.values() if c.get("customTypeId"))
        text["attachmentIds"] = [file["id"] for file in files]

        await stage.run()

        (mail,) = stage.graph.received
        assert mail.to == "kari@eksempel.example"
        assert [part.name for part in mail.attachments] == ["høring.pdf"]


async def test_a_name_that_no_setting_has_is_a_file_like_others() -> None:
    async with a_stage(DISPATCH_RECIPIENT_FILE="none") as stage:
        ticket = a_ticket(stage, lists=1)
        put(stage, ticket, rows(KARI))

        await stage.run()

        (mail,) = stage.graph.received
        assert [part.name for part in mail.attachments] == ["mottakere.csv"]


async def test_a_row_gets_a_ticket_of_its_own_and_its_user_is_made_once() -> None:
    async with a_stage(MAIL_REPLYTO_ADDRESS="post@dibk.example") as stage:
        ticket = a_ticket(stage, status=seed.READY_121)
        put(stage, ticket, rows(KARI, OLA))

        await stage.run()

        assert stage.received() == {"kari@eksempel.example": 1, "ola@eksempel.example": 1}
        users = {row["firstName"]: row["lastName"] for row in stage.pureservice.store.users.values()}
        assert users["Kari"] == "Nordmann"
        assert users["Ola"] == "Hansen"


@pytest.mark.parametrize("user", [seed.MAIL_USER, seed.EF_USER])
async def test_two_rows_of_one_organisation_are_one_only_where_eformidling_would_give_it_one_letter(user: int) -> None:
    async with a_stage(WITH_EXCHANGE="1") as stage:
        stage.exchange.add_organisation(NUMBER)  # type: ignore[union-attr]
        ticket = a_ticket(stage, user=user)
        both = [("Etat", f"{who}@etat.example", NUMBER) for who in ("en", "to")]
        put(stage, ticket, rows(*both, heads=("Navn", "E-post", "Orgnr")))
        await stage.run()

        if user == seed.MAIL_USER:
            assert stage.received() == {"en@etat.example": 1, "to@etat.example": 1}
        else:
            assert stage.exchange is not None
            assert len(stage.exchange.delivered_to(NUMBER)) == 1
            assert stage.dispatch_of(ticket).plan.duplicates == 1


async def test_two_rows_of_one_organisation_with_other_words_are_told() -> None:
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket = a_ticket(stage, user=seed.EF_USER)
        both = [(f"Etat {who}", f"{who}@etat.example", NUMBER) for who in ("en", "to")]
        put(stage, ticket, rows(*both, heads=("Navn", "E-post", "Orgnr")))
        await stage.run()

        assert stage.exchange is not None
        assert not stage.exchange.messages
        assert "Rad 3 har samme organisasjonsnummer som rad 2" in stage.notes_on(ticket)[0]


async def test_the_preview_names_the_rows_and_what_is_wrong_with_lists_and_file_at_once() -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage)
        file = put(stage, ticket, rows(KARI, OLA))
        found = await preview_numbered(ticket["requestNumber"], stage.services, recipient="hansen")

        assert not found.problems
        assert found.lists == ("mottakere.csv (mottakerfil i saken)",)
        assert [row.name for row in found.sample] == ["Kari Nordmann", "Ola Hansen"]
        assert found.chosen is not None
        assert found.chosen.address == "ola@eksempel.example"

        stage.pureservice.store.put_file(file["id"], rows(("Kari", "kari@"), ("Ola", "ola")))
        found = await preview_numbered(ticket["requestNumber"], stage.services)

        assert len([problem for problem in found.problems if problem.startswith("Rad ")]) == 2


async def test_who_is_written_into_the_file_afterwards_is_sent_to_alone_whatever_line_they_stand_on() -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage)
        file = put(stage, ticket, rows(KARI, OLA))
        await stage.run()
        stage.graph.received.clear()

        new = ("Ada Ny", "ada@eksempel.example")
        stage.pureservice.store.put_file(file["id"], rows(OLA, new, KARI))
        count = await send_to_added.send(stage.dispatch_of(ticket).key, stage.services)
        await stage.run()

        assert count == 1
        assert stage.received() == {"ada@eksempel.example": 1}
        ids = [(row.kind, row.source_id) for row in stage.rows_of(ticket)]
        assert len(set(ids)) == len(ids) == 3
