"""A process that is frozen between its intents and its requests must not send when it wakes after its lease."""

from datetime import timedelta

from dispatch.core import RecipientState
from tests.stage import a_stage


async def test_a_worker_that_slept_past_its_lease_sends_nothing():
    async with a_stage() as stage:
        ticket = stage.seed(members=4)
        await stage.tick()
        message = stage.queues.take()
        assert message is not None
        record = stage.ledger.record
        frozen = False

        async def freezing(batch, recipients):
            nonlocal frozen
            written = await record(batch, recipients)
            if not frozen and any(row.state is RecipientState.IN_FLIGHT for row in recipients):
                frozen = True
                stage.clock.now += timedelta(seconds=stage.services.settings.dispatch_lease_seconds + 1)
            return written

        stage.ledger.record = freezing
        await stage.handle(message)
        assert frozen
        assert stage.graph.received == []
        assert stage.smtp.received == []

        await stage.run()
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(4)}
        assert stage.states_of(ticket) == {"delivered": 4}
