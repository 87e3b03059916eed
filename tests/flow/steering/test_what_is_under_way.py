"""What is under way in a ticket is the ledger's to say, whatever became of the message; the rest is said in words."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch import tick
from dispatch.core import (
    BatchState,
    DispatchKey,
    DispatchPlan,
    DispatchState,
    LostRace,
    Reason,
    RecipientState,
    Rejected,
    ResolveTicket,
    SendBatch,
    counts_of,
)
from dispatch.steering import actions
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

WHO = "test@etat.example"
READY = "Til ekspedering"
SETTINGS = {"DISPATCH_BATCH_SIZE": "2", "MAIL_MAILER": "microsoft-graph"}
ONCE = {f"kari{n}@eksempel.example": 1 for n in range(4)}
TWICE = dict.fromkeys(ONCE, 2)


def message_of(stage: Stage, ticket: Row) -> Row:
    """The ticket's newest message to dispatch."""
    rows = stage.pureservice.store.communications.values()
    return [row for row in rows if row.get("ticketId") == ticket["id"] and row.get("customTypeId")][-1]


def deleted(stage: Stage, ticket: Row) -> None:
    del stage.pureservice.store.communications[message_of(stage, ticket)["id"]]


def retyped(stage: Stage, ticket: Row) -> None:
    message_of(stage, ticket)["customTypeId"] = None


def type_is_renamed(stage: Stage, ticket: Row) -> None:
    kind = stage.pureservice.store.communicationtypes[message_of(stage, ticket)["customTypeId"]]
    stage.pureservice.store.update("communicationtype", kind, {"name": "Noe annet enn i oppsettet"})


LOSSES = [deleted, retyped, type_is_renamed]


async def half_sent(stage: Stage) -> Row:
    """A ticket whose first batch of two is sent, the second being planned."""
    ticket = stage.seed(members=4)
    await stage.tick()
    message = stage.queues.take(SendBatch)
    assert message is not None
    await stage.handle(message)
    return ticket


def at_work(stage: Stage) -> list[str]:
    return [key for key, head in stage.ledger.heads.items() if head.state in ("sending", "resolving")]


@pytest.mark.parametrize("loses", LOSSES)
async def test_a_dispatch_goes_on_when_its_message_is_gone(loses):
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        loses(stage, ticket)
        await stage.run()

        assert stage.received() == ONCE
        assert stage.status_of(ticket) == "Løst"
        assert stage.notes_on(ticket) == []


@pytest.mark.parametrize("loses", LOSSES[:2])
async def test_a_new_message_in_its_place_waits_in_words_and_is_sent_when_it_is_asked_for(loses):
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        loses(stage, ticket)
        seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Den rettede</p>")
        await stage.tick()
        assert len(at_work(stage)) == 1
        await stage.run()

        assert stage.received() == ONCE
        (note,) = stage.notes_on(ticket)
        assert "ikke sendt" in note
        stage.set_status(ticket, READY)
        await stage.run()
        assert stage.received() == TWICE


@pytest.mark.parametrize("ticks", [0, 1, 3])
async def test_a_second_message_written_meanwhile_is_mentioned_once(ticks):
    """With no tick between, whoever writes the report sees it."""
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Enda en</p>")
        for _ in range(ticks):
            await stage.tick()
        await stage.drain()
        await stage.run()

        assert stage.received() == ONCE
        (note,) = stage.notes_on(ticket)
        assert "Den nye meldingen er ikke sendt" in note


async def test_a_second_message_written_while_the_first_is_planned_stops_the_plan_in_words():
    async with a_stage(**SETTINGS) as stage:
        ticket = stage.seed(members=4)
        await planner_asked(stage)
        seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Enda en</p>")
        await stage.run(hours=1)

        assert stage.received().total() == 0
        (note,) = stage.notes_on(ticket)
        assert "2 meldinger" in note


async def test_a_message_that_is_replaced_while_it_is_planned_is_not_sent():
    async with a_stage(**SETTINGS) as stage:
        ticket = stage.seed(members=4)
        await planner_asked(stage)
        deleted(stage, ticket)
        seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Den rettede</p>")
        await stage.run()

        assert stage.received() == ONCE
        assert all("Den rettede" in str(mail) for mail in (mail.html for mail in stage.graph.received))
        assert stage.notes_on(ticket) == []


async def planner_asked(stage: Stage) -> None:
    """The tick has asked for the plan, and the queue has not delivered the message."""
    await tick.run(stage.services)


@pytest.mark.parametrize("loses", LOSSES)
async def test_a_stopped_one_whose_message_is_gone_goes_on_when_the_status_is_set(loses):
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        stage.set_status(ticket, "Under arbeid")
        await stage.tick()
        loses(stage, ticket)
        stage.set_status(ticket, READY)
        await stage.run()

        assert stage.received() == ONCE
        assert stage.status_of(ticket) == "Løst"


async def test_a_stopped_one_whose_message_was_replaced_asks_which_is_meant():
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        stage.set_status(ticket, "Under arbeid")
        await stage.tick()
        older = stage.dispatch_of(ticket).key
        deleted(stage, ticket)
        seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Den rettede</p>")
        stage.set_status(ticket, READY)
        await stage.run(hours=1)

        assert stage.received().total() == 2
        assert stage.status_of(ticket) == "Under arbeid"
        assert "må den stoppede avsluttes først" in stage.notes_on(ticket)[-1]
        await actions.resolve_now(older, stage.services, who=WHO)
        await stage.run(hours=1)
        stage.set_status(ticket, READY)
        await stage.run()
        assert stage.received() == {**ONCE, "kari0@eksempel.example": 2, "kari1@eksempel.example": 2}


async def test_a_planner_that_claims_after_the_last_look_of_send_again_waits():
    """Each had seen that the other was not under way; now the ticket is taken by one of them."""
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        older = stage.dispatch_of(ticket).key
        await actions.resolve_now(older, stage.services, who=WHO)
        await stage.run(hours=1)
        seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Enda en</p>")
        stage.set_status(ticket, READY)
        save_hold, begun = stage.ledger.save_hold, []

        async def and_the_newer_is_claimed(hold: Any) -> Any:
            kept = await save_hold(hold)
            if hold.dispatch == older and not begun:
                begun.append(True)
                await stage.tick()
            return kept

        stage.ledger.save_hold = and_the_newer_is_claimed
        with pytest.raises(Rejected):  # the tick wrote the dispatch meanwhile, and the person is told so
            await actions.retry_failed(older, stage.services, who=WHO)
        stage.ledger.save_hold = save_hold
        while stage.queues.messages or at_work(stage):
            assert len(at_work(stage)) <= 1
            message = stage.queues.take()
            if message is None:
                break
            await stage.handle(message)
            await stage.tick()
        await stage.run()

        assert begun
        assert stage.received() == ONCE
        assert stage.notes_on(ticket)
        stage.set_status(ticket, READY)
        await stage.run()
        assert stage.received() == TWICE


async def test_the_report_of_one_waits_while_another_of_the_ticket_is_sent():
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        key = stage.dispatch_of(ticket).key
        hold = await stage.ledger.hold(ticket["id"])
        other = DispatchKey(f"{ticket['id']}-99999")
        head = stage.ledger.heads[key]
        await stage.ledger.create(replace(head, key=other, version=""))
        await stage.ledger.save_hold(replace(hold, dispatch=other))
        for (_, number), batch in list(stage.ledger.batch_rows.items()):
            if batch.state != "recorded":
                stage.ledger.batch_rows[key, number] = replace(batch, state=type(batch.state)("recorded"))
        await stage.handle(ResolveTicket(dispatch=key))

        assert stage.ledger.heads[key].state == "sending"
        assert stage.solutions_on(ticket) == []


# --- tickets that are merged


def moved(stage: Stage, ticket: Row, to: Row) -> None:
    """What Pureservice does with the messages of a ticket that is merged into another, which it closes."""
    for row in stage.pureservice.store.communications.values():
        if row.get("ticketId") == ticket["id"]:
            stage.pureservice.store.update("communication", row, {"ticketId": to["id"]})
    stage.set_status(ticket, "Under arbeid")


async def test_a_sent_message_that_is_moved_by_a_merge_is_not_sent_again():
    async with a_stage(**SETTINGS) as stage:
        ticket = stage.seed(members=4)
        await stage.run()
        other = seed.add_ticket(stage.pureservice.store, "Den andre saken")
        listed = next(row for row in stage.pureservice.store.assets.values() if row["name"] == "Listen")
        seed.relate_list_to_ticket(stage.pureservice.store, listed, other)
        moved(stage, ticket, other)
        await stage.run(hours=1)

        assert stage.received() == ONCE
        assert any("sendt ut før" in note for note in stage.notes_on(other))
        assert stage.status_of(other) != READY


async def test_one_that_is_moved_half_way_goes_on_where_its_message_stands():
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        other = seed.add_ticket(stage.pureservice.store, "Den andre saken")
        moved(stage, ticket, other)
        await stage.run()

        assert stage.received() == ONCE
        assert stage.status_of(other) == "Løst"
        assert len(stage.solutions_on(other)) == 1
        assert len(stage.ledger.heads) == 1


async def test_one_that_was_refused_in_one_ticket_is_sent_from_the_other():
    async with a_stage(**SETTINGS) as stage:
        ticket = stage.seed(members=4)
        for relation in list(stage.pureservice.store.relationships):
            if ticket["id"] in (
                stage.pureservice.store.relationships[relation].get("toTicketId"),
                stage.pureservice.store.relationships[relation].get("fromTicketId"),
            ):
                del stage.pureservice.store.relationships[relation]
        await stage.run(hours=1)
        other = seed.add_ticket(stage.pureservice.store, "Den andre saken")
        listed = next(row for row in stage.pureservice.store.assets.values() if row["name"] == "Listen")
        seed.relate_list_to_ticket(stage.pureservice.store, listed, other)
        moved(stage, ticket, other)
        await stage.run()

        assert stage.received() == ONCE
        assert stage.status_of(other) == "Løst"


async def test_a_purge_that_comes_late_removes_nothing_of_what_is_planned_anew():
    """A rejected dispatch is purged while its ticket is set ready again; the purge slept behind its first look."""
    async with a_stage(**SETTINGS) as stage:
        ticket = stage.seed(members=4)
        text = message_of(stage, ticket)
        words, text["text"] = text["text"], " "
        await stage.run(hours=1)
        key = stage.dispatch_of(ticket).key
        text["text"] = words
        for call in ("save", "purge", "dispatch"):
            stage.set_status(ticket, READY)
            real, slept = getattr(stage.ledger, call), []

            async def sleeps(value: Any, real: Any = real, slept: list[bool] = slept) -> Any:
                done = await real(value)
                if not slept:
                    slept.append(True)
                    await stage.tick()
                return done

            setattr(stage.ledger, call, sleeps)
            try:
                await actions.purge(key, stage.services, who=WHO)
            except Rejected:
                pass
            finally:
                setattr(stage.ledger, call, real)
            if stage.ledger.heads[key].state == "sending":
                break
        await stage.run()

        assert stage.received() == ONCE
        assert stage.states_of(ticket)["delivered"] == 4
        assert stage.status_of(ticket) == "Løst"


async def test_a_crash_while_a_moved_dispatch_goes_on_loses_nobody():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=3)
        await stage.tick()
        await stage.handle(stage.queues.take())
        await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="x")
        await stage.tick()
        await stage.drain()
        other = seed.add_ticket(store, "Den som saken slås sammen med")  # stands ready
        for row in store.communications.values():
            if row.get("ticketId") == ticket["id"] and "høring" in str(row.get("text")):
                row["ticketId"] = other["id"]
        real = stage.ledger.revive

        async def out(_):
            raise RuntimeError("the table is out of reach")

        stage.ledger.revive = out
        await stage.tick()
        stage.ledger.revive = real
        await stage.run(hours=3)
        assert sum(stage.received().values()) == 3


async def test_one_whose_planning_waits_does_not_keep_the_report_of_another():
    """Its planning is put off for hours; the ticket is its own again when it is planned."""
    async with a_stage(**SETTINGS) as stage:
        ticket = await half_sent(stage)
        key = stage.dispatch_of(ticket).key
        await actions.stop(key, stage.services, who=WHO)
        await stage.run(hours=0.2)
        other = DispatchKey(f"{ticket['id']}-99999")
        waits = replace(stage.ledger.heads[key], key=other, state=DispatchState.PLANNING, version="")
        assert await stage.ledger.create(replace(waits, plan=DispatchPlan(put_off=9))) is not None
        await stage.ledger.save_hold(replace(await stage.ledger.hold(ticket["id"]), dispatch=other))
        before = stage.ledger.heads[other]

        for batch in list(stage.ledger.batch_rows.values()):
            if batch.state != "recorded":
                rows = [row for row in await stage.ledger.recipients(batch) if not row.has_outcome]
                ended = [replace(row, state=RecipientState.FAILED, reason=Reason.ENDED_BY_PERSON) for row in rows]
                counts = counts_of([*[row for row in await stage.ledger.recipients(batch) if row.has_outcome], *ended])
                await stage.ledger.record(replace(batch, state=BatchState.RECORDED, counts=counts), ended)
        await stage.handle(ResolveTicket(dispatch=key))

        assert stage.ledger.heads[key].state == "resolved"
        assert len(stage.solutions_on(ticket)) == 1
        with pytest.raises(LostRace):  # a planner that slept is fenced
            await stage.ledger.save(before)
