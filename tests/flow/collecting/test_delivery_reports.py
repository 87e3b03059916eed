"""What Communication Services says afterwards: late, twice, out of order, of somebody else, each is harmless."""

import base64
import json
from collections.abc import Sequence

import pytest

from dispatch.collecting import delivery_reports
from dispatch.core import RecipientState, SendBatch
from local.simulators.azure_communication import DeliveryReport
from local.simulators.pureservice import Row
from tests.stage import Stage, a_stage

HEARD = {
    "MAIL_MAILER": "azure-communication",
    "ACS_RATE_PER_MINUTE": "0",
    "ACS_RATE_PER_HOUR": "0",
    "ACS_DELIVERY_REPORTS": "True",
    "DISPATCH_RETURNS_DAYS": "3",
}
R = RecipientState
DAY = 86400.0


async def solved(stage: Stage, *, members: int = 4, bounces: str = "^kari1@", suppressed: str = "^$") -> Row:
    stage.communication.switches.bounces, stage.communication.switches.suppressed = bounces, suppressed
    ticket = stage.seed(members)
    for _ in range(3):
        await stage.tick()
        await stage.drain(hours=0.1)
    assert stage.dispatch_of(ticket).state == "resolved"
    return ticket


async def comes(stage: Stage, body: bytes) -> None:
    """The queue brings it, as the function takes it."""
    if said := delivery_reports.read(body):
        await delivery_reports.keep(said, stage.services)


async def told(stage: Stage, reports: Sequence[DeliveryReport], *, stamp: str = "deliveryAttemptTimestamp") -> None:
    for report in reports:
        await comes(stage, report.queued(stamp=stamp).encode())


def back(stage: Stage, ticket: Row) -> dict[str, str]:
    return {row.address: str(row.attempt.returned.cause) for row in stage.rows_of(ticket) if row.state is R.RETURNED}


@pytest.mark.parametrize("stamp", ["deliveryAttemptTimestamp", "deliveryAttemptTimeStamp"])
async def test_whose_letter_bounced_is_returned_and_the_ticket_is_told_once(stamp: str):
    async with a_stage(**HEARD) as stage:
        ticket = await solved(stage, suppressed="^kari2@")
        assert "ett notat om det" in stage.solutions_on(ticket)[0]
        reports = stage.communication.reports
        await told(stage, [*reversed(reports), *reports], stamp=stamp)
        for _ in range(3):
            stage.clock.move(2 * DAY)
            await stage.tick()

        unknown = "no_such_mailbox"
        assert back(stage, ticket) == {"kari1@eksempel.example": unknown, "kari2@eksempel.example": unknown}
        assert stage.states_of(ticket) == {"delivered": 2, "returned": 2}
        assert len([note for note in stage.notes_on(ticket) if ">Meldinger kom i retur<" in note]) == 1
        assert not [name for name in stage.content.blobs if name.startswith("tenant/delivery-reports/")]
        assert not any("kari" in name for name in stage.content.blobs)


async def test_a_report_that_is_quicker_than_our_own_note_waits_for_it():
    """The worker dies after its letters have left; the reports are there before anybody has looked."""
    async with a_stage(**HEARD) as stage:
        stage.communication.switches.bounces = "^kari0@"
        ticket = stage.seed(3)
        await stage.tick()
        message = stage.queues.take(SendBatch)
        assert isinstance(message, SendBatch)
        await stage.dies_in_flight(message)
        await told(stage, stage.communication.reports)
        await stage.tick()
        assert back(stage, ticket) == {}
        await stage.run()
        await stage.tick()

        assert stage.states_of(ticket) == {"delivered": 2, "returned": 1}


async def test_what_bounces_after_it_was_delivered_is_returned_and_stays_so():
    async with a_stage(**HEARD) as stage:
        ticket = await solved(stage, bounces="^$")
        (first, *_) = stage.communication.reports
        late = DeliveryReport(
            first.operation_id, first.sender, first.recipient, first.message_id, "Bounced", "550 5.2.2 full", first.at
        )
        await told(stage, [first, late, first])
        await stage.tick()
        await told(stage, [first])
        await stage.tick()

        assert back(stage, ticket) == {first.recipient: "mailbox_full"}


@pytest.mark.parametrize(
    ("status", "cause"), [("Quarantined", "policy"), ("FilteredSpam", "policy"), ("Failed", "not_said")]
)
async def test_why_is_said_as_far_as_it_is_known(status: str, cause: str):
    async with a_stage(**HEARD) as stage:
        ticket = await solved(stage, members=1, bounces="^$")
        (one,) = stage.communication.reports
        await told(stage, [DeliveryReport(one.operation_id, one.sender, one.recipient, "", status, "", one.at)])
        await stage.tick()

        assert back(stage, ticket) == {one.recipient: cause}


async def test_of_a_stranger_s_letter_nothing_comes_and_nothing_stays():
    async with a_stage(**HEARD) as stage:
        ticket = await solved(stage, bounces="^$")
        stranger = DeliveryReport(
            "9b2f0d3e-0000-4000-8000-000000000000",
            "a@b.example",
            "x@y.example",
            "",
            "Bounced",
            "",
            stage.clock().timestamp(),
        )
        await told(stage, [stranger])
        await stage.tick()
        assert len(await stage.content.stored_under("tenant/delivery-reports/")) == 1
        stage.clock.move(7 * 3600)
        await stage.tick()

        assert back(stage, ticket) == {}
        assert await stage.content.stored_under("tenant/delivery-reports/") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"[[[[",
        b'"text"',
        b'{"eventType": 4}',
        base64.b64encode(b"{}"),
        base64.b64encode(json.dumps({"eventType": "Other", "data": {"status": "Bounced", "messageId": "a"}}).encode()),
        json.dumps(
            {
                "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
                "data": {"status": "New", "messageId": "a"},
            }
        ).encode(),
    ],
)
async def test_what_is_no_report_is_taken_away(body: bytes):
    async with a_stage(**HEARD) as stage:
        await comes(stage, body)

        assert stage.content.blobs == {}


async def test_where_nobody_hears_of_them_the_report_promises_nothing():
    async with a_stage(**{**HEARD, "ACS_DELIVERY_REPORTS": "False"}) as stage:
        ticket = await solved(stage)
        await told(stage, stage.communication.reports)
        await stage.tick()

        assert back(stage, ticket) == {}
        assert "leveringsrapportene fra Azure Communication Services er ikke satt opp" in stage.solutions_on(ticket)[0]
        assert "varsel@varsel.etat.example" in stage.solutions_on(ticket)[0]
