"""A press that says that it reaches somebody does, and never twice."""

from datetime import timedelta

import pytest

from dispatch.core import Rejected
from dispatch.steering import actions, foreseen
from local.simulators.pureservice import seed
from tests.stage import a_stage

KOMMUNE = "910000020"


async def test_a_press_that_says_one_sends_one():
    async with a_stage(WITH_EXCHANGE="1", DISPATCH_GIVE_UP_HOURS="1", EF_FALLBACK="none") as stage:
        store = stage.pureservice.store
        user = seed.add_user(store, "Postmottak", "Kommunen", email=f"{KOMMUNE}@eformidling.pureservice.local")
        ticket = seed.add_ticket(store, "Spørsmål", user, status=seed.OPEN)
        _, email = seed.add_message(store, ticket, "<p>Svar</p>", "Svar")
        email["created"] = (stage.clock() - timedelta(hours=1)).isoformat()
        stage.exchange.behave(KOMMUNE, fails=True)
        await stage.run(hours=30)
        (key,) = stage.ledger.heads
        await actions.retry_failed(key, stage.services, who="x")
        stage.change(MAIL_REDIRECT_TO="prove@etat.example")  # shuts the way: held
        await stage.run(hours=20)
        assert stage.ledger.heads[key].state == "stopped"
        stage.change(MAIL_REDIRECT_TO="")
        stage.exchange.behave(KOMMUNE, fails=False)
        try:
            said = await actions.retry_failed(key, stage.services, who="x")
        except Rejected:
            said = 0
        await stage.run(hours=20)
        assert len(stage.exchange.delivered_to(KOMMUNE)) == said


async def test_an_address_that_was_added_as_the_report_advises_is_used():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        one = seed.add_company(store, "Kommunen", organization_number="910000020")
        other = seed.add_company(store, "Andre", email="post@andre.example", organization_number="910000047")
        stage.exchange.behave("910000020", exists=False)
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        mailing_list = seed.add_list(store, "Kommuner", members=[one, other])
        seed.relate_list_to_ticket(store, mailing_list, ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        await stage.run(hours=40)
        assert "Legg inn en e-postadresse på firmaet" in stage.solutions_on(ticket)[-1]
        address = store.add("companyemailaddress", companyId=one["id"], email="post@kommunen.example")
        store.update("company", one, {"emailAddressId": address["id"]})
        members = [m async for m in stage.services.tickets.members(mailing_list["id"])]
        assert "post@kommunen.example" in [m.address for m in members]
        key = stage.dispatch_of(ticket).key
        seen = await foreseen.foreseen(key, stage.services)
        assert await actions.retry_failed(key, stage.services, who="x") == len(seen.reached) == 1
        await stage.run(hours=40)
        assert stage.received()["post@kommunen.example"] == 1


DPO = "910000020"


async def test_what_nobody_has_fetched_in_time_is_sent_again_only_where_a_person_names_the_uncertain():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        members = [seed.add_company(store, "Direktoratet", organization_number=DPO)]  # no e-mail address
        stage.exchange.behave(DPO, never_delivered=True)
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Alle", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        await stage.run(hours=40)
        (message,) = stage.exchange.messages.values()
        assert message.has("MOTTATT")
        assert message.has("LEVETID_UTLOPT")
        stage.exchange.post.say(message, "LEVERT")  # they fetched it in the end
        stage.exchange.behave(DPO, never_delivered=False)
        key = stage.dispatch_of(ticket).key
        with pytest.raises(Rejected):
            await actions.retry_failed(key, stage.services, who="x")
        await stage.run(hours=40)
        assert len(stage.exchange.delivered_to(DPO)) == 1

        assert await actions.retry_failed(key, stage.services, who="x", uncertain=True) == 1
