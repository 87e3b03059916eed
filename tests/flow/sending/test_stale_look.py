"""A status that a process remembers is enough to go on, and never enough to stop."""

from datetime import timedelta

from dispatch.core import SendBatch
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

READY = "Til ekspedering"


def set_by_a_person(stage: Stage, ticket: Row, name: str) -> None:
    """The status as Pureservice has it; what the process remembers stays as it is."""
    store = stage.pureservice.store
    store.update("ticket", store.tickets[ticket["id"]], {"statusId": seed.status_id(store, name)})


async def test_a_worker_that_remembers_the_status_from_before_go_on_does_not_stop_it_again():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        first = stage.queues.take(SendBatch)
        assert first is not None
        set_by_a_person(stage, ticket, "Under arbeid")
        stage.services.watch.forget()
        await stage.handle(first)  # it stops, and remembers why
        assert stage.dispatch_of(ticket).state == "stopped"

        stage.clock.now += timedelta(seconds=5)
        set_by_a_person(stage, ticket, READY)
        stops = stage.dispatch_of(ticket).rounds.stops
        await stage.tick()
        await stage.drain(hours=0.2)

        assert stage.dispatch_of(ticket).rounds.stops == stops
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(3)}
