"""Two timers that find one ticket in the same moment each ask for its plan, and each writes a line in the index."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch import tick
from dispatch.core import PlanDispatch
from tests.stage import a_stage

MOMENTS = (timedelta(seconds=-30), timedelta(seconds=-1), timedelta(), timedelta(seconds=1), timedelta(seconds=30))


@pytest.mark.parametrize("apart", MOMENTS, ids=str)
async def test_a_ticket_that_two_have_begun_is_released_once_and_leaves_the_list_once(apart):
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        stage.seed(members=5)
        await tick.run(stage.services)
        message = stage.queues.take(PlanDispatch)
        assert message is not None
        (dispatch,) = stage.ledger.heads.values()
        await stage.ledger.create(replace(dispatch, created=dispatch.created + apart))

        await stage.handle(message)
        await stage.run()

        assert set(stage.received().values()) == {1}
        assert len(stage.received()) == 5
        await tick.run(stage.services)
        await tick.run(stage.services)
        assert stage.ledger.live == {}, "nothing is looked at for ever"
