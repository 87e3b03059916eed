"""Doubt belongs to whom a letter is for: no round, correction or closing forgets it. Judged by what arrived."""

import json
from typing import Any

import pytest

from dispatch.core import DispatchKey, Rejected
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

SEND = r"POST .*/sendMail"
WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"
ONE_WAY = {"MAIL_MAILER": "microsoft-graph", "MAIL_RECONCILE": "off"}
FIRST = "kari0@eksempel.example"
DPO = "910000020"


async def one_in_doubt(stage: Stage, **more: Any) -> tuple[Row, DispatchKey]:
    """A finished dispatch whose first recipient got a letter whose answer was lost."""
    stage.graph.faults.add(Fault(match=SEND, drop="after"))
    ticket = stage.seed(**{"members": 1, **more})
    await stage.run()
    assert stage.states_of(ticket)["uncertain"] == 1
    return ticket, DispatchKey(stage.dispatch_of(ticket).key)


async def again(stage: Stage, key: DispatchKey, *, uncertain: bool = False) -> int:
    """A person asks; 0 where there is nobody to send to."""
    try:
        return await actions.retry_failed(key, stage.services, who=WHO, uncertain=uncertain)
    except Rejected:
        return 0


async def refused_by_all(stage: Stage, key: DispatchKey) -> None:
    refusal = json.dumps({"error": {"code": "ErrorAccessDenied", "message": "x"}})
    stage.graph.faults.add(Fault(match=SEND, status=403, body=refusal, times=None))
    await stage.run(hours=30)
    await actions.resolve_now(key, stage.services, who=WHO)
    await stage.run(hours=1)
    stage.graph.faults.clear()


async def ended_by_a_person(stage: Stage, key: DispatchKey) -> None:
    await actions.resolve_now(key, stage.services, who=WHO)
    await stage.run()


@pytest.mark.parametrize("second_round", [refused_by_all, ended_by_a_person])
async def test_a_second_round_that_certainly_sent_nothing_does_not_settle_the_doubt_of_the_first(second_round):
    async with a_stage(**ONE_WAY) as stage:
        ticket, key = await one_in_doubt(stage)
        assert await again(stage, key, uncertain=True) == 1

        await second_round(stage, key)

        assert [row.state for row in stage.rows_of(ticket) if not row.superseded] == ["uncertain"]
        assert await again(stage, key) == 0
        await stage.run()
        assert stage.received() == {FIRST: 1}
        assert await again(stage, key, uncertain=True) == 1, "only who names the uncertain sends to them again"
        await stage.run()
        assert stage.received() == {FIRST: 2}


async def test_a_second_wish_for_the_uncertain_does_not_reach_one_who_was_reached_by_the_first():
    async with a_stage(**ONE_WAY) as stage:
        _, key = await one_in_doubt(stage)
        assert await again(stage, key, uncertain=True) == 1
        await stage.run()

        assert await again(stage, key, uncertain=True) == 0
        assert await again(stage, key) == 0
        assert stage.received() == {FIRST: 2}


@pytest.mark.parametrize("wrong", ["feil(at)x.example", None, "kari@gammel.local"])
async def test_an_address_corrected_to_one_that_is_in_doubt_gets_no_letter_that_nobody_asked_for(wrong):
    async with a_stage(**ONE_WAY) as stage:
        store = stage.pureservice.store
        corrected = [seed.add_user(store, "Rettet", f"Nr {n}", email=wrong and f"{n}{wrong}") for n in range(2)]
        ticket = stage.seed(members=1)
        # The corrected stand before and after the one in doubt: the order must not matter.
        for number, row in enumerate(corrected):
            relation = seed.relate_list_to_ticket(store, seed.add_list(store, f"L{number}", members=[row]), ticket)
            assert relation
        stage.graph.faults.add(Fault(match=SEND, drop="after"))
        await stage.run()
        key = DispatchKey(stage.dispatch_of(ticket).key)
        for row in corrected:
            if row["emailAddressId"]:
                store.emailaddresses[row["emailAddressId"]]["email"] = FIRST
            else:
                row["emailAddressId"] = store.add("emailaddress", email=FIRST, userId=row["id"])["id"]

        assert await again(stage, key) == 0
        await stage.run()
        assert stage.received() == {FIRST: 1}
        assert await again(stage, key, uncertain=True) == 1
        await stage.run()
        assert stage.received() == {FIRST: 2}
        kept = [row for row in stage.rows_of(ticket) if not row.superseded]
        assert {row.name: str(row.state) for row in kept}["Kari Nr 0"] == "delivered", (
            "the wish was for the one in doubt"
        )
        assert await again(stage, key, uncertain=True) == 0


async def test_an_organisation_in_doubt_that_eformidling_then_refuses_gets_no_e_mail_either():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        store = stage.pureservice.store
        member = seed.add_company(store, "Kommunen", email="post@kommunen.example", organization_number=DPO)
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Kommuner", members=[member]), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        stage.exchange.behave(DPO, never_delivered=True)
        await stage.tick()
        await stage.drain()
        key = DispatchKey(stage.dispatch_of(ticket).key)
        await ended_by_a_person(stage, key)
        assert stage.states_of(ticket) == {"uncertain": 1}
        assert await again(stage, key) == 0

        stage.exchange.behave(DPO, exists=False)
        assert await again(stage, key, uncertain=True) == 1
        await stage.run()

        assert stage.received() == {}
        assert sum(message.sent for message in stage.exchange.messages.values()) == 1
        assert [row.state for row in stage.rows_of(ticket) if not row.superseded] == ["uncertain"]
        assert await again(stage, key) == 0
