"""A mailbox that lags, keeps items among the drafts, changes ids, or does not want to be asked."""

import pytest

from dispatch.core import Reason
from local.simulators.faults import Fault
from tests.stage import a_stage

SEND, LOOK = r"POST .*/sendMail", r"GET .*/messages"
EVERYONE = {f"kari{n}@eksempel.example": 1 for n in range(4)}


async def test_an_item_that_is_found_late_is_still_found(stage):
    stage.graph.switches.lookup_lag_ms = 200_000
    stage.graph.faults.add(Fault(match=SEND, drop="after"))
    ticket = stage.seed(members=4)

    await stage.run()

    assert stage.received() == EVERYONE
    assert stage.states_of(ticket) == {"delivered": 4}
    (row,) = [row for row in stage.rows_of(ticket) if row.doubt.looks]
    assert row.doubt.looks >= 1


async def test_an_item_that_is_still_among_the_drafts_is_waited_for(stage):
    stage.graph.switches.transit_ms = 200_000
    stage.graph.faults.add(Fault(match=SEND, drop="after"))
    ticket = stage.seed(members=4)

    await stage.run()

    assert stage.received() == EVERYONE
    assert stage.states_of(ticket) == {"delivered": 4}


async def test_a_server_that_drops_our_message_id_is_looked_up_by_the_marker(stage):
    stage.graph.switches.message_id = "replace"
    stage.graph.faults.add(Fault(match=SEND, drop="after"))
    ticket = stage.seed(members=4)

    await stage.run()

    assert stage.received() == EVERYONE
    assert stage.states_of(ticket) == {"delivered": 4}
    ids = {mail.message_id for mail in stage.graph.received}
    assert all(row.attempt.message_id in ids for row in stage.rows_of(ticket) if row.detail), (
        "the id that the mailbox gave"
    )


@pytest.mark.parametrize(
    "fault",
    [
        Fault(match=LOOK, status=429, headers={"Retry-After": "90"}, body="{}", times=2),
        Fault(match=LOOK, status=503, times=3),
        Fault(match=LOOK, drop="before", times=2),
        Fault(match=LOOK, status=200, body="{", times=2),
    ],
    ids=str,
)
async def test_a_look_that_fails_settles_nothing_and_is_tried_again(stage, fault):
    stage.graph.faults.add(Fault(match=SEND, drop="after"), fault)
    ticket = stage.seed(members=4)

    await stage.run()

    assert stage.received() == EVERYONE
    assert stage.states_of(ticket) == {"delivered": 4}


async def test_without_permission_to_look_the_outcome_is_uncertain_and_the_report_says_what_to_do(stage):
    stage.graph.switches.permissions = {"Mail.Send"}
    stage.graph.faults.add(Fault(match=SEND, drop="after"))
    ticket = stage.seed(members=4)

    await stage.run()

    assert stage.received() == EVERYONE
    assert stage.states_of(ticket) == {"delivered": 3, "uncertain": 1}
    (row,) = [row for row in stage.rows_of(ticket) if row.reason]
    assert row.reason is Reason.NOTHING_CAN_TELL
    assert row.address in stage.solutions_on(ticket)[0]


async def test_smtp_lost_after_the_final_dot_is_uncertain_and_never_repeated():
    from local.simulators.smtp import SmtpFault

    async with a_stage(MAIL_MAILER="smtp") as stage:
        stage.smtp.faults.append(SmtpFault(stage="drop_after_dot", times=1))
        ticket = stage.seed(members=4)
        await stage.run()

        assert stage.received() == EVERYONE
        assert stage.states_of(ticket) == {"delivered": 3, "uncertain": 1}


async def test_smtp_lost_before_the_final_dot_was_certainly_not_sent():
    from local.simulators.smtp import SmtpFault

    async with a_stage(MAIL_MAILER="smtp") as stage:
        stage.smtp.faults.append(SmtpFault(stage="drop_before_dot", times=1))
        ticket = stage.seed(members=4)
        await stage.run()

        assert stage.received() == EVERYONE
        assert stage.states_of(ticket) == {"delivered": 4}
