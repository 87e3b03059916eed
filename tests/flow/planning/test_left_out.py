"""Whoever is left out of a plan is named, wherever the reason lies."""

import pytest

from local.simulators.pureservice import seed
from tests.stage import a_stage


@pytest.mark.parametrize("how", [{"deleted": True}, {"status": "Inaktiv"}])
async def test_a_list_that_is_left_out_is_named(how):
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2)
        people = [seed.add_user(store, "Ola", f"Nr {n}", email=f"ola{n}@eksempel.example") for n in range(3)]
        other = seed.add_list(store, "Den andre listen", members=people, **how)
        seed.relate_list_to_ticket(store, other, ticket)
        await stage.run()
        assert not any(a.startswith("ola") for a in stage.received())
        words = " ".join([*stage.notes_on(ticket), *stage.solutions_on(ticket)])
        assert "Den andre listen" in words


async def test_a_relation_that_pureservice_does_not_know_is_not_read_as_an_empty_list():
    async with a_stage(PURESERVICE_DISPATCH_LINK_TO_USER="Inneholder brukere") as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=3)  # tied by «Inneholder bruker»
        firm = seed.add_company(store, "Firma AS", email="post@firma.example")
        seed.relate_list_to_ticket(store, seed.add_list(store, "Firmaer", members=[firm]), ticket)
        await stage.run(hours=2)
        assert sum(stage.received().values()) == 4 or stage.notes_on(ticket)


async def test_somebody_without_an_address_on_two_lists_is_not_said_to_have_the_same_address():
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=1)
        person = seed.add_user(store, "Uten", "Adresse")
        for name in ("A", "B"):
            seed.relate_list_to_ticket(store, seed.add_list(store, name, members=[person]), ticket)
        await stage.run()
        words = stage.solutions_on(ticket)[-1]
        assert "fordi samme adresse sto" not in words
        assert "fordi samme mottaker, eller samme adresse, sto flere steder" in words


async def test_two_organisations_of_one_number_are_told_of_with_the_number_and_not_as_one_address():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        members = [
            seed.add_company(store, "Hovedenhet", email="a@x.example", organization_number="910000020"),
            seed.add_company(store, "Avdeling Nord", email="b@x.example", organization_number="910000020"),
        ]
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Enheter", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        stage.exchange.behave("910000020", fails=True)
        await stage.run(hours=40)
        words = stage.solutions_on(ticket)[-1]
        assert "Avdeling Nord (samme adresse eller organisasjonsnummer som Hovedenhet)" in words
        assert "fordi samme adresse sto" not in words
        (table,) = [content for name, content in stage.content.blobs.items() if name.endswith(".csv")]
        assert "Samme adresse eller organisasjonsnummer som Hovedenhet" in table.decode()
