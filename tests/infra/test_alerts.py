"""The alerts, run over the lines of real dispatches: each fires when it should, and is quiet when nothing is wrong."""

import contextlib
import json
from datetime import timedelta

import pytest

from dispatch import tick
from dispatch.closing import abandon
from dispatch.core import Dispatch, PlanDispatch, ResolveTicket, SendBatch
from local.simulators.faults import Fault
from local.simulators.graph import ReturnRule
from tests.builders import NOON
from tests.infra.kql import QUERIES
from tests.infra.logs import Logs, Rule, watched
from tests.infra.tickets import MUNICIPALITY, a_circular
from tests.stage import Stage

POISON, STALLED, FAILURES = Rule("poison"), Rule("stalled"), Rule("failures")
CREDENTIALS, TIMER, WAITING = Rule("credentials"), Rule("timer"), Rule("waiting")
RULES = (POISON, STALLED, FAILURES, CREDENTIALS, TIMER, WAITING)
DENIED = '{"error": {"code": "ErrorAccessDenied", "message": "no"}}'


async def ticks(stage: Stage, minutes: int, *, drained: bool = True) -> None:
    """The timer every five minutes; messages are delivered as they become visible, unless no worker runs."""
    for _ in range(minutes // 5):
        await stage.tick()
        end = stage.clock() + timedelta(minutes=5)
        if drained:
            await stage.drain(hours=5 / 60)
        stage.clock.now = max(end, stage.clock())


def fired(stage: Stage, logs: Logs) -> set[str]:
    return {rule.name for rule in RULES if rule.fires(logs, stage.clock())}


async def test_a_dispatch_that_goes_well_wakes_nobody():
    async with watched() as (stage, logs):
        stage.seed(members=8)
        for _ in range(6):
            await ticks(stage, 15)
            assert fired(stage, logs) == set()


# --- without progress for an hour


async def test_a_dispatch_that_no_worker_takes_wakes_somebody_after_an_hour():
    async with watched() as (stage, logs):
        ticket = stage.seed(members=2)
        await ticks(stage, 60, drained=False)
        assert not STALLED.fires(logs, stage.clock()), "too early"
        await ticks(stage, 15, drained=False)
        (row,) = STALLED.rows(logs, stage.clock())
        assert (row["dispatch"], row["ticket"]) == (stage.dispatch_of(ticket).key, ticket["id"])
        await ticks(stage, 60)
        assert not STALLED.fires(logs, stage.clock()), "the workers are back"


async def test_ways_out_that_are_all_closed_wake_somebody():
    async with watched(MAIL_MAILER="microsoft-graph") as (stage, logs):
        stage.graph.faults.add(Fault(match="sendMail", status=403, body=DENIED, times=None))
        stage.seed(members=2)
        await ticks(stage, 90)
        assert fired(stage, logs) == {"stalled", "credentials"}


@pytest.mark.parametrize(
    "settings",
    [
        {"DISPATCH_SEND_WINDOW": "mon-fri 20-21"},
        {"MAIL_DAILY_LIMIT": "4", "DISPATCH_BATCH_SIZE": "4"},
        {"MAIL_RATE_PER_MINUTE": "1", "DISPATCH_BATCH_SIZE": "1"},
    ],
    ids=["window", "quota", "pace"],
)
async def test_a_dispatch_that_waits_on_purpose_wakes_nobody(settings):
    async with watched(**settings) as (stage, logs):
        stage.seed(members=120 if "MAIL_RATE_PER_MINUTE" in settings else 12)
        for _ in range(7):
            await ticks(stage, 15)
            assert not STALLED.fires(logs, stage.clock())
        assert await stage.ledger.active(), "it still waits"


async def test_a_dispatch_that_was_stopped_wakes_nobody():
    async with watched() as (stage, logs):
        ticket = stage.seed(members=2)
        await ticks(stage, 10, drained=False)
        stage.set_status(ticket, "Under arbeid")
        for _ in range(6):
            await ticks(stage, 15)
            assert not STALLED.fires(logs, stage.clock())


async def test_receipts_that_take_long_wake_nobody():
    async with watched(WITH_EXCHANGE="1") as (stage, logs):
        assert stage.exchange is not None
        stage.exchange.behave(MUNICIPALITY, never_delivered=True)
        ticket = a_circular(stage)
        for minutes in range(5, 185, 5):
            await ticks(stage, 5)
            # Azure may look at any minute.
            assert not STALLED.fires(logs, stage.clock() - timedelta(minutes=4)), minutes
        assert stage.states_of(ticket) == {"under_way": 1}
        assert fired(stage, logs) == set()


async def test_an_integration_point_that_refuses_our_password_wakes_somebody():
    async with watched(WITH_EXCHANGE="1") as (stage, logs):
        assert stage.exchange is not None
        stage.exchange.faults.add(Fault(match="/api/", status=401, times=None))
        a_circular(stage)
        await ticks(stage, 15)
        assert {str(row["transport"]) for row in CREDENTIALS.rows(logs, stage.clock())} == {"eformidling"}


# --- poison


async def test_a_batch_that_is_put_back_after_faults_of_ours_wakes_somebody():
    async with watched() as (stage, logs):
        ticket = stage.seed(members=2)
        await stage.tick()
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        await stage.poison(message)
        (row,) = POISON.rows(logs, stage.clock())
        assert (row["action"], row["ticket"]) == ("batch_put_back", ticket["id"])
        stage.clock.move(16 * 60)
        assert not POISON.fires(logs, stage.clock()), "told once"


async def test_a_report_that_is_given_up_wakes_somebody_as_long_as_it_is_owed():
    async with watched() as (stage, logs):
        ticket = stage.seed(members=2)
        await stage.tick()
        while not isinstance(message := stage.queues.take(), ResolveTicket):
            assert isinstance(message, SendBatch)
            await abandon.report_unwritten(ResolveTicket(dispatch=message.dispatch), stage.services)
            assert not POISON.fires(logs, stage.clock()), "letters are on their way"
            await stage.handle(message)
        await abandon.report_unwritten(message, stage.services)
        (row,) = POISON.rows(logs, stage.clock())
        assert (row["action"], row["ticket"]) == ("resolve_abandoned", ticket["id"])
        stage.clock.move(16 * 60)
        await stage.handle(message)
        assert stage.status_of(ticket) == "Løst"
        await abandon.report_unwritten(message, stage.services)
        assert not POISON.fires(logs, stage.clock()), "the copy on the poison queue lives a week"


async def test_a_report_whose_ticket_somebody_has_deleted_wakes_nobody():
    async with watched() as (stage, logs):
        ticket = stage.seed(members=2)
        await stage.tick()
        stage.pureservice.store.tickets[ticket["id"]]["isMarkedForDeletion"] = True
        await stage.drain(hours=1)
        assert stage.dispatch_of(ticket).state == "resolved"
        assert fired(stage, logs) == set()


def test_the_hosts_own_line_wakes_somebody():
    logs = Logs(lambda: NOON)
    logs.add(NOON, "Message has reached MaxDequeueCount of 5. Moving message to queue 'dispatch-batches-poison'.", 2)
    logs.add(NOON, "Executed 'Functions.send_batch' (Succeeded, Duration=12ms)")
    logs.add(NOON, '{"action":"batch_recorded","dispatch_id":"9-1","ticket":9,"failed":0}')

    (row,) = POISON.rows(logs, NOON)
    assert row["dispatch"] == ""


# --- ready, and not planned


async def planless(stage: Stage, times: int) -> None:
    """Ticks after which no plan gets through."""
    for _ in range(times):
        await tick.run(stage.services)
        while (message := stage.queues.take(PlanDispatch)) is not None:
            with contextlib.suppress(RuntimeError):
                await stage.handle(message)
        stage.clock.move(300)


async def test_a_plan_that_nobody_begins_wakes_somebody_until_it_is_made():
    async with watched() as (stage, logs):
        ticket = stage.seed(members=2)
        for _ in range(2):
            await tick.run(stage.services)
            assert not WAITING.fires(logs, stage.clock())
            stage.clock.move(300)
        await tick.run(stage.services)
        (row,) = WAITING.rows(logs, stage.clock())
        assert (row["ticket"], row["why"]) == (ticket["id"], "no plan_dispatch has begun it")
        await ticks(stage, 10)
        assert fired(stage, logs) == set()


async def test_a_plan_that_meets_a_fault_of_ours_is_named_by_the_fault():
    async with watched() as (stage, logs):
        stage.seed(members=2)

        async def clear_plan(*_: object) -> Dispatch:
            raise RuntimeError("the storage has a bad day")

        stage.ledger.clear_plan = clear_plan
        await planless(stage, 3)
        (row,) = WAITING.rows(logs, stage.clock())
        assert set(row["why"].split("; ")) == {"RuntimeError", "planning was begun and came to no end"}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(match="GET", status=503, times=None), "(503)"),
        (Fault(match="GET /agent/api/communication", body="no json", status=200, times=None), "not JSON"),
    ],
    ids=["all of it", "one look-up"],
)
async def test_a_pureservice_that_can_not_be_asked_at_two_ticks_is_told_with_its_answer(fault: Fault, reason: str):
    async with watched() as (stage, logs):
        stage.seed(members=2)
        stage.pureservice.faults.add(fault)
        await planless(stage, 1)
        assert not WAITING.fires(logs, stage.clock())
        await planless(stage, 2)
        (row,) = WAITING.rows(logs, stage.clock())
        assert reason in row["why"]
        stage.pureservice.faults.clear()
        await ticks(stage, 5)
        assert not WAITING.fires(logs, stage.clock()), "it answers again"


async def test_a_status_that_does_not_exist_is_named():
    async with watched(PURESERVICE_DISPATCH_STATUS="Finnes ikke", PURESERVICE_121_STATUS="Heller ikke") as (
        stage,
        logs,
    ):
        await planless(stage, 2)
        (row,) = WAITING.rows(logs, stage.clock())
        assert "«Finnes ikke»" in row["why"]


@pytest.mark.parametrize("setting", ["PURESERVICE_DISPATCH_STATUS", "PURESERVICE_121_STATUS"])
async def test_one_status_that_does_not_exist_wakes_somebody_while_the_other_is_found(setting: str):
    async with watched(**{setting: "Finnes ikke"}) as (stage, logs):
        await planless(stage, 1)
        assert not WAITING.fires(logs, stage.clock())
        await planless(stage, 2)
        (row,) = WAITING.rows(logs, stage.clock())
        assert row["why"] == "status_unknown (Finnes ikke)"
        assert fired(stage, logs) == {"waiting"}
        stage.clock.move(1800)
        assert not WAITING.fires(logs, stage.clock())


async def test_a_ticket_that_somebody_puts_back_to_its_ready_status_again_and_again_wakes_somebody():
    async with watched() as (stage, logs):
        ticket = stage.seed(members=0)
        for answered in range(1, 6):
            stage.set_status(ticket, "Til ekspedering")
            await ticks(stage, 5)
            assert WAITING.fires(logs, stage.clock()) == (answered > 3), answered
        (row,) = WAITING.rows(logs, stage.clock())
        assert (row["ticket"], row["why"]) == (ticket["id"], "answered 5 times")


async def test_a_long_list_that_is_read_with_a_pause_or_two_wakes_nobody():
    async with watched() as (stage, logs):
        stage.seed(members=2)
        stage.pureservice.faults.add(Fault(match="fromAsset", status=429, headers={"Retry-After": "60"}, times=None))
        await planless(stage, 3)
        assert not WAITING.fires(logs, stage.clock())
        await planless(stage, 5)
        assert "(429)" in WAITING.rows(logs, stage.clock())[0]["why"]


async def test_a_ticket_that_is_rejected_wakes_nobody():
    async with watched() as (stage, logs):
        ticket = stage.seed(members=0)
        await ticks(stage, 30)
        assert any("tom" in note for note in stage.notes_on(ticket))
        assert not WAITING.fires(logs, stage.clock())


# --- failures, credentials, timer


@pytest.mark.parametrize(("members", "failing", "wakes"), [(20, 6, True), (4, 4, False), (110, 5, False)])
async def test_more_than_one_in_twenty_wakes_somebody(members, failing, wakes):
    async with watched() as (stage, logs):
        invalid = '{"error": {"code": "ErrorInvalidRecipients", "message": "no"}}'
        stage.graph.faults.add(Fault(match="sendMail", status=400, body=invalid, times=failing))
        ticket = stage.seed(members=members)
        await stage.run()
        assert stage.states_of(ticket)["failed"] == failing
        assert FAILURES.fires(logs, stage.clock()) is wakes
        assert fired(stage, logs) <= {"failures"}


@pytest.mark.parametrize(("members", "back", "wakes"), [(20, 6, True), (4, 4, False), (110, 5, False)])
async def test_more_than_one_in_twenty_that_came_back_wakes_somebody(members, back, wakes):
    async with watched(DISPATCH_RETURNS_DAYS="3") as (stage, logs):
        stage.graph.switches.returns = [ReturnRule(f"^kari{number}@", after=3600) for number in range(back)]
        ticket = stage.seed(members=members)
        await stage.run()
        stage.clock.move(2 * 3600)
        await stage.tick()
        assert stage.states_of(ticket)["returned"] == back
        assert FAILURES.fires(logs, stage.clock()) is wakes


async def test_a_dispatch_that_stopped_itself_wakes_somebody():
    async with watched() as (stage, logs):
        invalid = '{"error": {"code": "ErrorInvalidRecipients", "message": "no"}}'
        stage.graph.faults.add(Fault(match="sendMail", status=400, body=invalid, times=None, probability=0.6))
        stage.seed(members=70)
        await stage.run(hours=0.2)
        (row,) = FAILURES.rows(logs, stage.clock())
        assert row["broken"] == 1


async def test_a_key_that_is_refused_wakes_somebody():
    async with watched() as (stage, logs):
        stage.pureservice.faults.add(Fault(match="GET", status=401, times=None))
        await stage.tick()
        (row,) = CREDENTIALS.rows(logs, stage.clock())
        assert (row["action"], row["status"]) == ("tick_blind", 401)


@pytest.mark.parametrize(("expires", "wakes"), [("2026-12-10", True), ("2027-12-10", False), ("", False)])
async def test_credentials_that_run_out_within_a_month_wake_somebody(expires, wakes):
    async with watched(DISPATCH_CREDENTIALS_EXPIRE=expires) as (stage, logs):
        await stage.tick()
        assert CREDENTIALS.fires(logs, stage.clock()) is wakes


async def test_a_pureservice_that_is_only_busy_is_no_matter_of_credentials():
    async with watched() as (stage, logs):
        stage.pureservice.faults.add(Fault(match="GET", status=503, times=None))
        await stage.tick()
        assert not CREDENTIALS.fires(logs, stage.clock())


async def test_a_timer_that_stands_still_wakes_somebody():
    async with watched() as (stage, logs):
        await ticks(stage, 15)
        assert not TIMER.fires(logs, stage.clock())
        stage.clock.move(31 * 60)
        assert TIMER.fires(logs, stage.clock())


@pytest.mark.parametrize("query", [query.name for query in QUERIES])
def test_every_query_runs_over_an_empty_workspace(query):
    assert Logs(lambda: NOON).ask(query, NOON) == []


def test_a_query_over_lines_that_are_not_ours_is_quiet():
    logs = Logs(lambda: NOON)
    logs.add(NOON, "no json")
    logs.add(NOON, json.dumps({"action": "unknown"}))
    assert [rule.name for rule in RULES if rule.fires(logs, NOON)] == ["timer"]
