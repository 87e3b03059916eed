"""What a person presses: stop, go on, send again, resolve now, purge; and what the outside then sees."""

import json
import logging
from datetime import timedelta

import pytest

from dispatch.core import BatchState, DispatchKey, Reason, Rejected, ResolveTicket
from dispatch.steering import actions
from local.simulators.faults import Fault
from tests.builders import changed
from tests.stage import Stage, a_stage

SEND = r"POST .*/sendMail"
WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"


async def one_batch(stage: Stage) -> None:
    """The timer fires and the first batch is sent."""
    await stage.tick()
    message = stage.queues.take()
    assert message is not None
    await stage.handle(message)


def pressed(caplog) -> list[dict[str, object]]:
    lines = [
        json.loads(record.message) for record in caplog.records if record.message.startswith('{"action":"pressed"')
    ]
    return [{name: line.get(name) for name in ("what", "who", "dispatch_id")} for line in lines]


@pytest.fixture(autouse=True)
def logged(caplog):
    caplog.set_level(logging.INFO)


async def test_stop_takes_the_ticket_out_and_go_on_finishes_with_everyone_once(caplog):
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=6)
        await one_batch(stage)
        key = stage.dispatch_of(ticket).key

        await actions.stop(key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert stage.status_of(ticket) == "Under arbeid"
        assert stage.dispatch_of(ticket).state == "stopped"
        assert sum(stage.received().values()) == 2
        assert len(stage.notes_on(ticket)) == 1

        await actions.resume(key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(6)}
        assert stage.status_of(ticket) == "Løst"
        assert pressed(caplog) == [
            {"what": "stop", "who": WHO, "dispatch_id": key},
            {"what": "resume", "who": WHO, "dispatch_id": key},
        ]


async def test_an_address_is_not_logged_as_the_one_who_pressed(stage, caplog):
    ticket = stage.seed(members=1)
    await stage.tick()

    await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="Kari.Ansatt@etat.example")

    assert len(pressed(caplog)) == 1
    assert "etat.example" not in caplog.text


async def test_send_again_reaches_only_those_who_failed():
    async with a_stage(MAIL_MAILER="microsoft-graph", DISPATCH_BATCH_SIZE="3") as stage:
        ticket = stage.seed(members=6)
        await one_batch(stage)
        refusal = json.dumps({"error": {"code": "ErrorAccessDenied", "message": "x"}})
        stage.graph.faults.add(Fault(match=SEND, status=403, body=refusal, times=None))
        await stage.run(hours=3)
        await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await stage.run(hours=1)
        stage.graph.faults.clear()

        assert await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who=WHO) == 3
        await stage.run()

        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(6)}


@pytest.mark.parametrize("retired_late", [False, True])
async def test_the_timer_may_fire_in_the_middle_of_sending_again(monkeypatch, retired_late: bool):
    """It once took the half planned round for stopped, told so, and left the person with a refusal."""
    async with a_stage(MAIL_MAILER="microsoft-graph", DISPATCH_BATCH_SIZE="3") as stage:
        ticket = stage.seed(members=110)
        await one_batch(stage)
        key = stage.dispatch_of(ticket).key
        await actions.resolve_now(key, stage.services, who=WHO)
        await stage.run(hours=1)
        revive, write_batch, finished = stage.ledger.revive, stage.ledger.write_batch, stage.dispatch_of(ticket)
        revived, planned = [], []

        async def revive_and_be_retired_late(dispatch):
            await revive(dispatch)
            revived.append(dispatch)
            if retired_late and len(revived) == 1:
                await stage.ledger.retire(finished)  # by who wrote the report, an instant too late

        async def write_and_tick(*rows):
            head = await write_batch(*rows)
            planned.append(head)
            await stage.tick()
            return head

        monkeypatch.setattr(stage.ledger, "revive", revive_and_be_retired_late)
        monkeypatch.setattr(stage.ledger, "write_batch", write_and_tick)
        assert await actions.retry_failed(key, stage.services, who=WHO) == 107
        assert len(planned) == 36, "as many as the batch size makes of 107"
        await stage.run(hours=2)

        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(110)}
        assert stage.status_of(ticket) == "Løst"
        assert stage.notes_on(ticket) == []


# --- resolve now


async def test_resolve_now_ends_those_who_were_not_begun_with_and_the_report_says_that_a_person_did():
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=6)
        await one_batch(stage)
        key = stage.dispatch_of(ticket).key

        closed = await actions.resolve_now(key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert (closed.unsent, closed.unsettled, closed.held) == (4, 0, 0)
        assert stage.states_of(ticket) == {"delivered": 2, "failed": 4}
        assert sum(stage.received().values()) == 2
        assert stage.status_of(ticket) == "Løst"
        (solution,) = stage.solutions_on(ticket)
        assert "En person avsluttet utsendelsen" in solution
        assert stage.notes_on(ticket) == [], "a note on how to go on would mislead"


async def test_those_whom_a_person_ended_can_be_sent_to_after_all():
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=6)
        await one_batch(stage)
        key = stage.dispatch_of(ticket).key
        await actions.resolve_now(key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert await actions.retry_failed(key, stage.services, who=WHO) == 4
        await stage.tick()
        await actions.stop(key, stage.services, who=WHO)
        await stage.run(hours=1)
        assert stage.dispatch_of(ticket).state == "stopped", "the wish to end was for the round before"
        await actions.resume(key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(6)}
        assert stage.status_of(ticket) == "Løst"


async def test_what_is_in_doubt_becomes_uncertain_and_never_failed():
    async with a_stage(MAIL_MAILER="microsoft-graph", DISPATCH_BATCH_SIZE="3") as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="after"))  # delivered, and the answer is lost
        ticket = stage.seed(members=6)
        await one_batch(stage)
        assert stage.states_of(ticket) == {"in_doubt": 1, "delivered": 2, "planned": 3}

        closed = await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert (closed.unsent, closed.unsettled) == (3, 1)
        assert stage.states_of(ticket) == {"uncertain": 1, "delivered": 2, "failed": 3}
        (doubtful,) = [row for row in stage.rows_of(ticket) if row.state == "uncertain"]
        assert doubtful.reason is Reason.ENDED_UNSETTLED
        assert stage.received()[doubtful.address] == 1, "it did arrive: failed would have been a lie"


async def test_a_batch_that_a_worker_holds_is_left_to_it_and_ended_by_the_next_tick():
    """The person presses while a worker is in the middle of a window: the worker wins, the rest is ended."""
    async with a_stage(DISPATCH_BATCH_SIZE="4", DISPATCH_WINDOW_SIZE="2", DISPATCH_LEASE_SECONDS="120") as stage:
        ticket = stage.seed(members=8)
        await stage.tick()
        key = stage.dispatch_of(ticket).key
        closed = []
        record = stage.ledger.record

        async def press_in_between(batch, rows):
            kept = await record(batch, rows)
            if rows and not closed:
                closed.append(None)
                closed[0] = await actions.resolve_now(key, stage.services, who=WHO)
                stage.services.watch.forget()  # the twenty seconds that a status is remembered are over
            return kept

        stage.ledger.record = press_in_between
        await stage.handle(stage.queues.take())

        assert (closed[0].unsent, closed[0].held) == (4, 1)
        assert not any(isinstance(item.message, ResolveTicket) for item in stage.queues.messages)

        await stage.run(hours=1)

        assert stage.states_of(ticket) == {"delivered": 2, "failed": 6}
        assert sum(stage.received().values()) == 2
        assert stage.status_of(ticket) == "Løst"


@pytest.mark.parametrize("press", [actions.stop, actions.resolve_now])
async def test_a_button_that_is_pressed_while_the_timer_looks_is_not_undone(press, monkeypatch, caplog):
    """The tick has listed the ticket as ready, and reads from the ledger that the dispatch is stopped."""
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=6)
        await one_batch(stage)
        key = stage.dispatch_of(ticket).key
        held = stage.ledger.batch_rows[key, 1]
        until = stage.clock() + timedelta(seconds=60)
        await stage.ledger.save_batch(changed(held, state=BatchState.LEASED, owner="another", lease_until=until))
        tickets_in_status, done = stage.services.tickets.tickets_in_status, []

        async def list_and_press(status_id):
            found = await tickets_in_status(status_id)
            if found and not done:
                done.append(found)
                await press(key, stage.services, who=WHO)
            return found

        monkeypatch.setattr(stage.services.tickets, "tickets_in_status", list_and_press)
        await stage.run(hours=1)

        assert done
        assert '"action":"resumed"' not in caplog.text
        assert sum(stage.received().values()) == 2
        assert stage.status_of(ticket) == ("Løst" if press is actions.resolve_now else "Under arbeid")
        assert len(stage.notes_on(ticket)) == (0 if press is actions.resolve_now else 1)


async def test_resolve_now_survives_a_crash_half_way():
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=6)
        await one_batch(stage)
        record, calls = stage.ledger.record, []

        async def die(batch, rows):
            calls.append(batch.number)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return await record(batch, rows)

        stage.ledger.record = die
        with pytest.raises(KeyboardInterrupt):
            await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        stage.ledger.record = record
        await stage.run(hours=1)

        assert stage.states_of(ticket) == {"delivered": 2, "failed": 4}
        assert stage.status_of(ticket) == "Løst"


async def test_resolving_a_stopped_dispatch_and_pressing_twice():
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=4)
        await one_batch(stage)
        key = stage.dispatch_of(ticket).key
        await actions.stop(key, stage.services, who=WHO)
        await stage.run(hours=0.2)

        await actions.resolve_now(key, stage.services, who=WHO)
        await actions.resolve_now(key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert stage.states_of(ticket) == {"delivered": 2, "failed": 2}
        assert len(stage.solutions_on(ticket)) == 1


# --- purge


async def test_purge_removes_recipients_and_content_and_the_message_is_still_never_sent_twice(stage):
    ticket = stage.seed(members=3)
    await stage.run()
    key = stage.dispatch_of(ticket).key

    assert await actions.purge(key, stage.services, who=WHO) == 1

    assert stage.rows_of(ticket) == []
    assert {name.partition("/")[0] for name in stage.content.blobs} == {"tenant", "tickets"}, "ids of files, no names"
    assert stage.ledger.done == {}
    stage.set_status(ticket, "Til ekspedering")
    await stage.run(hours=1)
    assert set(stage.received().values()) == {1}


async def test_purge_by_age_leaves_the_younger_and_those_that_are_sent_to_again():
    async with a_stage(MAIL_RECONCILE="off") as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="before"))
        old, again, young = stage.seed(members=1), None, None
        await stage.run()
        again = old  # uncertain: it is sent to again below, and its first line in the index is old
        stage.clock.move(40 * 24 * 3600)
        other = stage.seed(members=2)
        await stage.run()
        stage.clock.move(40 * 24 * 3600)
        young = stage.seed(members=3)
        await stage.run()
        await actions.retry_failed(stage.dispatch_of(again).key, stage.services, who=WHO, uncertain=True)

        assert await actions.purge(timedelta(days=30), stage.services, who=WHO) == 1

        assert stage.rows_of(other) == []
        assert len(stage.rows_of(young)) == 3
        await stage.run(hours=1)
        assert stage.dispatch_of(again).state == "resolved"
        assert [row.state for row in stage.rows_of(again) if not row.superseded] == ["delivered"]


# --- what the state does not allow


async def test_what_the_state_does_not_allow_is_refused_in_norwegian_and_changes_nothing(stage):
    ticket = stage.seed(members=2)
    await stage.run()
    key, writes, before = stage.dispatch_of(ticket).key, len(stage.pureservice.history), stage.dispatch_of(ticket)

    for press in (actions.stop, actions.resume, actions.retry_failed, actions.resolve_now):
        with pytest.raises(Rejected) as caught:
            await press(key, stage.services, who=WHO)
        assert caught.value.problems[0].endswith((".", "!")), press

    assert stage.dispatch_of(ticket) == before
    assert len(stage.pureservice.history) == writes


@pytest.mark.parametrize("key", ["", "9001", "1-2", "x' or 1", "../secret", "9001-8001 "])
async def test_an_unknown_or_malformed_key_is_refused(stage, key: str):
    for press in (actions.stop, actions.resume, actions.retry_failed, actions.resolve_now, actions.purge):
        with pytest.raises(Rejected):
            await press(DispatchKey(key), stage.services, who=WHO)


async def test_a_running_dispatch_can_not_be_purged(stage):
    ticket = stage.seed(members=2)
    await stage.tick()

    with pytest.raises(Rejected):
        await actions.purge(stage.dispatch_of(ticket).key, stage.services, who=WHO)
    assert len(stage.rows_of(ticket)) == 2


async def test_stopping_while_the_plan_is_made_leaves_nothing_sent(stage):
    ticket = stage.seed(members=2)
    create, keys = stage.ledger.create, []

    async def stop_at_once(dispatch):
        made = await create(dispatch)
        keys.append(dispatch.key)
        await actions.stop(dispatch.key, stage.services, who=WHO)
        return made

    stage.ledger.create = stop_at_once
    await stage.run(hours=1)

    assert keys
    assert stage.received() == {}
    assert stage.status_of(ticket) == "Under arbeid"
    assert all(batch.state is not BatchState.RECORDED for batch in stage.ledger.batch_rows.values())
