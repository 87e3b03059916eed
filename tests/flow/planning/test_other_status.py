"""A ticket whose dispatch is known, and that is set to another ready status than the one that began it."""

from dispatch.steering import actions
from local.simulators.faults import Fault
from tests.stage import a_stage


async def test_a_finished_ticket_in_the_other_ready_status_is_told_once_and_moved():
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        await stage.run()
        stage.set_status(ticket, "Klar til splitt")
        for _ in range(6):
            await stage.tick()
            await stage.drain()
            stage.clock.move(300)
        notes = [n for n in stage.notes_on(ticket) if "sendt ut før" in n]
        assert len(notes) == 1
        assert stage.status_of(ticket) != "Klar til splitt"


async def test_a_stopped_ticket_in_the_other_ready_status_is_not_met_with_silence():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        await stage.handle(stage.queues.take())
        await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="x")
        await stage.tick()
        await stage.drain()
        before = len(stage.notes_on(ticket))
        stage.clock.move(3600)
        stage.set_status(ticket, "Klar til splitt")
        for _ in range(100):  # more than eight hours
            await stage.tick()
            await stage.drain()
            stage.clock.move(300)
        assert len(stage.notes_on(ticket)) > before or stage.status_of(ticket) != "Klar til splitt"


async def test_a_ticket_whose_message_everybody_got_is_not_told_that_nobody_did():
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        await stage.run()
        assert sum(stage.received().values()) == 2
        stage.set_status(ticket, "Til ekspedering")
        stage.pureservice.faults.add(
            Fault(match=r"GET .*/communication", status=400, times=6, body='{"message":"nei"}')
        )
        await stage.run(hours=1)
        assert stage.notes_on(ticket)
        assert not any("Ingen har fått meldingen" in note for note in stage.notes_on(ticket))
