"""A ticket is planned from a message of its own: one that kills its process keeps nobody waiting, and ends in words."""

from typing import Any

import pytest

from dispatch import tick
from dispatch.core import BadConfiguration, DispatchState, PlanDispatch, SendBatch
from dispatch.planning import letter_from_ticket, plan_writer, planner
from dispatch.watching import numbers
from local.simulators.faults import Fault
from tests.stage import Stage, a_stage

ASKS = "Forhåndsvis utsendelse"
READY = "til ekspedering"


class ProcessDiesError(BaseException):
    """The process is gone: nothing that it would have caught or tidied up."""


@pytest.fixture
async def stage():
    async with a_stage() as opened:
        yield opened


def kills_at(monkeypatch: pytest.MonkeyPatch, ticket: Any, error: type[BaseException] = ProcessDiesError) -> None:
    """Composing the letter of this ticket ends the process."""
    real = letter_from_ticket.compose

    async def compose(found: Any, *args: Any, **options: Any) -> Any:
        if found.id == ticket["id"]:
            raise error("boom")
        return await real(found, *args, **options)

    monkeypatch.setattr(planner, "compose", compose)


def the_plan(stage: Stage) -> PlanDispatch:
    message = stage.queues.take(PlanDispatch)
    assert isinstance(message, PlanDispatch)
    return message


async def die(stage: Stage, message: PlanDispatch) -> None:
    with pytest.raises((ProcessDiesError, ValueError)):
        await stage.handle(message)


async def test_the_timer_composes_nothing_and_releases_before_it_asks(stage: Stage, monkeypatch):
    first = stage.seed(members=3)
    await stage.tick()
    stage.queues.messages.clear()
    deadly = stage.seed(members=2)
    kills_at(monkeypatch, deadly)
    stage.clock.move(1000)

    await tick.run(stage.services)

    kinds = [type(item.message) for item in stage.queues.messages]
    assert kinds == [SendBatch, PlanDispatch]
    assert stage.dispatch_of(deadly).state is DispatchState.PLANNING
    assert stage.states_of(first) == {"planned": 3}


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_one_ticket_that_kills_every_process_keeps_no_other_from_its_letters(stage: Stage, monkeypatch, which):
    tickets = [stage.seed(members=2) for _ in range(3)]
    kills_at(monkeypatch, tickets[which])
    for _ in range(10):
        await tick.run(stage.services)
        while (message := stage.queues.take()) is not None:
            try:
                await stage.handle(message)
            except ProcessDiesError:
                continue  # it comes back when the planner's lease has run out: the timer asks again
        stage.clock.move(plan_writer.planner_lease(stage.services).total_seconds() + 1)

    for at, ticket in enumerate(tickets):
        if at == which:
            (note,) = stage.notes_on(ticket)
            assert "5 ganger" in note
            assert stage.status_of(ticket) == "Under arbeid"
            assert stage.dispatch_of(ticket).state is DispatchState.REJECTED
        else:
            assert stage.states_of(ticket) == {"delivered": 2}


async def test_a_fault_of_ours_five_times_ends_in_a_note_and_the_poison_handler_may_be_repeated(stage, monkeypatch):
    ticket = stage.seed(members=2)
    kills_at(monkeypatch, ticket, ValueError)
    await tick.run(stage.services)
    message = the_plan(stage)
    for _ in range(5):
        await die(stage, message)

    for _ in range(3):
        await stage.poison(message)

    (note,) = stage.notes_on(ticket)
    assert "5 ganger" in note
    assert stage.status_of(ticket) == "Under arbeid"


async def test_five_deliveries_that_never_began_reject_nobody(stage: Stage, monkeypatch):
    ticket = stage.seed(members=2)
    await tick.run(stage.services)
    message = the_plan(stage)

    await stage.poison(message)  # the storage was out of reach each time
    await stage.run()

    assert stage.states_of(ticket) == {"delivered": 2}
    assert stage.notes_on(ticket) == []


async def test_the_same_message_any_number_of_times_plans_once(stage: Stage):
    ticket = stage.seed(members=3)
    await tick.run(stage.services)
    message = the_plan(stage)
    for _ in range(3):
        await stage.handle(message)
    await stage.run()

    assert stage.dispatch_of(ticket).plan.recipients == 3
    assert set(stage.received().values()) == {1}


async def test_while_a_message_waits_no_other_is_put(stage: Stage):
    stage.seed(members=3)
    for _ in range(3):
        await tick.run(stage.services)
        stage.clock.move(60)
    assert len(stage.queues.messages) == 1

    stage.clock.move(stage.services.settings.dispatch_sweep_seconds)
    await tick.run(stage.services)
    assert len(stage.queues.messages) == 2


async def test_a_ticket_that_left_its_status_is_not_planned(stage: Stage):
    ticket = stage.seed(members=3)
    await tick.run(stage.services)
    stage.set_status(ticket, "Under arbeid")
    await stage.plans()
    await stage.run(hours=1)
    assert stage.received().total() == 0

    stage.set_status(ticket, READY)
    await stage.run()
    assert stage.states_of(ticket) == {"delivered": 3}


async def test_a_stop_while_it_is_planned_releases_nothing(stage: Stage, monkeypatch):
    ticket = stage.seed(members=3)
    await tick.run(stage.services)
    real = stage.ledger.clear_plan

    async def stopped(dispatch: Any) -> Any:
        stage.set_status(ticket, "Under arbeid")
        return await real(dispatch)

    monkeypatch.setattr(stage.ledger, "clear_plan", stopped)
    await stage.plans()

    assert stage.queues.messages == []
    assert stage.dispatch_of(ticket).state is DispatchState.SENDING


async def test_settings_that_lack_something_are_told_after_the_second_try_and_are_no_try(stage: Stage, monkeypatch):
    ticket = stage.seed(members=3)

    async def lacking(*_: Any, **__: Any) -> Any:
        raise BadConfiguration(["MAIL_TEMPLATE: there is no blob"])

    with monkeypatch.context() as broken:
        broken.setattr(planner, "compose", lacking)
        await stage.tick()
        assert stage.notes_on(ticket) == []
        for _ in range(8):
            await stage.tick()
        assert len(stage.notes_on(ticket)) == 1
        assert "Oppsettet" in stage.notes_on(ticket)[0]
    await stage.run()
    assert stage.states_of(ticket) == {"delivered": 3}


async def test_a_key_without_access_to_the_lists_is_told_and_goes_on_when_it_has_it(stage: Stage):
    ticket = stage.seed(members=3)
    fault = Fault(match=r"GET .*/asset", status=401, times=1000)
    stage.pureservice.faults.add(fault)
    for _ in range(8):
        await stage.tick()
    stage.pureservice.faults.clear()
    assert len(stage.notes_on(ticket)) <= 1
    await stage.run()
    assert stage.states_of(ticket) == {"delivered": 3}


async def test_an_hour_of_planning_can_be_seen_in_the_log(stage: Stage):
    ticket = stage.seed(members=3)
    await tick.run(stage.services)
    stage.clock.move(4000)
    assert numbers(stage.dispatch_of(ticket), [], stage.clock())["planning"] == 4000


async def test_a_preview_that_kills_every_process_ends_in_words_and_stops_no_letter(monkeypatch):
    async with a_stage(PURESERVICE_DISPATCH_PREVIEW_STATUS=ASKS) as stage:
        stage.pureservice.store.add(
            "status", id=30, name=ASKS, userDisplayName=ASKS, index=30, coreStatus=20, requestTypeId=1, disabled=False
        )
        asked = stage.seed(members=1)
        stage.set_status(asked, ASKS)
        ready = stage.seed(members=2)

        async def preview_of(*_: Any, **__: Any) -> Any:
            raise ProcessDiesError

        monkeypatch.setattr("dispatch.planning.preview_note.preview_of", preview_of)
        for _ in range(8):
            await tick.run(stage.services)
            while (message := stage.queues.take()) is not None:
                try:
                    await stage.handle(message)
                except ProcessDiesError:
                    continue
            stage.clock.move(stage.services.settings.dispatch_sweep_seconds + 1)

        assert stage.states_of(ready) == {"delivered": 2}
        (note,) = stage.notes_on(asked)
        assert "kunne ikke lages" in note
        assert stage.status_of(asked) == "Under arbeid"
