"""A request fails by a fault of ours, or the process was frozen: what others were answered is written all the same."""

import asyncio
from typing import Any

import pytest

from dispatch.core import TicketSystemBusy
from tests.flow.sending.test_own_tickets import a_hearing, cases_of
from tests.stage import a_stage


async def test_who_was_frozen_writes_what_was_answered_and_takes_back_what_never_left():
    async with a_stage(MAIL_MAILER="smtp", MAIL_CONCURRENCY="2") as stage:
        ticket = stage.seed(members=12)
        (smtp,) = stage.services.transports
        real, sent = smtp.send, 0

        async def slow(mail: Any, **also: Any) -> Any:
            nonlocal sent
            accepted = await real(mail, **also)
            sent += 1
            if sent == 2:
                stage.clock.move(200)  # longer than the lease, and the next look is at the gate
            return accepted

        smtp.send = slow
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 12}
        assert set(stage.received().values()) == {1}


async def test_a_status_that_can_not_be_read_leaves_no_ticket_in_doubt():
    async with a_stage(MAIL_REPLYTO_ADDRESS="post@dibk.example") as stage:
        mother = a_hearing(stage, people=6, organisations=0)
        real, left = stage.services.statuses.named, 0

        async def named(name: str) -> Any:
            nonlocal left
            if name == stage.services.settings.pureservice_ticket_status_open and left:
                left -= 1
                raise TicketSystemBusy("GET", "status", message="busy", retry_after=30.0, undone=True)
            return await real(name)

        stage.services.statuses.named = named
        await stage.tick()
        left = 2
        await stage.drain(hours=5 / 60)

        assert left == 0
        assert len(cases_of(stage, mother)) == 6
        assert stage.states_of(mother) == {"delivered": 6}


async def test_a_fault_of_ours_between_two_writes_leaves_nobody_in_doubt_who_was_answered():
    """Nothing can tell what SMTP was answered but the worker itself: it waits for those on their way, and writes."""
    async with a_stage(MAIL_MAILER="smtp", MAIL_CONCURRENCY="2") as stage:
        ticket = stage.seed(members=12)
        (smtp,) = stage.services.transports
        send, named, sent, failed = smtp.send, stage.services.statuses.named, 0, False

        async def slow(mail: Any, **also: Any) -> Any:
            nonlocal sent
            accepted = await send(mail, **also)
            sent += 1
            await asyncio.sleep(0.01)  # another letter is on its way when the look between the writes fails
            return accepted

        async def fails_once(name: str) -> Any:
            nonlocal failed
            if sent >= 3 and not failed:
                failed = True
                raise RuntimeError
            return await named(name)

        smtp.send, stage.services.statuses.named = slow, fails_once
        await stage.tick()
        message = stage.queues.take()
        assert message is not None
        with pytest.raises(RuntimeError):
            await stage.handle(message)
        assert stage.states_of(ticket)["in_flight"] == 0
        stage.clock.move(200)
        await stage.handle(message)  # the queue delivers it again
        await stage.run()

        assert failed
        assert stage.states_of(ticket) == {"delivered": 12}
        assert set(stage.received().values()) == {1}
