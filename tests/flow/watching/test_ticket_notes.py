"""Words that a ticket must not go without, where it takes no notes: they stand before what its solution says."""

import pytest

from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage


def no_notes() -> Fault:
    return Fault(match="POST .*/communication", status=403, times=None, body="{}")


@pytest.mark.parametrize("notes", ["taken", "refused"])
async def test_a_rejection_removes_no_report_and_is_said_once(notes: str):
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2)
        await stage.run()
        seed.add_dispatch_text(store, ticket, "<p>ny</p>")
        seed.add_dispatch_text(store, ticket, "<p>ny, og en til</p>")  # two: is rejected
        if notes == "refused":
            stage.pureservice.faults.add(no_notes())
        stage.set_status(ticket, "Til ekspedering")
        await stage.run(hours=1)

        solution = store.tickets[ticket["id"]]["solution"]
        assert "Rapport etter utsendelse" in solution
        assert solution.count("Saken ble ikke sendt ut") == (notes == "refused")


async def test_a_stop_keeps_what_a_case_worker_wrote_as_the_solution():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=3)
        store.tickets[ticket["id"]]["solution"] = "<p>Skrevet av en saksbehandler.</p>"
        stage.pureservice.faults.add(no_notes())
        await stage.tick()
        await stage.handle_next()
        await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="x")
        for _ in range(3):
            await stage.tick()
            await stage.drain()

        solution = store.tickets[ticket["id"]]["solution"]
        assert "Skrevet av en saksbehandler." in solution
        assert solution.count("Utsendelsen er stoppet") == 1
