"""Answers that never say what became of a request, for hours: the ticket says so, nobody is failed, and it goes on."""

import pytest

from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.flow.sending.test_held import WHO, key_of
from tests.stage import a_stage

SEND = r"POST .*/sendMail"
ONE_WAY = {"MAIL_MAILER": "microsoft-graph", "DISPATCH_GIVE_UP_HOURS": "2"}
MEMBERS = 4

LETTERS = {
    "500": Fault(match=SEND, status=500, times=None),
    "503": Fault(match=SEND, status=503, times=None),
    "a gateway's page": Fault(match=SEND, status=504, body="<html>", content_type="text/html", times=None),
    "200 and nothing": Fault(match=SEND, status=200, times=None),
    "cut": Fault(match=SEND, drop="before", times=None),
    "a rest, and another": Fault(match=SEND, status=429, headers={"Retry-After": "300"}, times=None),
}


@pytest.mark.parametrize("fault", LETTERS.values(), ids=LETTERS.keys())
async def test_letters_that_vanish_for_hours_are_told_and_left_to_a_person(fault):
    async with a_stage(**ONE_WAY) as stage:
        stage.graph.faults.add(fault)
        ticket = stage.seed(members=MEMBERS)
        await stage.run(hours=9)
        told = stage.notes_on(ticket)
        assert any("Utsendelsen står stille" in note for note in told)
        assert any("Utsendelsen venter på at noen bestemmer" in note for note in told)
        assert "tar ikke imot noe nå" in told[0]
        assert stage.states_of(ticket) == {"planned": MEMBERS}

        stage.graph.faults.clear()
        await actions.resume(key_of(stage, ticket), stage.services, who=WHO)
        await stage.run(hours=2)
        assert sorted(stage.received().values()) == [1] * MEMBERS
        assert stage.status_of(ticket) == "Løst"


async def test_one_that_vanishes_again_goes_by_the_next_transport():
    async with a_stage(DISPATCH_GIVE_UP_HOURS="2") as stage:
        stage.graph.faults.add(Fault(match=SEND, status=500, times=None))
        ticket = stage.seed(members=MEMBERS)
        await stage.run(hours=3)
        assert sorted(stage.received().values()) == [1] * MEMBERS
        assert stage.states_of(ticket) == {"delivered": MEMBERS}


OWN_TICKETS = {
    "tickets": (Fault(match=r"POST .*/ticket/", status=500, times=None), {}),
    "messages": (
        Fault(match=r"POST .*/communication/", status=500, times=3 * MEMBERS * 10),
        {"PURESERVICE_121_SEND_VIA": "pureservice"},
    ),
}


@pytest.mark.parametrize(("fault", "how"), OWN_TICKETS.values(), ids=OWN_TICKETS.keys())
async def test_own_tickets_that_are_never_made_are_told_and_left_to_a_person(fault, how):
    async with a_stage(**ONE_WAY, **how, MAIL_REPLYTO_ADDRESS="post@etat.example") as stage:
        stage.pureservice.faults.add(fault)
        ticket = stage.seed(members=MEMBERS, status=seed.READY_121)
        await stage.run(hours=9)
        if fault.times is None:
            assert any("Utsendelsen står stille" in note for note in stage.notes_on(ticket))
        assert stage.states_of(ticket)["failed"] == 0


def to_firms(store, many):
    """A ready ticket to organisations that have no user yet."""
    firms = [seed.add_company(store, f"Firma {n}", email=f"nr{n}@eksempel.example") for n in range(many)]
    mailing_list = seed.add_list(store, "Listen", members=firms)
    ticket = seed.add_ticket(store, "Høring", status=seed.READY_121)
    seed.relate_list_to_ticket(store, mailing_list, ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
    return ticket


async def test_users_that_are_never_made_are_told_and_left_to_a_person():
    async with a_stage(**ONE_WAY, MAIL_REPLYTO_ADDRESS="post@etat.example") as stage:
        stage.pureservice.faults.add(Fault(match=r"POST .*/user", status=500, times=None))
        ticket = to_firms(stage.pureservice.store, MEMBERS)
        await stage.run(hours=9)
        told = stage.notes_on(ticket)
        assert any("Utsendelsen står stille" in note for note in told)
        assert any("Utsendelsen venter på at noen bestemmer" in note for note in told)
        assert stage.states_of(ticket) == {"planned": MEMBERS}

        stage.pureservice.faults.clear()
        await actions.resume(key_of(stage, ticket), stage.services, who=WHO)
        await stage.run(hours=2)
        assert sorted(stage.received().values()) == [1] * MEMBERS
        assert stage.status_of(ticket) == "Løst"


@pytest.mark.parametrize("answered", ["nothing", "cut after", "204"])
async def test_answers_that_are_lost_at_every_step_cost_looks_and_no_hours(answered):
    async with a_stage(MAIL_REPLYTO_ADDRESS="post@etat.example") as stage:
        store = stage.pureservice.store
        if answered == "cut after":
            stage.pureservice.faults.add(Fault(match=r"POST .*/(emailaddress|user|ticket)", drop="after", times=None))
        if answered == "204":
            stage.pureservice.switches.post_status = 204
        ticket = to_firms(store, 30)
        began = stage.clock()
        await stage.run(hours=9)
        assert sorted(stage.received().values()) == [1] * 30
        assert stage.status_of(ticket) == "Løst"
        assert not any("står stille" in note for note in stage.notes_on(ticket))
        assert (stage.clock() - began).total_seconds() < 3600
        references = [row["customerReference"] for row in store.tickets.values() if row["customerReference"]]
        assert len(references) == len(set(references)) == 30
