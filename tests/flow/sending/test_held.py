"""What is ours to put right ends nobody: it is tried for so many hours of allowed time, and then left to a person."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import BatchState, DispatchKey, Reason, Refusal, Refusals
from dispatch.report import refusal_text
from dispatch.steering import actions
from dispatch.watching import overview
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from local.simulators.smtp import SmtpFault
from tests.stage import Stage, a_stage

WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"
SEND = r"POST .*/sendMail"
GRAPH = {"MAIL_MAILER": "microsoft-graph", "DISPATCH_GIVE_UP_HOURS": "1"}
DPO, DPF, DPV = "910000020", "910000039", "910000047"


def refusing(code: str, status: int = 403) -> Fault:
    return Fault(match=SEND, status=status, body=json.dumps({"error": {"code": code, "message": "x"}}), times=None)


def key_of(stage: Stage, ticket: Row) -> DispatchKey:
    return DispatchKey(stage.dispatch_of(ticket).key)


async def waits(stage: Stage, ticket: Row) -> str:
    """What the page says it waits for, and why."""
    found = await overview.details(key_of(stage, ticket), stage.services)
    assert found is not None
    told = found.summary.waits
    return f"{told.what}: {refusal_text(told.about, by_exchange=told.by_exchange).what}"


@pytest.fixture(params=["scenario 1", "scenario 2"])
def begun(request: Any) -> Callable[[Stage], Row]:
    status = seed.READY_121 if request.param == "scenario 2" else seed.READY
    return lambda stage: stage.seed(members=6, status=status)


ABOUT = [
    (refusing("ErrorAccessDenied"), "avviser oss, likt for alle mottakerne", "avsenderdomene"),
    (refusing("ErrorMessageSizeExceeded", 400), "avviser selve meldingen", "meldingen sendes fra en ny sak"),
    (Fault(match=SEND, status=302, times=None), "avviser oss", "må rette"),
]


@pytest.mark.parametrize(("fault", "what", "remedy"), ABOUT, ids=["us", "the letter", "moved"])
async def test_a_refusal_is_held_for_a_person_and_page_and_note_say_what_to_do(begun, fault, what, remedy):
    async with a_stage(**GRAPH, MAIL_REPLYTO_ADDRESS="post@etat.example") as stage:
        stage.graph.faults.add(fault)
        ticket = begun(stage)
        await stage.run(hours=0.2)
        assert what in await waits(stage, ticket)
        await stage.run(hours=2)
        stage.clock.now += timedelta(days=20)
        await stage.run(hours=0.2)

        assert stage.states_of(ticket) == {"planned": 6}
        assert (stage.dispatch_of(ticket).state, stage.status_of(ticket)) == ("stopped", "Under arbeid")
        said = await waits(stage, ticket)
        assert what in said
        assert said.startswith("held")
        first, last = stage.notes_on(ticket)
        for note in (first, last):
            assert what in note
            assert remedy in note
            assert "Dette har ikke gjort at noen er regnet som feilet." in note
            assert "«Avslutt og lag rapport»" in note
        assert "venter på at noen bestemmer" in last
        assert "«Fortsett» på statussiden" in last


async def test_go_on_tries_for_as_long_anew_and_sends_when_it_is_put_right(begun):
    async with a_stage(**GRAPH, MAIL_REPLYTO_ADDRESS="post@etat.example") as stage:
        stage.graph.faults.add(refusing("ErrorAccessDenied"))
        ticket = begun(stage)
        await stage.run(hours=2)
        await actions.resume(key_of(stage, ticket), stage.services, who=WHO)
        await stage.run(hours=0.75)
        assert stage.dispatch_of(ticket).state == "sending", "not an hour yet"
        await stage.run(hours=1)
        assert stage.dispatch_of(ticket).state == "stopped"
        assert len([note for note in stage.notes_on(ticket) if "noen bestemmer</h3>" in note]) == 2

        stage.graph.faults.clear()
        stage.set_status(
            ticket, seed.READY if not stage.dispatch_of(ticket).content.own_ticket_hash else seed.READY_121
        )
        await stage.run(hours=2)

        assert stage.states_of(ticket) == {"delivered": 6}
        assert set(stage.received().values()) == {1}
        assert stage.status_of(ticket) == "Løst"


async def test_resolve_now_says_what_was_refused_and_they_can_be_sent_to_later(begun):
    async with a_stage(**GRAPH, MAIL_REPLYTO_ADDRESS="post@etat.example") as stage:
        stage.graph.faults.add(refusing("ErrorAccessDenied"))
        ticket = begun(stage)
        await stage.run(hours=2)
        key = key_of(stage, ticket)
        await actions.resolve_now(key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert {row.reason for row in stage.rows_of(ticket)} == {Reason.TRANSPORTS_REFUSED}
        assert "Ble ikke tatt imot for sending" in stage.solutions_on(ticket)[-1]
        stage.graph.faults.clear()
        assert await actions.retry_failed(key, stage.services, who=WHO) == 6
        await stage.run(hours=2)
        assert set(stage.received().values()) == {1}
        assert len(stage.received()) == 6


async def test_a_batch_too_small_for_three_in_a_row_is_held_as_well():
    async with a_stage(**GRAPH, DISPATCH_BATCH_SIZE="2") as stage:
        stage.graph.faults.add(refusing("ErrorMessageSizeExceeded", 400))
        ticket = stage.seed(members=9)
        await stage.run(hours=3)

        assert stage.states_of(ticket) == {"planned": 9}
        assert stage.dispatch_of(ticket).state == "stopped"


async def test_put_off_without_end_is_no_recipients_own_where_everybody_is():
    async with a_stage(MAIL_MAILER="smtp", DISPATCH_GIVE_UP_HOURS="1") as stage:
        stage.smtp.faults.append(SmtpFault("rcpt", reply="451 4.3.0 try later", times=None))
        ticket = stage.seed(members=5)
        await stage.run(hours=6)

        assert stage.states_of(ticket) == {"planned": 5}
        assert stage.dispatch_of(ticket).state == "stopped"


# --- the clock


async def stopped_for_days(stage: Stage, ticket: Row) -> None:
    stage.set_status(ticket, "Under arbeid")
    await stage.tick()
    await stage.drain()
    stage.clock.now += timedelta(days=5)
    stage.set_status(ticket, "til ekspedering")


async def nothing_ran_for_days(stage: Stage, _: Row) -> None:
    stage.clock.now += timedelta(days=5)


@pytest.mark.parametrize("pause", [stopped_for_days, nothing_ran_for_days])
async def test_days_in_which_nothing_was_tried_bring_nobody_nearer_to_the_end(pause):
    async with a_stage(**GRAPH) as stage:
        stage.graph.faults.add(refusing("ErrorAccessDenied"))
        ticket = stage.seed(members=5)
        await stage.run(hours=0.5)
        await pause(stage, ticket)
        await stage.run(hours=0.4)
        assert stage.dispatch_of(ticket).state == "sending"
        assert stage.states_of(ticket) == {"planned": 5}

        stage.graph.faults.clear()
        await stage.run(hours=1)
        assert stage.states_of(ticket) == {"delivered": 5}


async def test_a_closed_send_window_does_not_run_the_clock():
    async with a_stage(**GRAPH, DISPATCH_SEND_WINDOW="mon-sun 08:00-08:40") as stage:
        stage.clock.now = stage.clock.now.replace(hour=7)  # 08:00 in Oslo
        stage.graph.faults.add(refusing("ErrorAccessDenied"))
        ticket = stage.seed(members=5)
        await stage.run(hours=1)
        stage.clock.now += timedelta(hours=22.5)
        await stage.run(hours=0.6)
        assert stage.dispatch_of(ticket).state == "sending", "forty minutes were open"
        stage.graph.faults.clear()
        await stage.run(hours=1)

        assert stage.states_of(ticket) == {"delivered": 5}


# --- eFormidling


def a_circular(stage: Stage, *members: Row) -> Row:
    store = stage.pureservice.store
    mailing_list = seed.add_list(store, "Kommuner", members=members)
    row = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
    seed.relate_list_to_ticket(store, mailing_list, row)
    seed.add_dispatch_text(store, row, "<p>Hei, dette er et rundskriv.</p>")
    return row


def organisations(stage: Stage) -> list[Row]:
    """Two with an address, one without."""
    store = stage.pureservice.store
    emails = {DPO: "post@dpo.example", DPF: "post@dpf.example", DPV: None}
    return [
        seed.add_company(store, f"Kommune {number}", email=email, organization_number=number)
        for number, email in emails.items()
    ]


async def test_where_the_integration_point_refuses_for_long_e_mail_follows_and_the_rest_is_held():
    async with a_stage(WITH_EXCHANGE="1", DISPATCH_GIVE_UP_HOURS="1") as stage:
        assert stage.exchange is not None
        stage.exchange.faults.add(Fault(match=".*", status=401, times=None))
        ticket = a_circular(stage, *organisations(stage))
        await stage.run(hours=1)
        assert stage.received() == {}
        await stage.run(hours=2)

        assert stage.received() == {"post@dpo.example": 1, "post@dpf.example": 1}
        assert stage.dispatch_of(ticket).state == "stopped"
        assert "eFormidling avviser oss" in await waits(stage, ticket)
        stage.exchange.faults.clear()
        stage.set_status(ticket, "til ekspedering")
        await stage.run(hours=2)

        assert stage.received() == {"post@dpo.example": 1, "post@dpf.example": 1}
        assert [message.receiver for message in stage.exchange.messages.values() if message.sent] == [DPV]
        (solution,) = stage.solutions_on(ticket)
        assert "eller ble ikke tatt imot der" in solution
        kept = [row for row in stage.rows_of(ticket) if not row.superseded]
        assert {str(row.state) for row in kept} == {"delivered"}


async def test_without_a_fallback_everybody_is_held():
    async with a_stage(WITH_EXCHANGE="1", DISPATCH_GIVE_UP_HOURS="1", EF_FALLBACK="none") as stage:
        assert stage.exchange is not None
        stage.exchange.faults.add(Fault(match=".*", status=401, times=None))
        ticket = a_circular(stage, *organisations(stage))
        await stage.run(hours=3)

        assert stage.received() == {}
        assert stage.states_of(ticket) == {"planned": 3}
        assert stage.dispatch_of(ticket).state == "stopped"


@pytest.mark.parametrize("waiting", ["held", "for its time"])
async def test_batches_that_wait_do_not_stand_in_front_of_those_that_need_not(monkeypatch, waiting):
    """More of them than are looked at in a tick."""
    monkeypatch.setattr("dispatch.pacing.release.MOST_AT_ONCE", 2)
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=5)
        await stage.tick()
        stage.queues.messages.clear()
        for batch in list(stage.ledger.batch_rows.values()):
            planned = replace(batch, state=BatchState.PLANNED, due=None)
            if batch.number < 4 and waiting == "held":
                planned = replace(planned, refusals=Refusals(about=Refusal.US, held=True))
            elif batch.number < 4:
                planned = replace(planned, due=stage.clock() + timedelta(days=1))
            stage.ledger.batch_rows[batch.dispatch, batch.number] = planned
        await stage.tick()
        await stage.drain()

        assert stage.received() == {"kari4@eksempel.example": 1}
        assert stage.dispatch_of(ticket).state == "sending"
