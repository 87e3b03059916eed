"""Faults of the outside, and what the recipients got nevertheless: never twice, never lost, and told truthfully."""

import json
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import Reason, Transport
from local.simulators.faults import Fault
from tests.stage import a_stage

SEND = r"POST .*/sendMail"


def refusal(code: str, status: int = 403, **more: Any) -> Fault:
    body = json.dumps({"error": {"code": code, "message": "x", "innerError": {}}})
    return Fault(match=SEND, status=status, body=body, **more)


AMBIGUOUS_AND_DELIVERED = [
    Fault(match=SEND, status=504, commit=True, content_type="text/html", body="<html>"),
    Fault(match=SEND, status=500, commit=True),
    Fault(match=SEND, status=503, commit=True),
    Fault(match=SEND, drop="after"),
    Fault(match=SEND, status=200, commit=True),
]
AMBIGUOUS_AND_LOST = [
    Fault(match=SEND, status=504),
    Fault(match=SEND, status=503),
    Fault(match=SEND, drop="before"),
    Fault(match=SEND, status=200),
]


@pytest.mark.parametrize("fault", AMBIGUOUS_AND_DELIVERED, ids=str)
async def test_an_ambiguous_answer_to_a_delivered_letter_is_looked_up_and_not_repeated(stage, fault):
    stage.graph.faults.add(fault)
    ticket = stage.seed(members=6)

    await stage.run()

    assert fault.hits == 1
    assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(6)}
    assert stage.states_of(ticket) == {"delivered": 6}
    assert stage.smtp.received == []


@pytest.mark.parametrize("fault", AMBIGUOUS_AND_LOST, ids=str)
async def test_an_ambiguous_answer_to_a_lost_letter_is_looked_up_and_then_repeated_with_the_same_id(stage, fault):
    stage.graph.faults.add(fault)
    ticket = stage.seed(members=6)

    await stage.run()

    assert fault.hits == 1
    assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(6)}
    assert stage.states_of(ticket) == {"delivered": 6}
    assert stage.smtp.received == [], "what is in doubt never goes by the other transport"
    twice = [row for row in stage.rows_of(ticket) if row.attempt.count == 2]
    assert len(twice) == 1
    assert stage.clock() - stage.dispatch_of(ticket).created >= timedelta(seconds=660)


CERTAIN = ["ErrorAccessDenied", "ErrorSendAsDenied", "ErrorMessageSubmissionBlocked", "ErrorSubmissionQuotaExceeded"]


@pytest.mark.parametrize("code", CERTAIN)
async def test_a_certain_refusal_by_the_first_transport_lets_the_second_carry_the_letter(stage, code):
    stage.graph.faults.add(refusal(code, times=None))
    ticket = stage.seed(members=12)

    await stage.run()

    assert stage.graph.received == []
    assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(12)}
    assert {row.attempt.transport for row in stage.rows_of(ticket)} == {Transport.SMTP}
    tried = [1 for method, path, _ in stage.graph.requests if path.lower().endswith("sendmail") and method == "POST"]
    assert len(tried) <= 4, "after three in a row the rest goes straight to the second"


async def test_a_server_that_can_not_be_reached_is_a_certain_refusal():
    async with a_stage(GRAPH_BASE_URL="http://127.0.0.1:9/v1.0") as stage:
        ticket = stage.seed(members=5)
        await stage.run()

        assert len(stage.smtp.received) == 5
        assert stage.states_of(ticket) == {"delivered": 5}


async def test_a_refused_recipient_is_final_and_does_not_fail_over(stage):
    stage.graph.faults.add(refusal("ErrorInvalidRecipients", 400, times=1))
    ticket = stage.seed(members=5)

    await stage.run()

    assert stage.states_of(ticket) == {"delivered": 4, "failed": 1}
    assert stage.smtp.received == []
    (failed,) = [row for row in stage.rows_of(ticket) if row.reason]
    assert failed.reason is Reason.RECIPIENT_REFUSED
    assert failed.address in stage.solutions_on(ticket)[0]


async def test_throttling_delays_and_fails_nobody(stage):
    stage.graph.faults.add(refusal("ApplicationThrottled", 429, times=7, headers={"Retry-After": "40"}))
    ticket = stage.seed(members=10)

    await stage.run()

    assert stage.states_of(ticket) == {"delivered": 10}
    assert set(stage.received().values()) == {1}
    assert stage.smtp.received == [], "throttling waits, it does not fail over"


async def test_a_throttled_mailbox_makes_other_batches_wait_too():
    async with a_stage(DISPATCH_BATCH_SIZE="4") as stage:
        stage.graph.faults.add(refusal("ApplicationThrottled", 429, times=1, headers={"Retry-After": "120"}))
        stage.seed(members=12)
        await stage.tick()
        await stage.handle(stage.queues.take())
        before = stage.graph.count()
        await stage.drain(hours=60 / 3600)

        assert stage.graph.count() == before, "nobody asks while the mailbox rests"
        await stage.run()
        assert set(stage.received().values()) == {1}


async def test_when_every_transport_refuses_nobody_fails_until_the_operator_has_had_time():
    async with a_stage(MAIL_HOST="127.0.0.1", MAIL_PORT="9") as stage:
        denied = refusal("ErrorAccessDenied", times=None)
        stage.graph.faults.add(denied)
        ticket = stage.seed(members=5)
        await stage.run(hours=3)
        assert stage.received() == {}
        assert stage.status_of(ticket) == "Til ekspedering"

        stage.graph.faults.clear()
        await stage.run(hours=3)
        assert stage.states_of(ticket) == {"delivered": 5}
        assert set(stage.received().values()) == {1}


@pytest.mark.parametrize(("policy", "states", "letters"), [("hold", {"uncertain": 1}, 1), ("resend", {}, 2)])
async def test_without_permission_to_look_the_setting_decides(policy, states, letters):
    async with a_stage(MAIL_RECONCILE="off", DISPATCH_IN_DOUBT=policy) as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="after"))
        ticket = stage.seed(members=5)
        await stage.run()

        found = stage.states_of(ticket)
        assert {state: count for state, count in found.items() if state != "delivered"} == states
        assert max(stage.received().values()) == letters
        mails = [mail.message_id for mail in stage.graph.received]
        assert len(mails) - len(set(mails)) == letters - 1, "a repeated letter carries the same Message-ID"
        if policy == "hold":
            (row,) = [row for row in stage.rows_of(ticket) if row.reason]
            assert row.address in stage.solutions_on(ticket)[0]


@pytest.mark.parametrize(
    "fault", [Fault(match="POST .*/send$", drop="after"), Fault(match="POST .*/send$", drop="before")], ids=str
)
async def test_with_drafts_a_lost_answer_is_settled_without_a_second_letter(fault):
    async with a_stage(MAIL_RECONCILE="draft") as stage:
        stage.graph.faults.add(fault)
        ticket = stage.seed(members=5)
        await stage.run()

        assert fault.hits == 1
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(5)}
        assert stage.states_of(ticket) == {"delivered": 5}
        assert {mail.via for mail in stage.graph.received} == {"draft"}


async def test_a_worker_lost_in_the_middle_of_a_window_leaves_at_most_that_window_in_doubt():
    async with a_stage(DISPATCH_LEASE_SECONDS="60", DISPATCH_WINDOW_SIZE="4") as stage:
        ticket = stage.seed(members=12)
        await stage.tick()
        message = stage.queues.take()
        await _lose_worker_after(stage, message, records=2)

        in_flight = [row for row in stage.rows_of(ticket) if row.state == "in_flight"]
        assert 0 < len(in_flight) <= 4
        stage.clock.move(61)
        await stage.handle(message)
        await stage.run()

        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(12)}
        assert stage.states_of(ticket) == {"delivered": 12}


class Lost(BaseException):
    """The process is gone."""


async def _lose_worker_after(stage, message, *, records):
    """Handles the message until its n-th record would be written; nothing of the worker's runs after that."""
    real, left = stage.ledger.record, records

    async def record(*args):
        nonlocal left
        left -= 1
        if left < 0:
            raise Lost
        return await real(*args)

    stage.ledger.record = record
    with pytest.raises(Lost):
        await stage.handle(message)
    stage.ledger.record = real


async def test_pureservice_out_of_reach_delays_and_loses_nothing(stage):
    ticket = stage.seed(members=5)
    await stage.tick()
    stage.pureservice.faults.add(Fault(match="GET .*/ticket/", status=503, times=8))

    await stage.run()

    assert set(stage.received().values()) == {1}
    assert stage.status_of(ticket) == "Løst"


@pytest.mark.parametrize("cut", ["PATCH .*/ticket", "POST .*/attachment"])
@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_lost_answer_while_resolving_leads_to_one_solution_and_each_file_once(stage, cut, drop):
    ticket = stage.seed(members=3)
    stage.pureservice.faults.add(Fault(match=cut, drop=drop))

    await stage.run()

    assert stage.status_of(ticket) == "Løst"
    assert len(stage.solutions_on(ticket)) == 1
    assert len(stage.files_on(ticket)) == 2


async def test_a_lost_message_is_released_again_by_the_sweep(stage):
    ticket = stage.seed(members=5)
    await stage.tick()
    stage.queues.messages.clear()

    await stage.run()

    assert set(stage.received().values()) == {1}
    assert stage.status_of(ticket) == "Løst"


async def test_a_lost_completion_message_is_sent_again_by_the_sweep(stage):
    ticket = stage.seed(members=2)
    await stage.tick()
    await stage.handle(stage.queues.take())
    stage.queues.messages.clear()

    await stage.run()

    assert len(stage.solutions_on(ticket)) == 1
