"""What the workbook and the alerts ask for is what the application says: checked against lines that it really wrote.

Dispatches run in this process through the real verbs, with faults, and every line that they log is kept as a row.
"""

import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import azure.functions as func
import pytest

from dispatch import tick
from dispatch.closing import abandon
from dispatch.core import DispatchState, PlanDispatch, ResolveTicket, SendBatch
from dispatch.planning import plan_requests
from dispatch.telemetry import Action
from function_app import read_message
from local.simulators.faults import Fault
from local.simulators.graph import ReturnRule
from tests.infra.bicep import INFRA, ROOT, Bicep
from tests.infra.kql import COLUMNS, QUERIES, Need, Query
from tests.infra.logs import Logs
from tests.infra.tickets import MUNICIPALITY, REPLY, a_circular, a_hearing
from tests.stage import a_stage

Rows = dict[str, list[dict[str, object]]]
RUNBOOK = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


class Lines(logging.Handler):
    """Keeps each JSON line as a row under its action."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows = defaultdict(list)

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith("{"):
            row = json.loads(message)
            self.rows[row["action"]].append(row)


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, log = Lines(), logging.getLogger("dispatch")
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler
    log.removeHandler(handler)
    log.setLevel(before)


async def everything(lines: Lines) -> Rows:
    """Runs what emits every action that a query names."""
    async with a_stage(DISPATCH_RETURNS_DAYS="3") as stage:
        stage.graph.switches.returns = [ReturnRule("kari1@", after=0)]
        ticket = stage.seed(members=2)
        await stage.run()
        await stage.tick()
        assert stage.states_of(ticket) == {"delivered": 1, "returned": 1}
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        gone = '{"error": {"code": "ErrorInvalidRecipients", "message": "no"}}'
        stage.graph.faults.add(Fault(match="sendMail", status=400, body=gone, times=None, probability=0.6))
        ticket = stage.seed(members=70)
        await stage.run(hours=0.2)
        assert stage.dispatch_of(ticket).rounds.broken
    async with a_stage(DISPATCH_CREDENTIALS_EXPIRE="2026-12-10", DISPATCH_BATCH_SIZE="4") as stage:
        ticket = stage.seed(members=8)
        stage.graph.faults.add(Fault(match="sendMail", status=429, headers={"Retry-After": "20"}))
        await stage.run()
        assert stage.states_of(ticket) == {"delivered": 8}
        refused = '{"error": {"code": "ErrorAccessDenied", "message": "no"}}'
        stage.graph.faults.add(Fault(match="sendMail", status=403, body=refused, times=None))
        second = stage.seed(members=2)
        await stage.run()
        assert {str(row.attempt.transport) for row in stage.rows_of(second)} == {"smtp"}
        stage.pureservice.faults.add(Fault(match="GET", status=401, times=None))
        await stage.tick()
        stage.pureservice.faults.clear()
        third = stage.seed(members=2)
        await stage.tick()
        message = stage.queues.take()
        assert isinstance(message, SendBatch)
        await stage.poison(message)
        stage.clock.move(600)
        await stage.tick()
        while not isinstance(message := stage.queues.take(), ResolveTicket):
            assert message is not None
            await stage.handle(message)
        assert message.dispatch == stage.dispatch_of(third).key
        await abandon.report_unwritten(message, stage.services)
    async with a_stage(WITH_EXCHANGE="1", MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        assert stage.exchange is not None
        stage.exchange.behave(MUNICIPALITY, fails=True)
        a_circular(stage, email="post@kommunen.example")
        stage.pureservice.faults.add(Fault(match="POST /agent/api/ticket/", status=400, body='{"message": "no"}'))
        a_hearing(stage, "andeby", "gåseby")
        await stage.run()
    await given_up()
    await plan_given_up()
    await answered_only()
    await refused_look_up()
    read_message(SendBatch, func.QueueMessage(body=b'{"dispatch": "Kari Nordmann"}'))
    return lines.rows


async def given_up() -> None:
    """A batch whose worker dies in its first window again and again, until its pauses make an hour."""
    async with a_stage(DISPATCH_GIVE_UP_HOURS="1") as stage:
        stage.seed(members=2)
        for _ in range(5):
            await stage.tick()
            message = stage.queues.take()
            assert isinstance(message, SendBatch)
            stage.graph.faults.add(Fault(match="sendMail", drop="before", times=None))
            await stage.dies_in_flight(message)
            stage.clock.move(600)  # when the message comes back, and the dead worker's lease has run out
            await stage.poison(message)
            stage.clock.move(3700)


async def refused_look_up() -> None:
    """A ticket whose messages Pureservice won't give."""
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        stage.pureservice.faults.add(Fault(match="GET .*/communication", status=400, times=None))
        await stage.run(hours=1)
        assert stage.status_of(ticket) == "Under arbeid", "rejected"


async def plan_given_up() -> None:
    """A plan that Pureservice interrupts, and whose message went to the poison queue at the second tick."""
    async with a_stage() as stage:
        stage.seed(members=1)
        await tick.run(stage.services)
        stage.clock.move(300)
        await tick.run(stage.services)
        message = stage.queues.take()
        assert isinstance(message, PlanDispatch)
        stage.pureservice.faults.add(Fault(match="GET", status=503, times=None))
        await stage.handle(message)
        stage.pureservice.faults.clear()
        await plan_requests.give_up(message, stage.services)
        empty = stage.seed(members=0)
        await stage.run(hours=1)
        assert stage.status_of(empty) != "Til ekspedering", "rejected"


async def answered_only() -> None:
    """A message that was sent already and is asked for again, while the other status does not exist."""
    async with a_stage(PURESERVICE_121_STATUS="Finnes ikke") as stage:
        ticket = stage.seed(members=1)
        await stage.run(hours=1)
        stage.set_status(ticket, "Til ekspedering")
        await stage.run(hours=1)
        assert set(stage.received().values()) == {1}


async def test_every_field_that_a_query_names_is_emitted(lines: Lines):
    rows = await everything(lines)

    missing = [need for query in QUERIES for need in query.needs if not is_met(need, rows)]
    assert missing == []
    named = set().union(*(query.actions for query in QUERIES))
    assert named <= set(rows), "an action that nothing emitted"
    assert len([need for query in QUERIES for need in query.needs]) > 30


def is_met(need: Need, rows: Rows) -> bool:
    if not need.actions:
        return any(need.field in row for found in rows.values() for row in found)
    return any(need.field in row for action in need.actions for row in rows.get(action, ()))


def test_the_check_of_fields_can_fail(tmp_path):
    path = tmp_path / "wrong.kql"
    path.write_text('AppTraces | extend e = parse_json(Message) | where e.action == "tick_done" | project e.nothing')
    (need,) = Query(path).needs

    assert need == Need("wrong", "nothing", frozenset({"tick_done"}))
    assert not is_met(need, {"tick_done": [{"action": "tick_done", "found": 1}]})


async def test_one_id_runs_through_a_dispatch_from_the_timer_to_the_report(lines: Lines):
    async with a_stage() as stage:
        ticket = stage.seed(members=3)
        await stage.run()
        key = stage.dispatch_of(ticket).key

    chain = [
        "plan_started",
        "plan_done",
        "batch_released",
        "batch_leased",
        "batch_recorded",
        "resolve_started",
        "resolved",
    ]
    for action in chain:
        (row,) = lines.rows[action]
        assert (row["dispatch_id"], row["ticket"]) == (key, ticket["id"]), action
    texts = json.dumps(lines.rows)
    assert "kari" not in texts
    assert "@" not in texts, "ids and numbers, never an address"


async def test_the_numbers_are_right(lines: Lines):
    async with a_stage(DISPATCH_BATCH_SIZE="4", MAIL_RATE_PER_MINUTE="1") as stage:
        stage.seed(members=6)
        await stage.tick()
        stage.clock.move(60)
        await stage.drain()
        stage.clock.move(60)
        await stage.tick()
        await stage.run()

    asked, second = lines.rows["progress"][:2]
    assert (asked["state"], asked["recipients"], asked["done"]) == ("planning", 0, 0)
    assert (second["state"], second["recipients"]) == ("sending", 6)
    assert (second["done"], second["delivered"], second["recorded"], second["batches"]) == (4, 4, 1, 2)
    assert [row["graph"] for row in lines.rows["batch_recorded"]] == [4, 2]
    assert [row["smtp"] for row in lines.rows["batch_recorded"]] == [0, 0]
    (resolved,) = lines.rows["resolved"]
    assert (resolved["delivered"], resolved["failed"]) == (6, 0)
    assert int(str(resolved["seconds"])) >= 120


async def test_a_dispatch_that_waits_on_purpose_says_so(lines: Lines):
    async with a_stage(DISPATCH_SEND_WINDOW="mon-fri 20-21") as stage:
        stage.seed(members=2)
        await stage.tick()
        await stage.drain()
        stage.clock.move(300)
        await stage.tick()

    assert [row["waiting"] for row in lines.rows["progress"]][-1] is True


async def test_a_dispatch_that_is_stuck_does_not(lines: Lines):
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        await stage.tick()
        for _ in range(12):
            stage.clock.move(300)
            await stage.tick()
        assert stage.dispatch_of(ticket).state is DispatchState.SENDING

    told = lines.rows["progress"]
    assert {(row["done"], row["waiting"], row["state"]) for row in told[1:]} == {(0, False, "sending")}
    assert max(int(str(row["late"])) for row in told) >= timedelta(minutes=10).total_seconds()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_reads_its_own_app_and_known_columns(query: Query):
    assert query.tables
    assert query.tables <= set(COLUMNS)
    assert query.text.count('AppRoleName =~ "{app}"') == len(
        re.findall(r"^(?:let lines = )?App\w+", query.text, re.MULTILINE)
    )
    known = set().union(*(COLUMNS[table] for table in query.tables))
    made = set(re.findall(r"(\w+) = ", query.text))
    capital = set(re.findall(r"(?<![.\"\w])([A-Z]\w+)", re.sub(r'"[^"]*"', "", query.text)))
    assert capital - known - made - query.tables == set()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_names_actions_that_there_are(query: Query):
    assert query.actions <= {str(action) for action in Action}


def test_every_query_is_used_and_every_alert_has_its_place_in_the_runbook():
    workbook, alerts = (Bicep(INFRA / f"modules/{name}.bicep").text for name in ("workbook", "alerts"))
    loaded = re.findall(r"loadTextContent\('\.\./queries/(\w+)\.kql'\)", workbook + alerts)

    assert sorted(loaded) == sorted(query.name for query in QUERIES)
    anchors = re.findall(r"anchor: '([\w-]+)'", alerts)
    assert len(anchors) == 6
    # Azure Monitor knows these periods and no others below a day.
    assert set(re.findall(r"window: '(\w+)'", alerts)) <= {
        "PT5M",
        "PT10M",
        "PT15M",
        "PT30M",
        "PT45M",
        "PT1H",
        "PT2H",
        "PT3H",
    }
    for anchor in anchors:
        assert f'<a id="{anchor}"></a>' in RUNBOOK


@pytest.mark.parametrize("action", Action)
def test_every_action_has_its_place_in_the_runbook(action: Action):
    assert f'<a id="{action}"></a>' in RUNBOOK


@pytest.mark.parametrize(
    ("code", "wakes"),
    [
        ("NoToken", True),
        ("InvalidAuthenticationToken", True),
        ("TokenExpired", True),
        ("ErrorAccessDenied", True),
        ("Authorization_RequestDenied", True),
        ("ErrorSendAsDenied", True),
        ("HTTP 401", True),
        ("HTTP 403", True),
        ("535 5.7.3", True),
        ("530", True),
        ("ConnectError", False),
        ("ErrorExceededMessageLimit", False),
        ("HTTP 404", False),
        ("421", False),
        ("550 5.1.8", False),
    ],
)
def test_the_alert_on_credentials_tells_them_from_other_refusals(code: str, wakes: bool):
    (query,) = [query for query in QUERIES if query.name == "alert_credentials"]
    found = re.search(r'matches regex "([^"]+)"', query.text)
    assert found

    assert bool(re.search(found[1], code)) is wakes


def test_a_failure_is_counted_once_and_by_its_cause():
    """The host sends two records of each, both with the outer message that says nothing."""
    logs, now = Logs(), datetime(2026, 11, 27, 12, tzinfo=UTC)
    for minute in range(3):
        logs.fail(now - timedelta(minutes=minute), "send_batch", "LostRace", "the row was changed")
    logs.fail(now, "resolve_ticket", "TicketSystemError", "503")
    logs.fail(now, "send_batch", "LostRace", "another app's", app="func-another")

    rows = {(row["Function"], row["Type"], row["Text"]): row["Times"] for row in logs.ask("exceptions", now)}

    assert rows == {
        ("send_batch", "LostRace", "the row was changed"): 3,
        ("resolve_ticket", "TicketSystemError", "503"): 1,
    }
    assert len(logs.exceptions) == 10
