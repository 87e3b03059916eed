"""Letters with values and files of their own, where transports fail and workers die: never another's."""

import pytest

from dispatch.core import SendBatch
from local.arrived import arrived
from local.merged_case import SUBJECT, TEXT, Verdict, compared, people, put_file
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import Stage, a_stage

COUNT = 60


def prepared(stage: Stage) -> None:
    ticket = seed.add_ticket(stage.pureservice.store, "Vedtak")
    seed.add_dispatch_text(stage.pureservice.store, ticket, TEXT, subject=SUBJECT)
    put_file(stage.pureservice.store, ticket, people(COUNT), twice=3)


async def test_what_one_transport_refuses_the_other_sends_with_the_same_values_and_files() -> None:
    async with a_stage(DISPATCH_BATCH_SIZE="20") as stage:
        prepared(stage)
        stage.graph.faults.add(Fault(match="sendMail", status=503, times=2))
        stage.graph.faults.add(Fault(match="sendMail", status=403, times=2))
        await stage.run()

        assert stage.graph.received
        assert stage.smtp.received
        assert set(stage.received().values()) == {1}
        assert len(stage.received()) == COUNT
        assert compared(arrived(stage.graph.received, stage.smtp.received), people(COUNT)) == Verdict(0, 0)


@pytest.mark.parametrize("records", [1, 2])
async def test_whoever_takes_over_from_a_worker_that_died_gives_everybody_their_own(records: int) -> None:
    async with a_stage(DISPATCH_BATCH_SIZE="20") as stage:
        prepared(stage)
        await stage.tick()
        message = stage.queues.take(SendBatch)
        assert isinstance(message, SendBatch)
        await stage.dies_in_flight(message, records=records)
        await stage.run()

        assert set(stage.received().values()) == {1}
        assert len(stage.received()) == COUNT
        assert compared(arrived(stage.graph.received, stage.smtp.received), people(COUNT)) == Verdict(0, 0)
