"""Which files go with a letter: the message's own, else the ticket's, and nothing that came in or that we made."""

from typing import Any

from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

PDF = b"%PDF-1.7 "


def put(stage: Stage, ticket: Row, name: str, **fields: Any) -> Row:
    return seed.add_attachment(stage.pureservice.store, ticket, name, PDF + name.encode(), "application/pdf", **fields)


def received(stage: Stage, ticket: Row, *files: Row) -> None:
    """Somebody has answered onto the ticket."""
    stage.pureservice.store.add(
        "communication", ticketId=ticket["id"], type=2, direction=1, attachmentIds=[file["id"] for file in files]
    )


def solved_with(stage: Stage, ticket: Row, *files: Row) -> None:
    stage.pureservice.store.add(
        "communication", ticketId=ticket["id"], type=5, direction=3, attachmentIds=[file["id"] for file in files]
    )


def sent(stage: Stage) -> set[str]:
    """The names of the files that came with the letters, the same for everyone."""
    (names,) = {frozenset(part.name for part in mail.attachments) for mail in stage.graph.received}
    return set(names)


def write_again(stage: Stage, ticket: Row, *files: Row) -> None:
    """A new message in the same ticket, which is set ready."""
    stage.graph.received.clear()
    text = seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>En ny melding.</p>")
    text["attachmentIds"] = [file["id"] for file in files]
    stage.set_status(ticket, seed.READY)


async def test_a_follow_up_carries_neither_what_was_answered_nor_our_own_files() -> None:
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        put(stage, ticket, "høring.pdf")
        await stage.run()
        assert sent(stage) == {"høring.pdf"}

        received(stage, ticket, put(stage, ticket, "legeerklæring.pdf"))
        solved_with(stage, ticket, put(stage, ticket, "gammel løsning.pdf"))
        put(stage, ticket, "del av løsningen.pdf", is_part_of_current_solution=True)
        write_again(stage, ticket)
        await stage.run()

        assert sent(stage) == {"høring.pdf"}
        solution = stage.solutions_on(ticket)[-1]
        for name, why in (
            ("legeerklæring.pdf", "kom inn med en melding"),
            ("gammel løsning.pdf", "hører til løsningen"),
            ("del av løsningen.pdf", "hører til løsningen"),
            ("-melding.pdf", "laget av en tidligere utsendelse"),
            ("-mottakere.csv", "laget av en tidligere utsendelse"),
        ):
            assert f"{name} ({why})" in solution


async def test_an_incoming_e_mail_s_files_stay_even_where_no_communication_tells_of_them() -> None:
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        put(stage, ticket, "høring.pdf")
        file = put(stage, ticket, "privat.pdf")
        stage.pureservice.store.add("email", ticketId=ticket["id"], direction=1, attachmentIds=[file["id"]])
        await stage.run()

        assert sent(stage) == {"høring.pdf"}


async def test_a_message_with_files_of_its_own_carries_those_alone() -> None:
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        put(stage, ticket, "på saken.pdf")
        own = put(stage, ticket, "i meldingen.pdf")
        (text,) = [row for row in stage.pureservice.store.communications.values() if row.get("customTypeId")]
        text["attachmentIds"] = [own["id"]]
        await stage.run()

        assert sent(stage) == {"i meldingen.pdf"}
        assert "på saken.pdf (ligger på saken, mens meldingen har egne vedlegg)" in stage.solutions_on(ticket)[0]


async def test_a_case_worker_s_file_that_is_named_like_ours_goes_along() -> None:
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        name = f"utsendelse-{ticket['id']}-8001-mottakere.csv"
        put(stage, ticket, name)
        await stage.run()

        assert sent(stage) == {name}
        assert stage.files_on(ticket).count(name) == 2, "and takes the place of nothing"


async def test_what_we_put_there_is_known_where_the_process_died_before_it_noted_the_ids() -> None:
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        put(stage, ticket, "høring.pdf")
        await stage.run()
        (kept,) = [name for name in stage.content.blobs if name.startswith("tickets/")]
        noted = stage.content.blobs[kept]
        stage.content.blobs[kept] = noted.replace(noted[noted.index(b'{"4') : noted.index(b"}") + 1], b"{}")
        for row in stage.pureservice.store.attachments.values():
            row["isPartOfCurrentSolution"] = False
        write_again(stage, ticket)
        await stage.run()

        assert sent(stage) == {"høring.pdf"}


async def test_where_an_e_mail_s_ticket_is_still_called_a_request_the_letter_goes_with_the_right_files() -> None:
    async with a_stage() as stage:
        stage.pureservice.switches.legacy_request_id = True
        ticket = stage.seed(members=1)
        put(stage, ticket, "høring.pdf")
        file = put(stage, ticket, "privat.pdf")
        stage.pureservice.store.add("email", ticketId=ticket["id"], direction=1, attachmentIds=[file["id"]])
        await stage.run()

        assert sent(stage) == {"høring.pdf"}
