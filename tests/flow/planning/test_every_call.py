"""Whatever Pureservice answers to one call about a ticket that can't be sent: nothing gets out, and it is told once."""

from typing import Any

import pytest

from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage

PREVIEW = "Forhåndsvis"
MOST_CALLS = 60
STEP = 3  # each answer meets every third call, and the five of them together every call
ANSWERS: dict[str, dict[str, Any]] = {
    "throttled": {"status": 429, "headers": {"Retry-After": "20"}, "times": 4},
    "down": {"status": 503, "times": 3},
    "cut": {"drop": "after", "times": 2},
    "forbidden": {"status": 403, "times": 1, "body": '{"message": "Kari Lekkasje har ikke tilgang"}'},
    "unauthorised": {"status": 401, "times": 1, "body": '{"message": "Kari Lekkasje har ikke tilgang"}'},
}


async def told_after(answer: dict[str, Any], place: int, *, preview: bool) -> list[str] | None:
    """What the ticket says when all is done; None where there were fewer calls than that."""
    settings = {"PURESERVICE_DISPATCH_PREVIEW_STATUS": PREVIEW} if preview else {}
    async with a_stage(**settings) as stage:
        store = stage.pureservice.store
        if preview:
            store.add(
                "status",
                id=30,
                name=PREVIEW,
                userDisplayName=PREVIEW,
                index=30,
                coreStatus=20,
                requestTypeId=1,
                disabled=False,
            )
        ticket = seed.add_ticket(store, "Uten alt", status=PREVIEW if preview else seed.READY)
        fault = Fault(skip=place, **answer)
        stage.pureservice.faults.add(fault)
        for _ in range(8):  # a tick that is blind leaves nothing to wait for
            await stage.run(hours=9)
            stage.clock.move(300)
        assert stage.status_of(ticket) == "Under arbeid"
        said = [*stage.notes_on(ticket), *stage.solutions_on(ticket)]
        return said if fault.hits else None


@pytest.mark.parametrize("preview", [False, True], ids=["rejected", "preview"])
@pytest.mark.parametrize("answer", ANSWERS)
async def test_any_call_that_fails_is_asked_again_and_the_ticket_is_told_once(answer, preview):
    for place in range(list(ANSWERS).index(answer) % STEP, MOST_CALLS, STEP):
        told = await told_after(ANSWERS[answer], place, preview=preview)
        if told is None:
            assert place > 8
            return
        assert len(told) == 1, place
    pytest.fail("there is no end of calls")


@pytest.mark.parametrize("status", [401, 403, 503])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_a_call_that_fails_for_hours_makes_one_message_go_round_and_no_more(status, method):
    async with a_stage() as stage:
        ticket = seed.add_ticket(stage.pureservice.store, "Uten alt")
        stage.pureservice.faults.add(Fault(match=f"{method} .*/ticket/{ticket['id']}", status=status, times=None))
        for _ in range(3):
            await stage.run(hours=1)
            assert len(stage.queues.messages) <= 1

        stage.pureservice.faults.clear()
        await stage.run(hours=1)
        assert stage.status_of(ticket) == "Under arbeid"
        assert len(stage.notes_on(ticket)) == 1
