"""What is said before the press is what the press does."""

import json

import pytest

from dispatch.core import Rejected
from dispatch.steering import foreseen
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
