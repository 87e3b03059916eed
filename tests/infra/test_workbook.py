"""What the workbook shows of real dispatches: its queries are run over the lines that they wrote."""

from typing import Any

import pytest

from dispatch.core import Transport
from local.simulators.faults import Fault
from tests.infra.logs import Logs, watched
from tests.infra.tickets import MUNICIPALITY, REPLY, a_circular, a_hearing
from tests.stage import Stage


def only(stage: Stage, logs: Logs, query: str) -> dict[str, Any]:
    (row,) = logs.ask(query, stage.clock())
    return row


async def test_a_dispatch_in_flight_with_its_progress():
    async with watched(DISPATCH_BATCH_SIZE="4", MAIL_RATE_PER_MINUTE="1") as (stage, logs):
        ticket = stage.seed(members=6)
        await stage.tick()
        await stage.drain()
        stage.clock.move(60)
        await stage.tick()
        row = only(stage, logs, "in_flight")
        assert (row["Ticket"], row["State"], row["Done"], row["Recipients"]) == (ticket["id"], "sending", 4, 6)
        assert row["Percent"] == pytest.approx(100 * 4 / 6)
        assert row["Batches"] == "1 / 2"
        await stage.run()
        stage.clock.move(21 * 60)
        assert logs.ask("in_flight", stage.clock()) == []


async def test_outcomes_transports_throttling_and_what_went_wrong():
    async with watched() as (stage, logs):
        stage.graph.faults.add(Fault(match="sendMail", status=429, headers={"Retry-After": "20"}))
        ticket = stage.seed(members=3)
        await stage.run()
        stage.graph.faults.clear()
        denied = '{"error": {"code": "ErrorAccessDenied", "message": "no"}}'
        stage.graph.faults.add(Fault(match="sendMail", status=403, body=denied, times=None))
        stage.seed(members=2)
        await stage.run()

        outcomes = only(stage, logs, "outcomes")
        assert (outcomes["Delivered"], outcomes["Failed"]) == (5, 0)
        transports = only(stage, logs, "failover")
        counted = {transport: transports[transport.name.capitalize()] for transport in Transport}
        assert {name: count for name, count in counted.items() if count} == {Transport.GRAPH: 3, Transport.SMTP: 2}
        throttled = only(stage, logs, "throttling")
        assert (throttled["Seconds"], throttled["Times"]) == (20, 1)
        finished = logs.ask("finished", stage.clock())
        assert {row["Ticket"]: row["Delivered"] for row in finished}[ticket["id"]] == 3
        problems = {row["Action"]: row for row in logs.ask("problems", stage.clock())}
        assert problems["transport_refused"]["Code"] == "ErrorAccessDenied"
        assert problems["transport_refused"]["Runbook"].endswith("operations.md#transport_refused")
        measured = {row["Measure"] for row in logs.ask("latency", stage.clock())}
        assert measured == {"batch", "queue"}


async def test_receipts_that_are_waited_for_that_came_and_that_made_it_e_mail():
    async with watched(WITH_EXCHANGE="1") as (stage, logs):
        assert stage.exchange is not None
        stage.exchange.behave(MUNICIPALITY, never_delivered=True)
        ticket = a_circular(stage, email="post@kommunen.example")
        await stage.run(hours=2)
        assert only(stage, logs, "in_flight")["Receipts"] == 1
        assert logs.ask("eformidling", stage.clock()) == []
        await stage.run(hours=40)
        row = only(stage, logs, "eformidling")
        assert (row["Ticket"], row["Delivered"], row["Failed"], row["ByEmail"]) == (ticket["id"], 0, 1, 1)
        assert only(stage, logs, "outcomes")["Delivered"] == 1


async def test_tickets_that_were_made_and_one_that_was_refused():
    async with watched(MAIL_REPLYTO_ADDRESS=REPLY) as (stage, logs):
        stage.pureservice.faults.add(Fault(match="POST /agent/api/ticket/", status=400, body='{"message": "no"}'))
        ticket = a_hearing(stage, "andeby", "kråkeby", "storeby")
        await stage.run()
        row = only(stage, logs, "cases")
        assert (row["Ticket"], row["Opened"], row["Refused"], row["Status"]) == (ticket["id"], 2, 1, 400)
        assert row["Users"] == 3
