"""Two dispatches of one ticket: its status is the stop button of both, so one goes on at a time, and says so."""

from collections.abc import Awaitable

import pytest

from dispatch.core import DispatchKey, Rejected
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"
SEND = r"POST .*/sendMail"
SETTINGS = {"MAIL_MAILER": "microsoft-graph", "DISPATCH_BATCH_SIZE": "2"}
MEMBERS = 4


async def an_older_one_with_unsent(stage: Stage) -> tuple[Row, DispatchKey]:
    """A finished dispatch that a person ended after its first batch."""
    ticket = stage.seed(members=MEMBERS)
    await stage.tick()
    message = stage.queues.take()
    assert message is not None
    await stage.handle(message)
    key = DispatchKey(stage.dispatch_of(ticket).key)
    await actions.resolve_now(key, stage.services, who=WHO)
    await stage.run(hours=1)
    stage.queues.messages.clear()
    return ticket, key


async def a_newer_one(stage: Stage, ticket: Row) -> DispatchKey:
    """The case worker has written a new message on the ticket, and its first batch is sent."""
    seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Hei, en rettelse.</p>")
    stage.set_status(ticket, "Til ekspedering")
    await stage.tick()
    message = stage.queues.take()
    assert message is not None
    await stage.handle(message)
    return max(stage.ledger.heads)


async def refused(press: Awaitable[object]) -> str:
    """What the person is told."""
    with pytest.raises(Rejected) as told:
        await press
    return " ".join(told.value.problems)


def states(stage: Stage) -> list[str]:
    return [str(stage.ledger.heads[key].state) for key in sorted(stage.ledger.heads)]


async def test_send_again_on_the_older_is_refused_in_words_while_the_newer_is_sending():
    async with a_stage(**SETTINGS) as stage:
        ticket, older = await an_older_one_with_unsent(stage)
        await a_newer_one(stage, ticket)

        words = await refused(actions.retry_failed(older, stage.services, who=WHO))
        assert "annen utsendelse som er i gang" in words
        await stage.run()

        assert states(stage) == ["resolved", "resolved"]
        assert stage.notes_on(ticket) == [], "nobody is blamed for stopping anything"
        assert await actions.retry_failed(older, stage.services, who=WHO) == 2
        await stage.run()
        assert stage.received() == {f"kari{n}@eksempel.example": 2 for n in range(MEMBERS)}
        assert stage.notes_on(ticket) == []
        assert stage.status_of(ticket) == "Løst"


async def test_send_again_on_the_older_is_refused_in_words_while_the_newer_is_stopped():
    async with a_stage(**SETTINGS) as stage:
        ticket, older = await an_older_one_with_unsent(stage)
        newer = await a_newer_one(stage, ticket)
        await actions.stop(newer, stage.services, who=WHO)

        words = await refused(actions.retry_failed(older, stage.services, who=WHO))
        assert "annen utsendelse som er stoppet" in words

        assert stage.status_of(ticket) == "Under arbeid"
        await actions.resume(newer, stage.services, who=WHO)
        await stage.run()
        assert states(stage) == ["resolved", "resolved"]


@pytest.mark.parametrize("press", ["resume", "resolve_now"])
async def test_when_the_newer_begins_in_the_middle_of_the_press_the_older_waits_and_says_so(press):
    async with a_stage(**SETTINGS) as stage:
        ticket, older = await an_older_one_with_unsent(stage)
        write_batch, happened = stage.ledger.write_batch, []

        async def and_the_newer_begins(*given, **more):
            if not happened:
                happened.append(True)
                await a_newer_one(stage, ticket)
            return await write_batch(*given, **more)

        stage.ledger.write_batch = and_the_newer_begins
        assert "akkurat nå" in await refused(actions.retry_failed(older, stage.services, who=WHO))
        assert happened
        assert "annen utsendelse" in await refused(getattr(actions, press)(older, stage.services, who=WHO))
        await stage.run(hours=2)

        newer = max(stage.ledger.heads)
        assert stage.ledger.heads[newer].state == "resolved"
        (note,) = stage.notes_on(ticket)
        assert "En annen utsendelse i saken er stoppet" in note
        assert stage.ledger.heads[older].state == "stopped"
        await actions.resume(older, stage.services, who=WHO)
        await stage.run()
        assert stage.received() == {f"kari{n}@eksempel.example": 2 for n in range(MEMBERS)}


async def test_a_failed_round_of_the_older_stays_uncertain_whatever_the_newer_sent():
    """Each dispatch is a letter of its own: what the newer delivered says nothing of the older."""
    async with a_stage(**{**SETTINGS, "MAIL_RECONCILE": "off"}) as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="after"))
        ticket = stage.seed(members=1)
        await stage.run()
        older = DispatchKey(stage.dispatch_of(ticket).key)
        await a_newer_one(stage, ticket)
        await stage.run()
        with pytest.raises(Rejected):
            await actions.retry_failed(older, stage.services, who=WHO)
        assert stage.received() == {"kari0@eksempel.example": 2}
