"""A person asks to send again to the failed: to them alone, and the figures still add up."""

import csv
import io
import json
from typing import Any

import pytest

from dispatch.core import Rejected
from dispatch.steering import actions, foreseen
from dispatch.steering.send_again import retry
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

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


def lines_of(content: bytes) -> dict[str, dict[str, str]]:
    """The file of recipients, by name."""
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    return {line["Navn"]: line for line in reader}


async def lists_of(stage: Stage, ticket: Row) -> list[bytes]:
    """What was kept of each round's file of recipients, the last one last."""
    found = await stage.content.stored_under(f"{stage.dispatch_of(ticket).key}/report/")
    names = sorted((blob.name for blob in found if blob.name.endswith(".csv")), key=len)
    return [stage.content.blobs[name] for name in names]


@pytest.mark.parametrize("corrected", ["the recipient", "who shares", "both"])
async def test_who_shares_an_address_that_was_refused_is_not_left_behind_by_a_correction(stage, corrected):
    """Two at one address, which was refused; each is then reached where they are reachable, and nobody twice."""
    store = stage.pureservice.store
    ticket = stage.seed(members=1)
    shares = seed.add_user(store, "Delt", "Adresse", email="kari0@eksempel.example")
    also = seed.add_user(store, "Også", "Delt", email="kari0@eksempel.example")
    seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=[shares, also]), ticket)
    stage.graph.faults.add(
        Fault(match=SEND, status=400, body='{"error": {"code": "ErrorInvalidRecipients", "message": "x"}}')
    )
    await stage.run()
    assert stage.states_of(ticket) == {"failed": 1}
    (first,) = await lists_of(stage, ticket)
    assert lines_of(first)["Delt Adresse"]["Resultat"] == "Deler adresse: Ikke levert"
    assert lines_of(first)["Delt Adresse"]["Årsak"] == "Samme adresse som Kari Nr 0. Adressen ble avvist"
    kari = next(row for row in store.users.values() if row["lastName"] == "Nr 0")
    if corrected != "who shares":
        kari["emailAddressId"] = store.add("emailaddress", email="ny@eksempel.example", userId=kari["id"])["id"]
    if corrected != "the recipient":
        shares["emailAddressId"] = store.add("emailaddress", email="egen@eksempel.example", userId=shares["id"])["id"]
    wanted = {
        "the recipient": {"ny@eksempel.example": 1},
        "who shares": {"egen@eksempel.example": 1},
        "both": {"ny@eksempel.example": 1, "egen@eksempel.example": 1},
    }[corrected]
    key = stage.dispatch_of(ticket).key
    told = await foreseen.foreseen(key, stage.services)

    assert await retry(key, stage.services) == len(told.reached) == len(wanted)
    await stage.run()

    assert stage.received() == wanted
    lines = lines_of((await lists_of(stage, ticket))[-1])
    assert (lines["Delt Adresse"]["Resultat"] == "Levert til e-postsystemet") is (corrected != "the recipient")
    assert lines["Også Delt"]["Resultat"] == "Deler adresse: Ikke levert", "nothing has gone to their address since"
    report = stage.solutions_on(ticket)[-1].replace("\u00a0", " ")
    shared = 2 if corrected == "the recipient" else 1
    assert f"{shared} {'andre' if shared > 1 else 'annen'} på listene deler" in report


async def test_who_is_still_where_both_were_gets_the_letter_when_the_other_has_moved():
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        await the_other_has_moved(stage)


async def the_other_has_moved(stage: Stage) -> None:
    store = stage.pureservice.store
    ticket = stage.seed(members=1)
    shares = seed.add_user(store, "Delt", "Adresse", email="kari0@eksempel.example")
    seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=[shares]), ticket)
    stage.graph.faults.add(refusing("ErrorAccessDenied", times=None))
    await stage.run(hours=1)
    await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who=WHO)
    await stage.run(hours=1)
    stage.graph.faults.clear()
    kari = next(row for row in store.users.values() if row["lastName"] == "Nr 0")
    kari["emailAddressId"] = store.add("emailaddress", email="ny@eksempel.example", userId=kari["id"])["id"]

    assert await retry(stage.dispatch_of(ticket).key, stage.services) == 2
    await stage.run()

    assert stage.received() == {"ny@eksempel.example": 1, "kari0@eksempel.example": 1}
    assert stage.dispatch_of(ticket).plan.recipients == 2


@pytest.mark.parametrize("status", [seed.READY, seed.READY_121])
async def test_who_is_uncertain_is_never_written_to_at_an_address_that_was_corrected_away(status):
    settings = {"MAIL_MAILER": "microsoft-graph", "MAIL_RECONCILE": "off", "MAIL_REPLYTO_ADDRESS": "post@etat.example"}
    async with a_stage(**settings) as stage:
        stage.graph.faults.add(Fault(match=r"POST .*/sendMail", drop="after"))
        ticket = stage.seed(members=1, status=status)
        await stage.run()
        assert stage.states_of(ticket) == {"uncertain": 1}
        rows = stage.pureservice.store.emailaddresses.values()
        next(row for row in rows if row["email"] == "kari0@eksempel.example")["email"] = "riktig@eksempel.example"
        key = stage.dispatch_of(ticket).key
        seen = await foreseen.foreseen(key, stage.services)
        await actions.retry_failed(key, stage.services, who="x", uncertain=True)
        await stage.run()

        assert [item.address for item in seen.doubtful] == ["riktig@eksempel.example"]
        assert stage.received() == {"kari0@eksempel.example": 1, "riktig@eksempel.example": 1}
