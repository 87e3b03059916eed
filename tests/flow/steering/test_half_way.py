"""A press whose outside fails half-way: what is told is true, and pressing again finishes it."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from dispatch.closing import retention
from dispatch.core import DispatchKey, HalfDone, LostRace, Rejected, SendBatch, TicketSystemBusy, TicketSystemError
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.steering import actions
from local.simulators.faults import Fault
from tests.stage import Stage, a_stage

Press = Callable[[DispatchKey, Services], Awaitable[object]]
WHO = "cli:test"
MOST_CALLS = 60
PRESSES: dict[str, Press] = {
    "stop": lambda key, services: actions.stop(key, services, who=WHO),
    "resume": lambda key, services: actions.resume(key, services, who=WHO),
    "retry": lambda key, services: actions.retry_failed(key, services, who=WHO),
    "resolve": lambda key, services: actions.resolve_now(key, services, who=WHO),
    "purge": lambda key, services: actions.purge(key, services, who=WHO),
}
OUTSIDE = ("tickets", "ledger", "content", "queues")


class Failing:
    """A port whose calls are counted with the others' of the press; one of them fails, before or after it was done."""

    def __init__(self, inner: Any, counter: list[int], at: int, *, after: bool, error: Exception) -> None:
        self._inner, self._counter, self._at, self._after, self._error = inner, counter, at, after, error

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._inner, name)
        if name in ("members", "member_pages", "all_recipients"):
            return real

        async def call(*args: Any, **options: Any) -> Any:
            self._counter[0] += 1
            fails = self._counter[0] == self._at
            if fails and not self._after:
                raise self._error
            result = await real(*args, **options)
            if fails:
                raise self._error
            return result

        return call


def failing(services: Services, at: int, *, after: bool) -> tuple[Services, list[int]]:
    counter = [0]
    busy = TicketSystemBusy("PATCH", "/ticket", message="down", undone=not after)
    errors: dict[str, Exception] = {name: HttpResponseError("down") for name in OUTSIDE} | {"tickets": busy}
    ports = {name: Failing(getattr(services, name), counter, at, after=after, error=errors[name]) for name in OUTSIDE}
    tickets: Any = ports["tickets"]
    changed: Any = ports
    return replace(
        services,
        **changed,
        statuses=Statuses(tickets, services.clock),
        watch=TicketWatch(tickets, services.clock),
    ), counter


async def stand_for(stage: Stage, what: str) -> tuple[Any, DispatchKey]:
    """A dispatch that the button may be pressed for."""
    ticket = stage.seed(members=3)
    if what in ("retry", "purge"):
        stage.graph.faults.add(Fault(match="POST .*/sendMail", status=503, times=1000))
        await stage.tick()
        key = stage.dispatch_of(ticket).key
        await actions.resolve_now(key, stage.services, who=WHO)
        stage.graph.faults.clear()
        await stage.run()
        assert stage.states_of(ticket) == {"failed": 3}
    else:
        await stage.tick()
        key = stage.dispatch_of(ticket).key
        if what == "resume":
            await actions.stop(key, stage.services, who=WHO)
    return ticket, key


def state(stage: Stage, ticket: Any) -> tuple[str, str, int, int]:
    found = stage.dispatch_of(ticket)
    rows = len([row for row in stage.rows_of(ticket) if not row.superseded])
    return str(found.state), stage.status_of(ticket), rows, found.rounds.current


@pytest.mark.parametrize("after", [False, True], ids=["not done", "answer lost"])
@pytest.mark.parametrize("what", list(PRESSES))
async def test_whichever_call_fails_pressing_again_finishes(what: str, after: bool):
    press = PRESSES[what]
    async with a_stage() as stage:
        ticket, key = await stand_for(stage, what)
        await press(key, stage.services)
        wished = state(stage, ticket)
    tried = 0
    for at in range(1, MOST_CALLS):
        async with a_stage() as stage:
            ticket, key = await stand_for(stage, what)
            before = state(stage, ticket)
            services, counter = failing(stage.services, at, after=after)
            try:
                await press(key, services)
            except HalfDone:
                pass  # the page says what was done
            except (TicketSystemError, HttpResponseError):
                assert state(stage, ticket) == before, "where nothing is said of what was done, nothing was"
            if counter[0] < at:
                break
            tried += 1
            with contextlib.suppress(Rejected):  # it stands as was wished already
                await press(key, stage.services)
            assert state(stage, ticket) == wished, f"call {at}"
            if what in ("retry", "resume") and at % 6 == 0:  # the ledger stands as wished: some are followed to the end
                await stage.run()
                assert stage.states_of(ticket)["delivered"] == 3
                assert set(stage.received().values()) == {1}
    assert tried >= 3


async def test_stop_is_no_use_to_a_stopped_one_but_holds_back_one_that_was_just_let_go_on():
    async with a_stage() as stage:
        _, key = await stand_for(stage, "resume")
        await actions.resume(key, stage.services, who=WHO)
        await actions.stop(key, stage.services, who=WHO)
        await stage.run(hours=1)

        assert stage.received().total() == 0
        with pytest.raises(Rejected):
            await actions.stop(key, stage.services, who=WHO)


async def test_a_purge_between_look_and_act_of_send_again_makes_it_lose():
    async with a_stage() as stage:
        ticket, key = await stand_for(stage, "retry")
        stage.clock.now += timedelta(days=400)
        real = stage.ledger.revive

        async def purged_meanwhile(dispatch: Any) -> None:
            await real(dispatch)
            await retention.purge(stage.services)

        stage.ledger.revive = purged_meanwhile
        with pytest.raises(Rejected):
            await actions.retry_failed(key, stage.services, who=WHO)
        stage.ledger.revive = real

        assert stage.rows_of(ticket) == []
        assert stage.status_of(ticket) == "Løst"
        with pytest.raises(Rejected, match="1 problem"):
            await actions.retry_failed(key, stage.services, who=WHO)


async def test_send_again_between_look_and_act_of_a_purge_makes_the_purge_lose():
    async with a_stage() as stage:
        ticket, key = await stand_for(stage, "retry")
        stage.clock.now += timedelta(days=400)
        real = stage.ledger.save

        async def sent_again_first(dispatch: Any) -> Any:
            stage.ledger.save = real
            await actions.retry_failed(key, stage.services, who=WHO)
            return await real(dispatch)

        stage.ledger.save = sent_again_first
        assert await retention.purge(stage.services) == 0
        await stage.run()

        assert stage.states_of(ticket)["delivered"] == 3


async def test_a_stopped_dispatch_is_purged_after_the_retention_and_says_so_when_it_is_asked_for():
    async with a_stage() as stage:
        ticket, _ = await stand_for(stage, "resume")
        await stage.tick()
        stage.clock.now += timedelta(days=stage.services.settings.dispatch_retention_days + 1)
        await stage.tick()

        assert stage.rows_of(ticket) == []
        assert not await stage.ledger.active()
        stage.set_status(ticket, "til ekspedering")
        await stage.run(hours=1)
        assert any("stoppet før alle hadde fått den" in note for note in stage.notes_on(ticket))
        assert stage.received().total() == 0


async def test_a_late_message_of_a_purged_dispatch_does_nothing():
    async with a_stage() as stage:
        _, key = await stand_for(stage, "resume")
        stage.clock.now += timedelta(days=400)
        await stage.tick()
        await stage.handle(SendBatch(dispatch=key, batch=0, release=1))
        assert stage.received().total() == 0
        with pytest.raises((Rejected, LostRace)):
            await actions.resume(key, stage.services, who=WHO)
