"""A mailbox with a limit a minute: the allowed rate is used, and nothing is refused that could have been avoided."""

from datetime import timedelta

from tests.stage import a_stage


async def test_the_allowed_rate_is_used_and_only_the_first_burst_is_refused():
    """2,000 letters, 30 a minute allowed and set."""
    async with a_stage(MAIL_RATE_PER_MINUTE="30", MAIL_MAILER="microsoft-graph") as stage:
        stage.graph.switches.minute_limit = 30
        stage.seed(members=2000)
        await stage.run()

        at = [mail.at for mail in stage.graph.received]
        assert len(at) == 2000
        assert 2000 / 30 * 60 / (at[-1] - at[0]) >= 0.95
        refused = [one for one in stage.graph.requests if one.status == 429]
        assert len(refused) <= 3  # those that were under way together, before anybody knew
        assert set(stage.received().values()) == {1}


async def test_a_mailbox_that_may_send_less_than_is_set_is_slowed_and_loses_nobody():
    async with a_stage(MAIL_RATE_PER_MINUTE="30", MAIL_MAILER="microsoft-graph") as stage:
        stage.graph.switches.minute_limit = 15
        ticket = stage.seed(members=150)
        began = stage.clock()
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 150}
        assert stage.clock() - began <= timedelta(minutes=20)
        assert set(stage.received().values()) == {1}
