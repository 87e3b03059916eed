"""Somebody was forgotten: they get the same letter in a new round, and nobody gets it twice."""

import pytest

from dispatch.core import Rejected
from dispatch.steering import send_to_added
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage


def put_on_the_list(stage: Stage, *people: Row) -> None:
    (mailing_list,) = [row for row in stage.pureservice.store.assets.values() if row.get("name") == "Listen"]
    for person in people:
        seed.add_member(stage.pureservice.store, mailing_list, person)


async def test_those_who_were_added_get_the_frozen_letter_and_nobody_else_anything():
    async with a_stage(DISPATCH_BATCH_SIZE="3") as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=4)
        await stage.run()
        first = {mail.to: mail for mail in stage.graph.received}
        for row in store.communications.values():
            if "høring" in str(row.get("text")):
                row["text"] = "<p>Noe annet</p>"
        new = [seed.add_user(store, "Ny", f"Nr {n}", email=f"ny{n}@eksempel.example") for n in range(5)]
        put_on_the_list(stage, *new, seed.add_user(store, "Uten", "Adresse"))
        key = stage.dispatch_of(ticket).key

        foreseen = await send_to_added.foreseen(key, stage.services)
        assert await send_to_added.send(key, stage.services) == len(foreseen.to_send) == 5
        await stage.run()

        assert stage.received() == {
            **{f"kari{n}@eksempel.example": 1 for n in range(4)},
            **{f"ny{n}@eksempel.example": 1 for n in range(5)},
        }
        old = first["kari0@eksempel.example"]
        assert all(mail.subject == old.subject for mail in stage.graph.received)
        assert not any("Noe annet" in str(mail) for mail in stage.graph.received)
        head = stage.dispatch_of(ticket)
        assert (head.state, head.plan.recipients, head.plan.skipped, head.rounds.current) == ("resolved", 10, 1, 2)
        assert stage.status_of(ticket) == "Løst"
        assert "9 av 10" in stage.solutions_on(ticket)[-1].replace("\u00a0", " ")


async def test_an_address_that_has_had_it_gets_nothing_under_a_new_name(stage: Stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=2)
    await stage.run()
    put_on_the_list(stage, seed.add_user(store, "Samme", "Adresse", email="KARI0@eksempel.example"))

    with pytest.raises(Rejected):
        await send_to_added.send(stage.dispatch_of(ticket).key, stage.services)

    assert stage.dispatch_of(ticket).state == "resolved"
    assert set(stage.received().values()) == {1}


async def test_pressed_again_and_again_it_reaches_each_once(stage: Stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=2)
    await stage.run()
    for number in range(3):
        put_on_the_list(stage, seed.add_user(store, "Ny", str(number), email=f"ny{number}@eksempel.example"))
        assert await send_to_added.send(stage.dispatch_of(ticket).key, stage.services) == 1
        assert await send_to_added.send(stage.dispatch_of(ticket).key, stage.services) == 0, "it is on its way"
        await stage.run()

    assert stage.received() == {
        **{f"kari{n}@eksempel.example": 1 for n in range(2)},
        **{f"ny{n}@eksempel.example": 1 for n in range(3)},
    }


async def test_with_own_tickets_each_of_them_gets_one():
    async with a_stage(MAIL_REPLYTO_ADDRESS="post@dibk.example") as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2, status="Klar til splitt")
        await stage.run()
        put_on_the_list(stage, seed.add_user(store, "Ny", "Person", email="ny@eksempel.example"))

        assert await send_to_added.send(stage.dispatch_of(ticket).key, stage.services) == 1
        await stage.run()

        numbers = [row.own_ticket.number for row in stage.rows_of(ticket)]
        assert len(set(numbers) - {0}) == 3
        assert stage.received()["ny@eksempel.example"] == 1


async def test_what_is_purged_is_refused_in_words(stage: Stage):
    ticket = stage.seed(members=2)
    await stage.run()
    key = stage.dispatch_of(ticket).key
    await stage.ledger.purge(stage.ledger.heads[key])

    with pytest.raises(Rejected) as told:
        await send_to_added.foreseen(key, stage.services)
    assert "slettet" in told.value.problems[0]


async def test_who_shared_an_address_and_gets_one_of_their_own_has_had_the_letter(stage: Stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=1)
    sharing = [seed.add_user(store, "Delt", f"Nr {n}", email="KARI0@eksempel.example") for n in range(2)]
    put_on_the_list(stage, sharing[0])
    await stage.run()
    key = stage.dispatch_of(ticket).key
    assert "1 annen på listene deler adresse" in stage.solutions_on(ticket)[-1].replace("\u00a0", " ")
    # The second one is put on the list afterwards, with another who gets it.
    put_on_the_list(stage, sharing[1], seed.add_user(store, "Ny", "Person", email="ny@eksempel.example"))
    assert await send_to_added.send(key, stage.services) == 1
    await stage.run()

    for number, row in enumerate(sharing):
        row["emailAddressId"] = store.add("emailaddress", email=f"egen{number}@eksempel.example", userId=row["id"])[
            "id"
        ]
    with pytest.raises(Rejected):
        await send_to_added.send(key, stage.services)
    assert stage.received() == {"kari0@eksempel.example": 1, "ny@eksempel.example": 1}


async def test_who_shared_an_address_that_was_refused_gets_it_at_one_of_their_own(stage: Stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=1)
    shared = seed.add_user(store, "Delt", "Adresse", email="kari0@eksempel.example")
    put_on_the_list(stage, shared)
    stage.graph.faults.add(
        Fault(match=r"POST .*/sendMail", status=400, body='{"error": {"code": "ErrorInvalidRecipients"}}')
    )
    await stage.run()
    assert stage.states_of(ticket) == {"failed": 1}
    shared["emailAddressId"] = store.add("emailaddress", email="egen@eksempel.example", userId=shared["id"])["id"]
    key = stage.dispatch_of(ticket).key
    assert await send_to_added.send(key, stage.services) == 1
    await stage.run()
    assert stage.received() == {"egen@eksempel.example": 1}


async def test_an_organisation_that_got_e_mail_instead_gets_nothing_by_either_way_when_it_is_listed_again():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        store = stage.pureservice.store
        member = seed.add_company(store, "Kommunen", email="post@kommunen.example", organization_number="910000020")
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=[member]), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        stage.exchange.behave("910000020", exists=False)
        await stage.run()
        assert stage.received() == {"post@kommunen.example": 1}
        stage.exchange.behave("910000020")
        again = seed.add_company(store, "Kommunen på nytt", email="b@kommunen.example", organization_number="910000020")
        put_on_the_list(stage, again)

        with pytest.raises(Rejected):
            await send_to_added.send(stage.dispatch_of(ticket).key, stage.services)
        await stage.run()
        assert stage.received() == {"post@kommunen.example": 1}
        assert not stage.exchange.messages
