"""What one transport has perhaps sent no other sends, and the words say how often it was sent."""

from dispatch.steering import actions
from local.simulators.faults import Fault
from tests.stage import a_stage

SEND = r"POST .*/sendMail"


async def test_a_changed_mailer_does_not_send_what_another_transport_perhaps_sent():
    async with a_stage(MAIL_MAILER="microsoft-graph", DISPATCH_IN_DOUBT="resend", DISPATCH_GIVE_UP_HOURS="2") as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="after"))
        ticket = stage.seed(members=1)
        await stage.tick()
        await stage.drain()
        assert stage.states_of(ticket) == {"in_doubt": 1}
        stage.change(MAIL_MAILER="smtp")
        await stage.run()
        assert sum(stage.received().values()) == 1


async def test_a_repeat_that_graph_refuses_does_not_go_by_smtp():
    async with a_stage(DISPATCH_IN_DOUBT="resend", MAIL_RECONCILE="off", DISPATCH_GIVE_UP_HOURS="1") as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="after"))
        stage.graph.faults.add(Fault(match=SEND, status=403, body='{"error":{"code":"ErrorAccessDenied"}}', times=None))
        stage.seed(members=1)
        await stage.run(hours=2)
        assert len(stage.smtp.received) == 0


SEND = r"POST .*/sendMail"


async def test_what_was_sent_again_is_not_said_not_to_have_been():
    async with a_stage(MAIL_MAILER="microsoft-graph", MAIL_RECONCILE="off") as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="after"))
        ticket = stage.seed(members=1)
        await stage.run()
        stage.graph.faults.add(Fault(match=SEND, drop="after"))
        await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="x", uncertain=True)
        await stage.run()
        assert stage.received() == {"kari0@eksempel.example": 2}
        assert "Den er ikke sendt på nytt, så ingen får den to ganger" not in stage.solutions_on(ticket)[-1]
