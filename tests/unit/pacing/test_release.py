"""Which batches are released, and when: pace, turns, horizon."""

from collections import deque
from dataclasses import replace
from datetime import timedelta

from dispatch.core import Channel, DispatchKey, Scenario, SenderState
from dispatch.pacing import batch_size
from dispatch.pacing.pace import Pace
from dispatch.pacing.placing import Allotment
from dispatch.pacing.rate import recipients_per_minute
from dispatch.settings import Sender, senders_of
from tests.builders import NOON, a_batch, a_dispatch, some_settings

GIANT, SMALL = DispatchKey("1-1"), DispatchKey("2-2")
MAILBOX = Sender("utsending@etat.example", 3)
FRESH = SenderState(MAILBOX.name)


def batches(key, count, *, size=60):
    return deque(a_batch(number, dispatch=key, to_send=size, size=size) for number in range(count))


def placed(waiting, *, pace, minutes=7, sender=FRESH):
    horizon = NOON + timedelta(minutes=minutes)
    found = Allotment({MAILBOX: sender}, lambda _key, _sender: pace, now=NOON).place(waiting, horizon=horizon)
    return [(one.batch.dispatch, one.batch.number, (one.due - NOON).total_seconds() / 60) for one in found]


def test_only_what_comes_due_before_the_horizon_is_released():
    assert placed([batches(GIANT, 50)], pace=Pace(30, 0)) == [(GIANT, n, n * 2.0) for n in range(4)]


def test_dispatches_that_share_a_mailbox_take_turns():
    found = placed([batches(GIANT, 50), batches(SMALL, 1)], pace=Pace(30, 0))

    assert [key for key, _, _ in found] == [GIANT, SMALL, GIANT, GIANT]


def test_with_no_rate_everything_goes_at_once():
    assert {due for _, _, due in placed([batches(GIANT, 50)], pace=Pace(0, 0))} == {0.0}


def test_25_000_recipients_take_three_days_at_the_daily_limit():
    waiting, sender, pace = batches(GIANT, 261, size=96), FRESH, Pace(30, 10_000)
    now, days = NOON, []
    while waiting:
        allotment = Allotment({MAILBOX: sender}, lambda _key, _sender: pace, now=now)
        for one in allotment.place([waiting], horizon=now + timedelta(minutes=7)):
            days.append(((one.due - NOON) // timedelta(hours=24), one.batch.to_send))
        sender = allotment.states[MAILBOX]
        now += timedelta(minutes=5)

    by_day = {day: sum(n for d, n in days if d == day) for day in {d for d, _ in days}}
    assert sum(by_day.values()) == 261 * 96
    assert set(by_day) == {0, 1, 2}
    assert all(n <= 10_000 for n in by_day.values())


def test_a_dispatch_with_cases_goes_no_faster_than_pureservices_requests_allow():
    dispatch = a_dispatch(scenario=Scenario.ONE_TO_ONE)
    settings = some_settings(PURESERVICE_REQUESTS_PER_MINUTE="60", MAIL_RATE_PER_MINUTE="0")
    (mailbox,) = senders_of(Channel.EMAIL, settings)

    assert recipients_per_minute(dispatch, mailbox, settings) == 20
    assert batch_size(dispatch, settings) == 20
    assert recipients_per_minute(replace(dispatch, scenario=Scenario.ONE_TO_MANY), mailbox, settings) == 0


def test_a_batch_is_never_larger_than_the_days_limit():
    """It once was, and went out whole."""
    for limit, size in (("10", 10), ("0", 96), ("5000", 96)):
        assert batch_size(a_dispatch(), some_settings(MAIL_DAILY_LIMIT=limit)) == size
