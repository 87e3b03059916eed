"""A success that is not Pureservice's own says nothing of what was done."""

from dispatch.core import DispatchError
from dispatch.steering import actions
from local.simulators.faults import Fault
from tests.stage import a_stage

PAGE = {"status": 200, "body": "<html>Logg inn</html>", "content_type": "text/html"}


async def test_a_report_that_a_proxy_swallowed_is_written_anew():
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        stage.pureservice.faults.add(Fault(match=r"(PUT|PATCH) .*/ticket/", times=1, **PAGE))
        await stage.run(hours=6)
        assert stage.solutions_on(ticket)


async def test_a_stop_that_a_proxy_swallowed_is_not_said_to_be_done():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=4)
        await stage.tick()
        await stage.handle(stage.queues.take())
        stage.pureservice.faults.add(Fault(match=r"PATCH .*/ticket/", times=1, **PAGE))
        said = "stopped"
        try:
            await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="x")
        except DispatchError as error:
            said = str(error)
        await stage.run(hours=2)
        assert said != "stopped" or sum(stage.received().values()) < 4
