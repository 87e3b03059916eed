"""A ticket that is set ready again after its message was sent: the words come, and are so."""

from dispatch.steering import actions
from local.simulators.faults import Fault
from tests.stage import a_stage


async def test_no_ticket_leaves_its_ready_status_without_words():
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        await stage.run()
        stage.set_status(ticket, "Til ekspedering")
        stage.pureservice.faults.add(Fault(match=r"POST .*/communication", status=503, times=3))
        for _ in range(12):
            await stage.tick()
            await stage.drain()
            stage.clock.move(300)
        assert stage.notes_on(ticket)


async def test_a_message_that_nobody_got_is_not_called_sent():
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        await stage.tick()
        await actions.resolve_now(stage.dispatch_of(ticket).key, stage.services, who="x")
        await stage.run(hours=1)
        stage.set_status(ticket, "Til ekspedering")
        await stage.tick()
        await stage.drain()
        assert stage.received() == {}
        assert "Meldingen er sendt ut før" not in stage.notes_on(ticket)[0]
