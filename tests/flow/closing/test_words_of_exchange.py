"""The report's words about those whom eFormidling does not reach."""

import re

from local.simulators.pureservice import seed
from tests.stage import a_stage


async def test_nobody_who_got_nothing_stands_under_sent_by_email():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        members = [
            seed.add_company(store, "Andre", email="post@andre.example", organization_number="910000047"),
            seed.add_user(store, "Uten", "Adresse"),
        ]
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Alle", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        await stage.run(hours=40)
        report = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", stage.solutions_on(ticket)[-1]))
        assert "Sendt som e-post i stedet for eFormidling (1)" not in report


async def test_an_organisation_with_an_address_is_not_said_to_have_none():
    async with a_stage(WITH_EXCHANGE="1", EF_FALLBACK="none") as stage:
        store = stage.pureservice.store
        members = [
            seed.add_company(store, "Kommunen", email="post@kommunen.example", organization_number="910000020"),
            seed.add_company(store, "Andre", email="post@andre.example", organization_number="910000047"),
        ]
        stage.exchange.behave("910000020", exists=False)
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Alle", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        await stage.run(hours=40)
        report = stage.solutions_on(ticket)[-1]
        assert "post@kommunen.example" in report
        assert "og ingen e-postadresse" not in report
