"""Own tickets: one that was perhaps made is looked for before one is made, and a message answers for itself alone."""

from collections import Counter
from datetime import timedelta

import pytest

from dispatch.core import DispatchKey, Rejected, SendBatch
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"
REPLY = {"MAIL_REPLYTO_ADDRESS": "post@etat.example"}
BY_PURESERVICE = {**REPLY, "PURESERVICE_121_SEND_VIA": "pureservice"}
TICKET = "POST /agent/api/ticket/"
MESSAGE = "POST /agent/api/communication/"


def to_be_split(stage: Stage, people: int = 3) -> Row:
    store = stage.pureservice.store
    members = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(people)]
    row = seed.add_ticket(store, "Høring om endring", status="Klar til splitt", description="<p>Om høringen</p>")
    seed.relate_list_to_ticket(store, seed.add_list(store, "Personer", members=members), row)
    seed.add_dispatch_text(store, row, "<p>Hei, vi ber om svar.</p>")
    return row


def made(stage: Stage, mother: Row) -> Counter[str]:
    """How many tickets of its own each recipient has."""
    prefix = f"utsendelse-{mother['id']}-"
    rows = stage.pureservice.store.tickets.values()
    return Counter(ref for row in rows if (ref := str(row.get("customerReference") or "")).startswith(prefix))


def key_of(stage: Stage, mother: Row) -> DispatchKey:
    return DispatchKey(stage.dispatch_of(mother).key)


async def ended(stage: Stage, mother: Row) -> None:
    await actions.resolve_now(key_of(stage, mother), stage.services, who=WHO)
    await stage.run(hours=1)


async def abandoned(stage: Stage, mother: Row) -> None:
    """Its message fails again and again for longer than anybody has patience for."""
    assert stage.dispatch_of(mother).state == "sending"
    for _ in range(20):
        message = stage.queues.take() or next(item.message for item in stage.queues.messages)
        stage.queues.messages.clear()
        assert isinstance(message, SendBatch)
        await stage.poison(message)
        if not stage.states_of(mother)["in_doubt"]:
            break
        stage.clock.now += timedelta(hours=2)
        await stage.tick()
    await stage.run(hours=1)


@pytest.mark.parametrize("settings", [REPLY, BY_PURESERVICE], ids=["our letter", "Pureservice's message"])
@pytest.mark.parametrize("closing", [ended, abandoned])
@pytest.mark.parametrize("rounds", [1, 2])
async def test_whoever_closes_over_a_ticket_that_was_perhaps_made_nobody_gets_a_second(settings, closing, rounds):
    async with a_stage(**settings) as stage:
        mother = to_be_split(stage)
        stage.pureservice.faults.add(Fault(match=TICKET, drop="after", times=3))
        for number in range(rounds):
            await stage.tick()
            if not number:
                await stage.drain()  # the second round is closed before anybody has looked
            await closing(stage, mother)
            assert stage.states_of(mother)["failed"], "no letter can have left: that is no doubt"
            assert await actions.retry_failed(key_of(stage, mother), stage.services, who=WHO) == 3
        await stage.run()

        assert set(made(stage, mother).values()) == {1}
        assert len(made(stage, mother)) == 3
        kept = [row for row in stage.rows_of(mother) if not row.superseded]
        assert [row.state for row in kept] == ["delivered"] * 3
        letters = stage.received() or Counter(row["to"] for row in stage.pureservice.store.emails.values())
        assert letters == {f"kari{n}@eksempel.example": 1 for n in range(3)}


async def test_a_ticket_that_was_certainly_refused_is_made_without_waiting():
    async with a_stage(**REPLY) as stage:
        mother = to_be_split(stage, people=1)
        stage.pureservice.faults.add(Fault(match=TICKET, status=400, body='{"message": "The team is disabled"}'))
        await stage.run()
        assert stage.states_of(mother) == {"failed": 1}
        await actions.retry_failed(key_of(stage, mother), stage.services, who=WHO)
        await stage.tick()
        await stage.drain(hours=5 / 3600)
        assert stage.received() == {"kari0@eksempel.example": 1}


# --- where Pureservice itself sends


async def first_message_failed(stage: Stage) -> Row:
    """A finished dispatch of one whose message stands on the ticket, with an e-mail row that says failed."""
    mother = to_be_split(stage, people=1)
    await stage.tick()
    await stage.drain()
    (email,) = stage.pureservice.store.emails.values()
    email["status"] = 5
    await stage.run()
    assert stage.states_of(mother) == {"failed": 1}
    return mother


def newest(stage: Stage) -> Row:
    return max(stage.pureservice.store.emails.values(), key=lambda row: row["id"])


def last_state(stage: Stage, mother: Row) -> str:
    (row,) = [row for row in stage.rows_of(mother) if not row.superseded]
    return str(row.state)


async def nothing_to_send(stage: Stage, mother: Row) -> bool:
    try:
        await actions.retry_failed(key_of(stage, mother), stage.services, who=WHO)
    except Rejected:
        return True
    return False


async def test_a_failed_row_of_the_first_round_is_not_taken_for_the_second_message():
    async with a_stage(**BY_PURESERVICE) as stage:
        mother = await first_message_failed(stage)
        await actions.retry_failed(key_of(stage, mother), stage.services, who=WHO)
        await stage.tick()
        await stage.drain()
        newest(stage)["direction"] = 1  # Pureservice's record comes a while after the message
        await stage.drain(hours=20 / 3600)
        newest(stage)["direction"] = 2
        await stage.run()
        assert last_state(stage, mother) == "delivered"
        assert await nothing_to_send(stage, mother)
        assert [row["status"] for row in stage.pureservice.store.emails.values()] == [5, 4]


async def test_a_sent_row_of_the_first_round_does_not_make_the_second_message_delivered():
    async with a_stage(**BY_PURESERVICE) as stage:
        mother = await first_message_failed(stage)
        newest(stage)["status"] = 4  # told anew by Pureservice, after the first round's report
        await actions.retry_failed(key_of(stage, mother), stage.services, who=WHO)
        await stage.tick()
        await stage.drain()
        newest(stage)["status"] = 5
        await stage.run()
        assert last_state(stage, mother) == "failed"


async def test_a_second_message_that_was_lost_on_its_way_is_written_though_the_first_one_stands():
    async with a_stage(**BY_PURESERVICE) as stage:
        mother = await first_message_failed(stage)
        await actions.retry_failed(key_of(stage, mother), stage.services, who=WHO)
        stage.pureservice.faults.add(Fault(match=MESSAGE, drop="before"))
        await stage.run()
        assert last_state(stage, mother) == "delivered"
        assert [row["status"] for row in stage.pureservice.store.emails.values()] == [5, 4]
