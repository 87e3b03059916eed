"""A dispatch through Azure Communication Services: by what that saw, nobody twice and nobody lost."""

from datetime import timedelta

import pytest

from dispatch.core import SendBatch, Transport
from dispatch.settings import carrier, senders
from local.simulators.faults import Fault
from tests.builders import some_settings
from tests.stage import Stage, a_stage

ALONE = {"MAIL_MAILER": "azure-communication", "ACS_RATE_PER_MINUTE": "0", "ACS_RATE_PER_HOUR": "0"}
BEFORE_SMTP = {**ALONE, "MAIL_MAILER": "failover:azure-communication,smtp"}
SAME_ID = ("accept_once", "conflict_409", "bad_request_400", "send_again")


def once_each(stage: Stage, members: int) -> bool:
    return stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(members)}


async def test_everybody_gets_the_letter_once():
    async with a_stage(**ALONE, DISPATCH_BATCH_SIZE="4") as stage:
        ticket = stage.seed(members=10)
        await stage.run()

        assert once_each(stage, 10)
        assert stage.states_of(ticket) == {"delivered": 10}
        assert {row.attempt.transport for row in stage.rows_of(ticket)} == {Transport.COMMUNICATION}
        ids = {row.attempt.message_id for row in stage.rows_of(ticket)}
        assert ids == {letter.message_id for letter in stage.communication.received}
        assert "Azure Communication Services" in stage.solutions_on(ticket)[0]


@pytest.mark.parametrize("same_id", SAME_ID)
@pytest.mark.parametrize("duplicate", ["replace", "reject_400"])
async def test_what_is_in_doubt_is_asked_for_by_its_id(same_id, duplicate):
    """Some were taken before the answer was lost, and some never came."""
    async with a_stage(**ALONE) as stage:
        stage.communication.switches.same_id = same_id
        stage.communication.switches.duplicate_message_id = duplicate
        faults = [{"status": 504, "commit": True}, {"drop": "after"}, {"drop": "before"}, {"status": 500}]
        stage.communication.faults.add(*(Fault("POST", **fault) for fault in faults))
        ticket = stage.seed(members=6)
        await stage.run()

        assert once_each(stage, 6)
        assert stage.states_of(ticket) == {"delivered": 6}


@pytest.mark.parametrize("records", [1, 2])
async def test_a_worker_that_dies_leaves_none_that_can_not_be_asked_for(records: int):
    async with a_stage(**ALONE, DISPATCH_WINDOW_SIZE="4") as stage:
        ticket = stage.seed(members=8)
        await stage.tick()
        message = stage.queues.take(SendBatch)
        assert isinstance(message, SendBatch)
        await stage.dies_in_flight(message, records=records)
        stage.clock.now += timedelta(minutes=5)
        await stage.run()

        assert once_each(stage, 8)
        assert stage.states_of(ticket) == {"delivered": 8}


async def test_one_look_within_its_memory_says_that_a_letter_never_left():
    """Later looks would come when it may have forgotten, and tell nothing."""
    async with a_stage(**ALONE, ACS_REMEMBERS_MINUTES="9") as stage:
        stage.communication.faults.add(Fault("POST", drop="before", times=2))
        ticket = stage.seed(members=4)
        await stage.run()

        assert once_each(stage, 4)
        assert stage.states_of(ticket) == {"delivered": 4}


async def test_a_doubt_that_is_older_than_its_memory_is_a_persons():
    """What was forgotten there and what never came are alike by then."""
    async with a_stage(**ALONE) as stage:
        stage.communication.switches.forget_after = 1800.0
        stage.communication.faults.add(Fault("POST", drop="after"))
        ticket = stage.seed(members=1)
        await stage.tick()
        await stage.drain()
        stage.clock.now += timedelta(hours=2)
        await stage.run()

        assert once_each(stage, 1)
        assert stage.states_of(ticket) == {"uncertain": 1}


async def test_whom_it_took_a_letter_for_and_sent_nothing_is_no_doubt():
    async with a_stage(**ALONE) as stage:
        stage.communication.switches.suppressed = "^kari1@"
        stage.communication.faults.add(Fault("POST", status=504, commit=True, times=3))
        ticket = stage.seed(members=3)
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 2, "failed": 1}


async def test_a_certain_refusal_goes_to_the_next_transport():
    async with a_stage(**BEFORE_SMTP) as stage:
        stage.communication.faults.add(Fault("POST", status=403, body='{"error": {"code": "Forbidden"}}', times=None))
        ticket = stage.seed(members=5)
        await stage.run()

        assert once_each(stage, 5)
        assert {row.attempt.transport for row in stage.rows_of(ticket)} == {Transport.SMTP}


async def test_nothing_in_doubt_goes_to_the_next_transport():
    async with a_stage(**BEFORE_SMTP) as stage:
        stage.communication.faults.add(Fault("POST", status=504, commit=True, times=None))
        ticket = stage.seed(members=5)
        await stage.run()

        assert once_each(stage, 5)
        assert stage.states_of(ticket) == {"delivered": 5}
        assert len(stage.smtp.received) == 0


@pytest.mark.parametrize(("minute", "hour"), [(30, 0), (30, 100)])
async def test_the_quota_is_kept_to_without_a_refusal(minute: int, hour: int):
    """However many are ready: the service counts what it refuses as well."""
    async with a_stage(**{**ALONE, "ACS_RATE_PER_MINUTE": str(minute), "ACS_RATE_PER_HOUR": str(hour)}) as stage:
        stage.communication.switches.sends_a_minute = minute or None
        stage.communication.switches.sends_an_hour = hour or None
        stage.seed(members=105)
        await stage.run()

        assert once_each(stage, 105)
        assert [request.status for request in stage.communication.requests].count(429) == 0
        took = stage.communication.received[-1].at - stage.communication.received[0].at
        fastest = max(105 / minute if minute else 0, 105 / hour * 60 if hour else 0) * 60
        assert took <= 1.3 * fastest


async def test_a_lower_quota_than_we_know_of_is_waited_for_by_the_queue():
    async with a_stage(**ALONE, DISPATCH_BATCH_SIZE="10") as stage:
        stage.communication.switches.sends_a_minute = 5
        ticket = stage.seed(members=12)
        await stage.run()

        assert once_each(stage, 12)
        assert stage.states_of(ticket) == {"delivered": 12}
        refused = [request.status for request in stage.communication.requests].count(429)
        assert 0 < refused <= 12


def test_the_pace_is_the_quotas_where_letters_leave_no_mailbox():
    settings = some_settings(
        MAIL_MAILER="azure-communication", ACS_ENDPOINT="https://a.example", ACS_SENDER="a@b.example"
    )
    shared = carrier(Transport.COMMUNICATION, settings)
    assert shared is not None

    (mailbox,) = senders(settings)
    assert mailbox.rate == shared.rate == pytest.approx(95 / 60)
    assert (mailbox.daily_limit, mailbox.capacity) == (0, 4)
