"""Ends that have no report, and reports that must not be lost."""

from datetime import timedelta

import pytest

from dispatch.core import Rejected
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage


async def test_a_note_that_stands_as_solution_does_not_remove_a_report():
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2)
        await stage.run()
        assert "Rapport etter utsendelse" in store.tickets[ticket["id"]]["solution"]
        seed.add_dispatch_text(store, ticket, "<p>ny</p>")
        seed.add_dispatch_text(store, ticket, "<p>ny, og en til</p>")  # two: is rejected
        stage.pureservice.faults.add(
            Fault(match=r"POST .*/communication", status=403, times=None, body='{"message":"no"}')
        )
        stage.set_status(ticket, "Til ekspedering")
        await stage.run(hours=1)
        now = store.tickets[ticket["id"]]["solution"]
        assert "Saken ble ikke sendt ut" in now
        assert "Rapport etter utsendelse" in now


async def test_a_purge_of_what_is_finished_leaves_what_is_stopped_half_way():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        await stage.handle(stage.queues.take())
        await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="x")
        await stage.tick()
        await stage.drain()
        stage.clock.move(2 * 86400)
        await actions.purge(timedelta(days=1), stage.services, who="x")
        stage.set_status(ticket, "Til ekspedering")
        await stage.run(hours=2)
        assert sum(stage.received().values()) == 3


async def test_the_report_follows_the_message_to_the_ticket_it_was_merged_into():
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2)
        other = seed.add_ticket(store, "Den andre", status="Under arbeid")
        await stage.tick()
        await stage.handle(stage.queues.take())  # all are sent
        for row in store.communications.values():
            if row.get("ticketId") == ticket["id"] and "høring" in str(row.get("text")):
                row["ticketId"] = other["id"]
        store.tickets[ticket["id"]]["isMarkedForDeletion"] = True
        stage.services.watch.forget()
        await stage.run(hours=2)
        assert stage.solutions_on(other) or stage.notes_on(other)


async def test_a_report_that_was_never_written_is_not_said_to_stand_in_the_ticket():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=2)
        await stage.tick()
        await stage.handle(stage.queues.take())
        key = stage.dispatch_of(ticket).key
        await actions.stop(key, stage.services, who="x")
        await stage.tick()
        stage.clock.move(200 * 86400)
        await stage.tick()
        with pytest.raises(Rejected) as told:
            await actions.resume(key, stage.services, who="x")
        assert stage.solutions_on(ticket) or "rapporten står i saken" not in told.value.problems[0]
