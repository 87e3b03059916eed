"""The table of steps: whoever is not done stands before a step, whatever kind of recipient it is."""

import pytest

from dispatch.core import Channel, OwnTicketTemplate, RecipientState, Scenario
from dispatch.sending.batch_work import work_on
from dispatch.sending.steps import STEPS, Kind, kind_of, steps_of
from tests.builders import a_batch, a_dispatch, a_letter, a_recipient
from tests.stage import a_stage

R = RecipientState
TEMPLATE = OwnTicketTemplate(9001, "Høring", "", "Høring", "<p>Hei</p>", {})
ONE_TO_ONE = {"scenario": Scenario.ONE_TO_ONE}
BY_PURESERVICE = {"PURESERVICE_121_SEND_VIA": "pureservice"}
KINDS = [
    ({}, {}, Channel.EMAIL, Kind.EMAIL),
    ({}, {}, Channel.EFORMIDLING, Kind.EXCHANGE),
    ({}, {"scenario": Scenario.REPLY}, Channel.EFORMIDLING, Kind.EXCHANGE),
    ({}, ONE_TO_ONE, Channel.TICKET, Kind.OWN_TICKET),
    ({}, ONE_TO_ONE, Channel.EFORMIDLING, Kind.OWN_TICKET),
    (BY_PURESERVICE, ONE_TO_ONE, Channel.TICKET, Kind.OWN_TICKET_MESSAGE),
    (BY_PURESERVICE, ONE_TO_ONE, Channel.EFORMIDLING, Kind.OWN_TICKET),
]


@pytest.mark.parametrize(("settings", "scenario", "channel", "kind"), KINDS)
async def test_every_recipient_that_is_not_done_stands_before_a_step_of_its_kind(settings, scenario, channel, kind):
    own = bool(scenario == ONE_TO_ONE)
    states = [R.PLANNED, R.IN_DOUBT] + ([R.UNDER_WAY] if channel is Channel.EFORMIDLING else [])
    rows = [a_recipient(index=n, state=state, channel=channel) for n, state in enumerate(states)]
    if own:
        opened = {"channel": channel, "case_id": 7, "case_number": 10300}
        ended = (R.DELIVERED, R.FAILED, R.UNCERTAIN)
        rows += [a_recipient(index=9 + n, state=s, **opened) for n, s in enumerate((*states, *ended))]
    async with a_stage(**settings) as stage:
        work = work_on(
            stage.services,
            a_dispatch(**scenario),
            a_batch(channel=channel),
            rows,
            a_letter(),
            template=TEMPLATE if own else None,
            permits=4,
        )
        steps = steps_of(work)
        assert kind_of(work) is kind
        assert len(steps) == len(STEPS[kind])
        assert work.rows.left == rows
        assert [row for row in rows if not any(step.wants(row) for step in steps)] == []


async def test_nobody_who_is_done_stands_before_a_step():
    done = [
        a_recipient(index=0, state=R.DELIVERED, case_id=7, case_note="written"),
        a_recipient(index=1, state=R.FAILED, case_id=8, case_note="refused"),
        a_recipient(index=2, state=R.SKIPPED),
        a_recipient(index=3, state=R.FAILED, case_id=9, superseded=True),
    ]
    async with a_stage() as stage:
        for channel in Channel:
            work = work_on(
                stage.services,
                a_dispatch(**ONE_TO_ONE),
                a_batch(channel=channel),
                done,
                a_letter(),
                template=TEMPLATE,
                permits=1,
            )
            assert work.rows.left == []
            assert not any(step.wants(row) for step in steps_of(work) for row in done)
