"""The main job, told from outside: what the tickets say and what the mailboxes received."""

import asyncio

import pytest

from dispatch.core import RecipientState, ResolveTicket, Transport
from local.simulators.pureservice import seed
from tests.stage import a_stage


async def test_everyone_on_the_list_gets_one_letter_and_the_ticket_is_solved(stage):
    ticket = stage.seed(members=7)

    await stage.run()

    assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(7)}
    assert stage.status_of(ticket) == "Løst"
    assert len(stage.solutions_on(ticket)) == 1
    assert stage.states_of(ticket) == {"delivered": 7}
    assert stage.pureservice.receipts == [], "no receipt goes to the fictional user"
    key = stage.dispatch_of(ticket).key
    assert stage.files_on(ticket) == [f"utsendelse-{key}-melding.pdf", f"utsendelse-{key}-mottakere.csv"]


async def test_what_a_recipient_gets(stage):
    ticket = stage.seed(members=1)
    seed.add_attachment(stage.pureservice.store, ticket, "Høring æøå.pdf", b"%PDF-1", "application/pdf")
    seed.add_attachment(stage.pureservice.store, ticket, "Høring æøå.pdf", b"%PDF-2", "application/pdf")
    seed.add_attachment(
        stage.pureservice.store, ticket, "gammel.pdf", b"x", "application/pdf", is_part_of_current_solution=True
    )

    await stage.run()

    (letter,) = stage.graph.received
    assert letter.subject == f"Høring om endring [Sak ID# {ticket['requestNumber']}]"
    assert "Hei, dette er en høring." in letter.html
    assert [(part.name, part.content) for part in letter.attachments] == [
        ("Høring æøå.pdf", b"%PDF-1"),
        ("Høring æøå (2).pdf", b"%PDF-2"),
    ]
    assert letter.message_id.startswith(f"<{letter.key}@")
    assert letter.mailbox == "utsending@etat.example"


async def test_lists_of_any_length_are_read_to_the_end(stage):
    ticket = stage.seed(members=1203)

    await stage.run()

    assert len(stage.received()) == 1203
    assert stage.dispatch_of(ticket).plan.batches == 13


async def test_doubles_across_lists_and_kinds_get_one_letter(stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=2)
    person = next(row for row in store.users.values() if row["lastName"] == "Nr 0")
    company = seed.add_company(store, "Etat AS", email="KARI1@eksempel.example ")
    fresh = seed.add_company(store, "Ny AS", email="ny@eksempel.example")
    seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=[person, company, fresh]), ticket)

    await stage.run()

    assert stage.received() == {"kari0@eksempel.example": 1, "kari1@eksempel.example": 1, "ny@eksempel.example": 1}
    assert stage.dispatch_of(ticket).plan.duplicates == 2
    assert "2" in stage.solutions_on(ticket)[0]


async def test_who_can_not_be_reached_is_skipped_and_named_in_the_report(stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=1)
    bad = [
        seed.add_user(store, "Uten", "Adresse"),
        seed.add_user(store, "Ugyldig", "Adresse", email="ugyldig(at)x.example"),
        seed.add_user(store, "Lokal", "Adresse", email="a@pureservice.local"),
        seed.add_user(store, "Deaktivert", "Bruker", email="d@x.example", disabled=True),
        seed.add_user(store, "Anonym", "Bruker", email="anonym@x.example", anonymized=True),
        seed.add_company(store, "Nedlagt AS", email="nedlagt@x.example", disabled=True),
    ]
    seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=bad), ticket)

    await stage.run()

    assert stage.received() == {"kari0@eksempel.example": 1}
    assert stage.states_of(ticket) == {"delivered": 1, "skipped": 6}
    (solution,) = stage.solutions_on(ticket)
    for name in ("Uten Adresse", "Ugyldig Adresse", "Lokal Adresse", "Deaktivert Bruker", "Nedlagt AS"):
        assert name in solution


async def test_the_default_address_is_used_and_not_the_first(stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=1)
    person = seed.add_user(store, "To", "Adresser", email="riktig@x.example", emails=["feil@x.example"])
    seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=[person]), ticket)

    await stage.run()

    assert set(stage.received()) == {"kari0@eksempel.example", "riktig@x.example"}


async def test_only_relations_of_the_configured_names_count(stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=1)
    owner = seed.add_user(store, "Liste", "Eier", email="eier@x.example")
    mailing_list = next(row for row in store.assets.values() if row["name"] == "Listen")
    seed.add_member(store, mailing_list, owner, type_id=seed.OTHER)
    seed.relate_list_to_ticket(store, seed.add_list(store, "Annet", members=[owner]), ticket, type_id=seed.OTHER)

    await stage.run()

    assert set(stage.received()) == {"kari0@eksempel.example"}


async def test_what_was_frozen_is_what_everyone_gets(stage):
    ticket = stage.seed(members=3)
    await stage.tick()

    for row in stage.pureservice.store.communications.values():
        row["text"] = "<p>Endret etterpå</p>"
    stage.pureservice.store.tickets[ticket["id"]]["subject"] = "Endret"
    await stage.run()

    assert all(
        "dette er en høring" in mail.html and "Høring om endring" in mail.subject for mail in stage.graph.received
    )
    assert len(stage.graph.received) == 3


async def test_two_ticks_at_once_send_once(stage):
    ticket = stage.seed(members=5)

    await asyncio.gather(stage.tick(), stage.tick(), stage.tick())
    await stage.run()

    assert set(stage.received().values()) == {1}
    assert len(stage.solutions_on(ticket)) == 1


async def test_the_same_message_handled_by_two_workers_at_once_sends_once(stage):
    stage.seed(members=20)
    await stage.tick()
    message = stage.queues.take()

    await asyncio.gather(*(stage.handle(message) for _ in range(3)))
    await stage.run()

    assert set(stage.received().values()) == {1}
    assert len(stage.received()) == 20


async def test_the_same_message_handled_by_two_workers_at_once_leaves_no_draft_unsent():
    async with a_stage(MAIL_RECONCILE="draft", DISPATCH_WINDOW_SIZE="2", MAIL_CONCURRENCY="4") as stage:
        ticket = stage.seed(members=8)
        await stage.tick()
        message = stage.queues.take()

        await asyncio.gather(*(stage.handle(message) for _ in range(2)))
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 8}
        posted = [request.path for request in stage.graph.requests if request.method == "POST"]
        assert len([path for path in posted if path.endswith("/messages")]) == 8, "each draft is made once"


async def test_a_message_that_comes_again_after_the_end_does_nothing(stage):
    ticket = stage.seed(members=3)
    await stage.tick()
    message = stage.queues.take()
    await stage.handle(message)
    await stage.run()

    await stage.handle(message)
    await stage.handle(ResolveTicket(dispatch=message.dispatch))
    await stage.drain()

    assert set(stage.received().values()) == {1}
    assert len(stage.solutions_on(ticket)) == 1
    assert len(stage.files_on(ticket)) == 2


async def test_the_status_set_again_after_solving_sends_nothing_and_says_so(stage):
    ticket = stage.seed(members=3)
    await stage.run()

    stage.set_status(ticket, "Til ekspedering")
    await stage.run()

    assert set(stage.received().values()) == {1}
    assert stage.status_of(ticket) == "Løst"
    assert len(stage.notes_on(ticket)) == 1
    assert "sendt" in stage.notes_on(ticket)[0]


async def test_a_new_message_in_a_solved_ticket_is_a_dispatch_of_its_own(stage):
    ticket = stage.seed(members=2)
    await stage.run()

    seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>En rettelse.</p>")
    stage.set_status(ticket, "Til ekspedering")
    await stage.run()

    assert set(stage.received().values()) == {2}
    assert ["En rettelse" in mail.html for mail in stage.graph.received] == [False, False, True, True]
    assert all(not mail.attachments for mail in stage.graph.received), "the first report is no attachment"


async def test_taking_the_ticket_out_of_its_status_stops_and_setting_it_again_goes_on():
    async with a_stage(DISPATCH_BATCH_SIZE="4") as stage:
        ticket = stage.seed(members=12)
        await stage.tick()
        await stage.handle(stage.queues.take())
        stage.set_status(ticket, "Under arbeid")
        await stage.drain()
        await stage.tick()

        assert len(stage.received()) == 4
        assert stage.dispatch_of(ticket).state == "stopped"
        (note,) = stage.notes_on(ticket)
        assert "4 av 12" in note

        stage.set_status(ticket, "Til ekspedering")
        await stage.run()

        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(12)}
        assert stage.status_of(ticket) == "Løst"


async def test_the_redirection_sends_everything_to_one_address_and_says_so():
    async with a_stage(MAIL_REDIRECT_TO="test@etat.example") as stage:
        ticket = stage.seed(members=3)
        await stage.run()

        assert stage.received() == {"test@etat.example": 3}
        assert "test@etat.example" in stage.solutions_on(ticket)[0]


@pytest.mark.parametrize("mailer", ["smtp", "failover:smtp,microsoft-graph"])
async def test_smtp_carries_the_letters_where_it_comes_first(mailer):
    async with a_stage(MAIL_MAILER=mailer) as stage:
        ticket = stage.seed(members=3)
        await stage.run()

        assert len(stage.smtp.received) == 3
        assert stage.graph.received == []
        assert {row.attempt.transport for row in stage.rows_of(ticket)} == {Transport.SMTP}
        assert all(row.state is RecipientState.DELIVERED for row in stage.rows_of(ticket))


async def test_finished_dispatches_are_forgotten_after_the_retention_but_never_sent_again(stage):
    ticket = stage.seed(members=2)
    await stage.run()
    stage.clock.move(181 * 86400)
    await stage.tick()

    assert stage.rows_of(ticket) == []
    assert {name.partition("/")[0] for name in stage.content.blobs} == {"tenant", "tickets"}, "ids of files, no names"
    stage.set_status(ticket, "Til ekspedering")
    await stage.run()
    assert set(stage.received().values()) == {1}


async def test_the_operator_s_own_template_and_logo_are_used_without_a_change_of_code():
    async with a_stage(MAIL_TEMPLATE="brev.html", MAIL_LOGO="logo.png") as stage:
        template = (
            "<!doctype html><html lang='nb'><body><p>EGET HODE</p>{{ content }}<p>{{ organisation }}</p></body></html>"
        )
        await stage.services.templates.put("brev.html", template.encode(), content_type="text/html")
        await stage.services.templates.put("logo.png", b"\x89PNG\r\n\x1a\n", content_type="image/png")
        stage.seed(members=1)
        await stage.run()

        (letter,) = stage.graph.received
        assert "EGET HODE" in letter.html
        assert "dette er en høring" in letter.html
        assert "Etaten" in letter.html


async def test_a_template_that_is_not_there_is_told_and_sends_nothing():
    async with a_stage(MAIL_TEMPLATE="mangler.html") as stage:
        ticket = stage.seed(members=1)
        await stage.run(hours=0.2)

        assert stage.received() == {}
        assert stage.status_of(ticket) == "Til ekspedering", "the operator fixes it, and the next tick goes on"
