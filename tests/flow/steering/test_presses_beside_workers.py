"""A press while a worker sends puts nothing in doubt, and one that changed something says so."""

import pytest

from dispatch import tick
from dispatch.core import HalfDone, TicketSystemError
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage


async def test_going_on_leaves_a_batch_that_is_being_sent_alone():
    async with a_stage(MAIL_MAILER="microsoft-graph", MAIL_RECONCILE="off", DISPATCH_BATCH_SIZE="4") as stage:
        body = '{"error":{"code":"ErrorAccessDenied"}}'
        stage.graph.faults.add(Fault(match=r"POST .*/sendMail", status=403, body=body, times=4))
        ticket = stage.seed(members=4)
        await stage.tick()
        await stage.drain()  # refused: it waits for a minute
        assert stage.states_of(ticket) == {"planned": 4}
        key = stage.dispatch_of(ticket).key
        transport = stage.services.transports[0]
        send, pressed = transport.send, []

        async def and_somebody_presses(mail, **more):
            accepted = await send(mail, **more)
            if not pressed:
                pressed.append(True)
                await actions.stop(key, stage.services, who="x")
                await actions.resume(key, stage.services, who="x")
                stage.services.watch.forget()
                await tick.run(stage.services)
            return accepted

        transport.send = and_somebody_presses
        stage.clock.move(61)
        await stage.run(hours=3)
        assert stage.states_of(ticket) == {"delivered": 4}


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "after"}])
async def test_a_press_that_came_half_way_is_not_said_to_have_changed_nothing(fault):
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2)
        await stage.run()
        (listed,) = [row for row in store.assets.values() if row.get("name") == "Listen"]
        seed.add_member(store, listed, seed.add_user(store, "Ny", "En", email="ny@eksempel.example"))
        stage.pureservice.faults.add(Fault(match=r"PATCH .*/ticket/", times=1, **fault))
        key = stage.dispatch_of(ticket).key
        with pytest.raises((TicketSystemError, HalfDone)) as told:
            await actions.send_to_added(key, stage.services, who="x")
        state = str(stage.ledger.heads[key].state)
        await stage.run(hours=1)
        assert isinstance(told.value, HalfDone) or state == "resolved"
