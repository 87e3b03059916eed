"""The breaker: a dispatch stops itself where too many of its last attempts were refused for good, and only there."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from dispatch.core import DispatchState, Reason, Recipient, RecipientState
from dispatch.steering import actions
from dispatch.watching import overview
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

GONE = json.dumps({"error": {"code": "ErrorInvalidRecipients", "message": "no"}})
GRAPH = {"MAIL_MAILER": "microsoft-graph", "MAIL_RATE_PER_MINUTE": "0"}
WINDOW, SHARE, DOUBT_BOUND = 50, 20, 16
WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"


def refuse(stage: Stage, share: float) -> None:
    stage.graph.faults.clear()
    stage.graph.faults.rng.seed(share)
    fault = Fault(match="sendMail", status=400, body=GONE, times=None, probability=share)
    stage.graph.faults.add(fault)


def worst(rows: list[Recipient]) -> int:
    """The most refused in any fifty attempts after each other, in percent; 0 where there were never so many."""
    tried = sorted((row for row in rows if row.attempt.count and row.has_outcome), key=lambda row: str(row.changed))
    refused = [row.reason is Reason.RECIPIENT_REFUSED for row in tried]
    found = [sum(refused[end - WINDOW : end]) * 2 for end in range(WINDOW, len(refused) + 1)]
    return max(found, default=0)


def notes(stage: Stage, ticket: Row) -> str:
    return "\n".join(stage.notes_on(ticket))


async def begun(stage: Stage, share: float, *, members: int = 120) -> Row:
    real = stage.services.clock

    def moving() -> datetime:  # so that attempts have an order
        stage.clock.move(0.001)
        return real()

    stage.services = replace(stage.services, clock=moving)
    refuse(stage, share)
    ticket = stage.seed(members)
    await stage.run(hours=0.2)
    return ticket


@pytest.mark.parametrize("size", ["96", "20"])
@pytest.mark.parametrize(("share", "stops"), [(0.10, False), (0.25, True), (0.60, True)])
async def test_it_stops_where_more_than_a_fifth_of_the_last_fifty_were_refused(share: float, stops: bool, size: str):
    async with a_stage(**GRAPH, DISPATCH_BATCH_SIZE=size) as stage:
        ticket = await begun(stage, share)

        rows = stage.rows_of(ticket)
        assert (worst(rows) > SHARE) is stops, "the chance of this test is such"
        state = stage.dispatch_of(ticket).state
        assert (state is DispatchState.STOPPED) is stops
        tried = sum(row.attempt.count > 0 for row in rows)
        if not stops:
            assert state is DispatchState.RESOLVED
            assert "stoppet automatisk" not in notes(stage, ticket)
            return
        assert WINDOW <= tried < len(rows)
        assert "Utsendelsen stoppet automatisk" in notes(stage, ticket)
        store = stage.pureservice.store
        assert store.tickets[ticket["id"]]["statusId"] != seed.status_id(store, seed.READY)
        details = await overview.details(stage.dispatch_of(ticket).key, stage.services)
        assert details is not None
        assert details.summary.waits.what == "broken"


async def test_it_goes_on_when_a_person_says_so_and_counts_anew():
    async with a_stage(**GRAPH) as stage:
        ticket = await begun(stage, 0.6)
        before = [row for row in stage.rows_of(ticket) if row.has_outcome]
        stage.graph.faults.clear()
        await stage.tick()
        await stage.drain()
        assert [row for row in stage.rows_of(ticket) if row.has_outcome] == before, "nothing goes on by a tick"

        await actions.resume(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await stage.run(hours=0.2)

        assert stage.dispatch_of(ticket).state is DispatchState.RESOLVED
        assert max(stage.received().values()) == 1
        states = [row.state for row in stage.rows_of(ticket)]
        refused = sum(row.state is RecipientState.FAILED for row in before)
        assert states.count(RecipientState.FAILED) == refused


async def test_a_few_and_a_switched_off_breaker_stop_nothing():
    async with a_stage(**GRAPH) as stage:
        ticket = await begun(stage, 0.6, members=40)
        assert stage.dispatch_of(ticket).state is DispatchState.RESOLVED
    async with a_stage(**GRAPH, DISPATCH_BREAK_SHARE="0") as stage:
        ticket = await begun(stage, 0.6, members=70)
        assert stage.dispatch_of(ticket).state is DispatchState.RESOLVED


async def test_a_worker_that_dies_while_it_stops_the_dispatch_leaves_it_to_the_next():
    async with a_stage(**GRAPH) as stage:
        stage.pureservice.faults.add(Fault(match="(PUT|PATCH) .*/ticket", status=503, times=None))
        ticket = await begun(stage, 0.6)
        assert stage.dispatch_of(ticket).state is DispatchState.SENDING
        assert stage.dispatch_of(ticket).rounds.broken
        sent = len(stage.graph.received)

        stage.pureservice.faults.clear()
        await stage.run(hours=0.3)

        assert stage.dispatch_of(ticket).state is DispatchState.STOPPED
        assert len(stage.graph.received) == sent
        assert "Utsendelsen stoppet automatisk" in notes(stage, ticket)
