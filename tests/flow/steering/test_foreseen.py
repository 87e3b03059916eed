"""What is said before the press is what the press does."""

import json

import pytest

from dispatch.core import Reason, Rejected
from dispatch.steering import actions, foreseen
from dispatch.steering.send_again import retry
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage

SEND = r"POST .*/sendMail"


@pytest.mark.parametrize("uncertain", [False, True])
async def test_whom_it_says_that_it_reaches_is_whom_it_reaches(uncertain: bool):
    async with a_stage(MAIL_RECONCILE="off") as stage:
        store = stage.pureservice.store
        stage.graph.faults.add(Fault(match=SEND, drop="before", times=2))
        ticket = stage.seed(members=6)
        corrected = seed.add_user(store, "Feil", "Adresse", email="feil(at)x.example")
        left = seed.add_user(store, "Fortsatt", "Feil", email="ogsaa-feil")
        seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=[corrected, left]), ticket)
        await stage.run()
        store.emailaddresses[corrected["emailAddressId"]]["email"] = "rett@x.example"
        key, before = stage.dispatch_of(ticket).key, stage.received()

        told = await foreseen.foreseen(key, stage.services)
        wished = {item.address for item in (*told.reached, *(told.doubtful if uncertain else ()))}
        assert await retry(key, stage.services, uncertain=uncertain) == len(wished)
        await stage.run()

        assert {address for address, count in stage.received().items() if count > before.get(address, 0)} == wished
        assert len(told.doubtful) == 2
        assert [row.name for row in told.left] == ["Fortsatt Feil"]


async def test_where_it_says_nobody_the_press_is_refused():
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        body = json.dumps({"error": {"code": "ErrorMessageSizeExceeded", "message": "x"}})
        stage.graph.faults.add(Fault(match=SEND, status=413, body=body, times=1))
        ticket = stage.seed(members=2)
        await stage.run()
        key = stage.dispatch_of(ticket).key

        told = await foreseen.foreseen(key, stage.services)

        if not told.anybody:
            with pytest.raises(Rejected):
                await retry(key, stage.services, uncertain=True)
        assert len(told.reached) + len(told.doubtful) + len(told.left) == 2 - sum(stage.received().values())


@pytest.mark.parametrize("uncertain", [False, True])
@pytest.mark.parametrize("became", ["anonymised", "disabled", "deleted", "nothing"])
async def test_who_is_off_every_list_is_looked_up_before_they_are_written_to(became: str, uncertain: bool):
    """Both a person and an organisation that were not reached, then taken off the list; what became of them decides."""
    async with a_stage(MAIL_RECONCILE="off", MAIL_MAILER="microsoft-graph") as stage:
        store = stage.pureservice.store
        fault = {"drop": "before"} if uncertain else {"status": 403, "body": '{"error": {"code": "ErrorAccessDenied"}}'}
        ticket = stage.seed(members=1)
        company = seed.add_company(store, "Kommunen", email="post@kommunen.example")
        seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=[company]), ticket)
        stage.graph.faults.add(Fault(match=SEND, times=2 if uncertain else None, **fault))
        await stage.run(hours=3)
        key = stage.dispatch_of(ticket).key
        if not uncertain:
            await actions.resolve_now(key, stage.services, who="x")
            await stage.run(hours=1)
        stage.graph.faults.clear()
        assert not stage.received()
        person = next(user for user in store.users.values() if user["firstName"] == "Kari")
        for one, kind in ((person, "User"), (company, "Company")):
            for row in list(store.relationships.values()):
                if one["id"] in (row.get(f"to{kind}Id"), row.get(f"from{kind}Id")):
                    del store.relationships[row["id"]]
        if became == "anonymised":
            person["isAnonymized"] = company["disabled"] = True
        elif became == "disabled":
            person["disabled"] = company["disabled"] = True
        elif became == "deleted":
            del store.users[person["id"]], store.companies[company["id"]]

        told = await foreseen.foreseen(key, stage.services)
        if became == "nothing":
            assert await retry(key, stage.services, uncertain=uncertain) == 2
        else:
            assert not told.anybody
            assert told.reasons == {
                "anonymised": {Reason.ANONYMISED: 1, Reason.DISABLED: 1},
            }.get(became, {Reason.DISABLED: 2})
            with pytest.raises(Rejected):
                await retry(key, stage.services, uncertain=uncertain)
        await stage.run()

        expected = {"kari0@eksempel.example": 1, "post@kommunen.example": 1} if became == "nothing" else {}
        assert stage.received() == expected
