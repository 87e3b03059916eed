"""A ticket that can't be dispatched gets one note that says what to fix, and leaves the ready status."""

import pytest

from dispatch.planning import preview_numbered
from local.simulators.pureservice import seed
from tests.stage import a_stage


async def rejected(stage, ticket):
    for _ in range(3):
        await stage.run(hours=0.2)
    assert stage.received() == {}
    assert stage.status_of(ticket) == "Under arbeid"
    (note,) = stage.notes_on(ticket)
    return note


async def test_no_dispatch_user(stage):
    person = seed.add_user(stage.pureservice.store, "Ola", "Nordmann", email="ola@x.example")
    ticket = stage.seed(members=2, user=person["id"])

    assert "ut@e-post.pureservice.local" in await rejected(stage, ticket)


async def test_no_message(stage):
    ticket = seed.add_ticket(stage.pureservice.store, "Uten melding")

    assert "Utsendelse - innhold" in await rejected(stage, ticket)


async def test_two_messages(stage):
    ticket = stage.seed(members=2)
    seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Enda en</p>")

    assert "2 meldinger" in await rejected(stage, ticket)


async def test_an_empty_message(stage):
    ticket = stage.seed(members=2)
    for row in stage.pureservice.store.communications.values():
        row["text"] = " "

    assert "tom" in await rejected(stage, ticket)


async def test_no_list(stage):
    ticket = seed.add_ticket(stage.pureservice.store, "Uten liste")
    seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Hei</p>")

    assert "Gir mottakere til" in await rejected(stage, ticket)


async def test_all_that_is_missing_is_told_at_once_and_the_preview_tells_the_same(stage):
    person = seed.add_user(stage.pureservice.store, "Ola", "Nordmann", email="ola@x.example")
    ticket = seed.add_ticket(stage.pureservice.store, "Uten alt", user=person["id"])

    preview = await preview_numbered(ticket["requestNumber"], stage.services)
    note = await rejected(stage, ticket)

    for missing in ("Sett sluttbruker til", "mangler meldingen", "ikke koblet til noen mottakerliste"):
        assert missing in note
        assert [missing in problem for problem in preview.problems].count(True) == 1


async def test_an_empty_list(stage):
    assert "tom" in await rejected(stage, stage.seed(members=0))


@pytest.mark.parametrize("how", [{"deleted": True}, {"status": "Inaktiv"}])
async def test_a_list_that_is_deleted_or_inactive(stage, how):
    store = stage.pureservice.store
    ticket = seed.add_ticket(store, "Slettet liste")
    seed.add_dispatch_text(store, ticket, "<p>Hei</p>")
    seed.relate_list_to_ticket(store, seed.add_list(store, "Borte", **how), ticket)

    assert "«Borte»" in await rejected(stage, ticket)


async def test_nobody_with_an_address(stage):
    store = stage.pureservice.store
    ticket = seed.add_ticket(store, "Ingen adresser")
    seed.add_dispatch_text(store, ticket, "<p>Hei</p>")
    people = [seed.add_user(store, "Uten", f"Adresse {n}") for n in range(3)]
    seed.relate_list_to_ticket(store, seed.add_list(store, "L", members=people), ticket)

    assert "Ingen av de 3" in await rejected(stage, ticket)


async def test_too_many_recipients():
    async with a_stage(DISPATCH_MAX_RECIPIENTS="3", DISPATCH_BATCH_SIZE="2") as stage:
        assert "3 mottakere" in await rejected(stage, stage.seed(members=4))


async def test_too_large_a_letter():
    async with a_stage(MAIL_MAX_MEGABYTES="1") as stage:
        ticket = stage.seed(members=1)
        seed.add_attachment(stage.pureservice.store, ticket, "stor.bin", b"x" * 1_100_000, "application/octet-stream")
        assert "1 MB" in await rejected(stage, ticket)


async def test_an_unknown_status_name():
    async with a_stage(PURESERVICE_DISPATCH_SOLVED_STATUS="Ferdigbehandlet") as stage:
        assert "«Ferdigbehandlet»" in await rejected(stage, stage.seed(members=1))


async def test_where_the_ticket_can_not_be_moved_it_is_told_only_once():
    async with a_stage(PURESERVICE_TICKET_STATUS_OPEN="Finnes ikke") as stage:
        ticket = stage.seed(members=1)
        for _ in range(4):
            await stage.run(hours=0.2)
        assert len(stage.notes_on(ticket)) == 1
        assert stage.received() == {}


async def test_fixed_and_set_anew_it_is_sent(stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=0)
    await rejected(stage, ticket)
    mailing_list = next(row for row in store.assets.values() if row["name"] == "Listen")
    seed.add_member(store, mailing_list, seed.add_user(store, "Ny", "Mottaker", email="ny@x.example"))

    stage.set_status(ticket, "Til ekspedering")
    await stage.run()

    assert stage.received() == {"ny@x.example": 1}
    assert stage.status_of(ticket) == "Løst"


async def test_not_fixed_and_set_anew_it_is_told_again(stage):
    ticket = stage.seed(members=0)
    await rejected(stage, ticket)

    stage.set_status(ticket, "Til ekspedering")
    await stage.run(hours=0.2)

    assert len(stage.notes_on(ticket)) == 2
    assert stage.status_of(ticket) == "Under arbeid"


async def test_one_bad_ticket_does_not_keep_the_others(stage):
    bad, good = stage.seed(members=0), stage.seed(members=2)

    await stage.run()

    assert stage.status_of(bad) == "Under arbeid"
    assert stage.status_of(good) == "Løst"
    assert sum(stage.received().values()) == 2


async def test_channels_that_are_not_in_use_yet_are_told(stage):
    government = stage.seed(members=1, user=seed.EF_USER)

    await stage.run(hours=0.2)

    assert "eFormidling" in stage.notes_on(government)[0]
    assert stage.received() == {}


async def test_without_any_status_of_the_configured_names_nothing_is_done():
    async with a_stage(PURESERVICE_DISPATCH_STATUS="Finnes ikke", PURESERVICE_121_STATUS="Heller ikke") as stage:
        ticket = stage.seed(members=1)
        await stage.run(hours=0.2)
        assert stage.received() == {}
        assert stage.notes_on(ticket) == []


@pytest.mark.parametrize("name", ["PURESERVICE_DISPATCH_LINK_TO_TICKET", "PURESERVICE_DISPATCH_LIST_ASSETNAME"])
async def test_a_name_in_the_settings_that_pureservice_does_not_know_is_told_by_name(name):
    async with a_stage(**{name: "Finnes ikke"}) as stage:
        assert "Finnes ikke" in await rejected(stage, stage.seed(members=2))


async def test_a_letter_above_what_every_transport_announces():
    async with a_stage(MAIL_MAILER="smtp") as stage:
        stage.smtp.max_bytes = 60_000
        ticket = stage.seed(members=3)
        seed.add_attachment(stage.pureservice.store, ticket, "kart.pdf", b"x" * 60_000, "application/pdf")

        assert "E-postserveren tar ikke imot mer enn 0,1 MB" in await rejected(stage, ticket)


async def test_a_letter_that_one_of_the_transports_takes_is_sent():
    async with a_stage(MAIL_MAILER="failover:smtp,microsoft-graph") as stage:
        stage.smtp.max_bytes = 60_000
        ticket = stage.seed(members=3)
        seed.add_attachment(stage.pureservice.store, ticket, "kart.pdf", b"x" * 60_000, "application/pdf")
        await stage.run(hours=2)

        assert set(stage.received().values()) == {1}
        assert len(stage.graph.received) == 3
