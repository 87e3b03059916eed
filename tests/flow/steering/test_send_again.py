"""A person asks to send again to the failed: to them alone, and the figures still add up."""

import json
from typing import Any

import pytest

from dispatch.core import Rejected
from dispatch.steering import actions
from dispatch.steering.send_again import retry
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage

WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"
SEND = r"POST .*/sendMail"


def refusing(code: str, **more: Any) -> Fault:
    return Fault(match=SEND, status=403, body=json.dumps({"error": {"code": code, "message": "x"}}), **more)


async def test_those_whom_every_transport_refused_are_sent_to_again_and_nobody_else():
    async with a_stage(MAIL_MAILER="microsoft-graph", DISPATCH_BATCH_SIZE="3") as stage:
        ticket = stage.seed(members=6)
        await stage.tick()
        await stage.handle(stage.queues.take())
        stage.graph.faults.add(refusing("ErrorAccessDenied", times=None))
        await stage.run(hours=3)
        await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await stage.run(hours=1)
        assert stage.states_of(ticket) == {"delivered": 3, "failed": 3}
        stage.graph.faults.clear()

        assert await retry(stage.dispatch_of(ticket).key, stage.services) == 3
        assert stage.status_of(ticket) == "Til ekspedering"
        await stage.run()

        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(6)}
        kept = [row for row in stage.rows_of(ticket) if not row.superseded]
        assert [row.state for row in kept] == ["delivered"] * 6
        assert stage.status_of(ticket) == "Løst"
        assert "Referanse: 9001-8001/2" in stage.solutions_on(ticket)[-1]
        assert "Ikke levert (" not in stage.solutions_on(ticket)[-1]
        assert len(stage.files_on(ticket)) == 3, "the message once, and the list of recipients of each round"


async def test_a_corrected_address_is_sent_to(stage):
    store = stage.pureservice.store
    ticket = stage.seed(members=2)
    wrong = seed.add_user(store, "Feil", "Adresse", email="feil(at)x.example")
    still_wrong = seed.add_user(store, "Fortsatt", "Feil", email="ogsaa-feil")
    same = seed.add_user(store, "Samme", "Adresse", email="mangler")
    seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=[wrong, still_wrong, same]), ticket)
    await stage.run()
    store.emailaddresses[wrong["emailAddressId"]]["email"] = "rett@x.example"
    store.emailaddresses[same["emailAddressId"]]["email"] = "kari0@eksempel.example"

    assert await retry(stage.dispatch_of(ticket).key, stage.services) == 1
    await stage.run()

    assert stage.received() == {"kari0@eksempel.example": 1, "kari1@eksempel.example": 1, "rett@x.example": 1}
    assert stage.dispatch_of(ticket).plan.recipients == 5
    assert stage.dispatch_of(ticket).plan.skipped == 2


async def test_the_uncertain_are_sent_to_again_only_when_that_is_asked_for():
    async with a_stage(MAIL_RECONCILE="off") as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="before"))
        ticket = stage.seed(members=3)
        await stage.run()
        key = stage.dispatch_of(ticket).key
        assert stage.states_of(ticket) == {"delivered": 2, "uncertain": 1}

        with pytest.raises(Rejected):
            await retry(key, stage.services)
        assert await retry(key, stage.services, uncertain=True) == 1
        await stage.run()

        assert set(stage.received().values()) == {1}
        assert len(stage.received()) == 3


async def test_with_nobody_to_send_to_nothing_is_changed(stage):
    ticket = stage.seed(members=2)
    await stage.run()
    writes = len(stage.pureservice.history)

    with pytest.raises(Rejected):
        await retry(stage.dispatch_of(ticket).key, stage.services)

    assert stage.dispatch_of(ticket).state == "resolved"
    assert len(stage.pureservice.history) == writes


async def test_those_whom_a_person_ended_are_written_to_where_they_are_now():
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        ticket = stage.seed(members=3)
        stage.graph.faults.add(refusing("ErrorAccessDenied", times=None))
        await stage.run(hours=3)
        await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await stage.run(hours=1)
        assert stage.states_of(ticket) == {"failed": 3}
        stage.graph.faults.clear()
        store = stage.pureservice.store
        people = [user for user in store.users.values() if user["firstName"] == "Kari"]
        store.emailaddresses[people[0]["emailAddressId"]]["email"] = "riktig@x.example"
        people[1]["disabled"] = True

        assert await retry(stage.dispatch_of(ticket).key, stage.services) == 2
        await stage.run()

        assert stage.received() == {"riktig@x.example": 1, "kari2@eksempel.example": 1}
