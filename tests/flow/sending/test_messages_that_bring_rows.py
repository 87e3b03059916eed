"""A message that brings its batch's row, and whose row has changed since: nothing leaves before it was read anew."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core import BatchState, Lease, RecipientState, SendBatch
from dispatch.services import Services, TicketWatch
from dispatch.steering import actions
from tests.stage import Stage, a_stage


def another_process(stage: Stage) -> Services:
    """An instance beside this one, which remembers nothing of what this one has seen."""
    return replace(stage.services, watch=TicketWatch(stage.services.tickets, stage.clock))


async def the_message(stage: Stage) -> SendBatch:
    await stage.tick()
    message = stage.queues.take(SendBatch)
    assert isinstance(message, SendBatch)
    assert message.released is not None
    return message


@pytest.mark.parametrize("settings", [{}, {"MAIL_MAILER": "smtp"}, {"MAIL_RECONCILE": "draft"}])
async def test_one_that_is_delivered_again_after_its_batch_is_done_sends_nothing(settings):
    async with a_stage(**settings) as stage:
        ticket = stage.seed(members=3)
        message = await the_message(stage)
        await stage.handle(message)
        stage.queues.messages.clear()

        await stage.handle(message)

        assert set(stage.received().values()) == {1}
        (again,) = [item.message for item in stage.queues.messages]
        assert again == message.without_row()
        await stage.run()
        assert stage.received().total() == 3
        assert len(stage.solutions_on(ticket)) == 1


async def test_one_whose_worker_died_leaves_the_doubts_to_whoever_reads_them(stage):
    ticket = stage.seed(members=6)
    message = await the_message(stage)
    await stage.dies_in_flight(message)

    await stage.handle(message)
    assert stage.states_of(ticket)["in_flight"] == 6
    await stage.run()

    assert set(stage.received().values()) == {1}
    assert stage.states_of(ticket) == {"delivered": 6}


@pytest.mark.parametrize("day", ["0", "5"])
async def test_one_whose_batch_somebody_put_off_is_read_before_it_goes(day):
    """As the sweep does where the send window is closed: the row changes, and the message is the same."""
    async with a_stage(MAIL_DAILY_LIMIT=day, DISPATCH_BATCH_SIZE="4") as stage:
        stage.seed(members=4)
        message = await the_message(stage)
        batch = await stage.ledger.batch(message.dispatch, message.batch)
        assert batch is not None
        await stage.ledger.save_batch(replace(batch, due=stage.clock() + timedelta(seconds=1)))

        await stage.handle(message)
        assert stage.received() == {}
        await stage.run()
        assert set(stage.received().values()) == {1}
        assert stage.received().total() == 4


async def test_one_whose_batch_another_worker_has_is_left_alone(stage):
    ticket = stage.seed(members=4)
    message = await the_message(stage)
    batch = await stage.ledger.batch(message.dispatch, message.batch)
    assert batch is not None
    until = stage.clock() + timedelta(seconds=120)
    await stage.ledger.save_batch(replace(batch, state=BatchState.LEASED, lease=Lease("other", until), attempts=1))

    await stage.handle(message)
    await stage.drain()

    assert stage.received() == {}
    assert stage.states_of(ticket) == {RecipientState.PLANNED: 4}
    await stage.run()
    assert set(stage.received().values()) == {1}


async def test_a_stop_by_another_process_stops_one_that_remembers_the_dispatch(stage):
    """The press takes the ticket out of its ready status; what is remembered of that is as old as of the dispatch."""
    ticket = stage.seed(members=200)
    first = await the_message(stage)
    await stage.handle(first)
    second = stage.queues.take(SendBatch)
    assert isinstance(second, SendBatch)
    sent = stage.received().total()

    await actions.stop(first.dispatch, another_process(stage), who="kari@etat.example")
    stage.clock.move(21)
    await stage.handle(second)

    assert stage.received().total() == sent
    assert stage.dispatch_of(ticket).state == "stopped"
    assert not [
        item for item in stage.queues.messages if isinstance(item.message, SendBatch) and item.message == second
    ]


async def test_one_that_a_person_has_ended_elsewhere_meanwhile_is_not_sent(stage):
    """Nobody's memory is asked: the row that the message brings has changed."""
    stage.seed(members=200)
    first = await the_message(stage)
    await stage.handle(first)
    second = stage.queues.take(SendBatch)
    assert isinstance(second, SendBatch)
    sent = stage.received().total()

    await actions.resolve_now(first.dispatch, another_process(stage), who="kari@etat.example")
    await stage.handle(second)

    assert stage.received().total() == sent
