"""What a dispatch waits for, how fast it goes and when it is done, from rows alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import BatchState, Channel, DispatchState, SenderState
from dispatch.pacing import Snapshot, Waiting, Waits, forecast, per_minute, waiting
from tests.builders import NOON, a_batch, a_dispatch, some_settings

MAILBOX = "utsending@etat.example"
B, D = BatchState, DispatchState
SOON, LATER = NOON + timedelta(minutes=4), NOON + timedelta(hours=2)


def expected_done(seen: Snapshot):
    found = forecast(seen)
    return found and found.done


def minutes(count: float):
    return NOON + timedelta(minutes=count)


def seen(*batches, state=D.SENDING, sender=None, written=None, settings=None, now=NOON, **head) -> Snapshot:
    senders = {MAILBOX: sender} if sender else {}
    head = {"planned_at": NOON - timedelta(hours=1), **head}
    return Snapshot(
        a_dispatch(state=state, **head), batches, written or {}, senders, some_settings(**(settings or {})), now
    )


def test_states_that_are_not_sending_wait_for_what_their_name_says():
    told = {state: waiting(seen(a_batch(), state=state)).what for state in D if state is not D.SENDING}

    assert told == {
        D.PLANNING: Waits.PLAN,
        D.STOPPED: Waits.PERSON,
        D.RESOLVING: Waits.REPORT,
        D.RESOLVED: Waits.NOTHING,
        D.REJECTING: Waits.NOTHING,
        D.REJECTED: Waits.NOTHING,
    }


def test_a_report_that_is_being_written_knows_since_when():
    assert waiting(seen(a_batch(), state=D.RESOLVING, changed=NOON)) == Waiting(Waits.REPORT, since=NOON)


def a_part(number: int = 0, **values):
    return a_batch(number, **{"size": 10, "to_send": 10, **values})


@pytest.mark.parametrize(
    ("batches", "sender", "settings", "expected"),
    [
        ([a_part(state=B.RECORDED, delivered=10)], None, {}, Waiting(Waits.REPORT)),
        ([a_part(state=B.LEASED, lease_until=SOON)], None, {}, Waiting(Waits.NOTHING)),
        ([a_part(state=B.LEASED, lease_until=NOON)], None, {}, Waiting(Waits.TURN)),
        ([a_part(state=B.RELEASED)], None, {}, Waiting(Waits.TURN)),
        ([a_part()], None, {}, Waiting(Waits.TURN)),
        ([a_part(state=B.RELEASED, due=SOON)], None, {}, Waiting(Waits.RATE, SOON)),
        ([a_part()], SenderState(MAILBOX, not_before=LATER), {}, Waiting(Waits.THROTTLED, LATER)),
        ([a_part(state=B.RELEASED, due=SOON, refusals=2)], None, {}, Waiting(Waits.REFUSED, SOON)),
        (
            [a_part(), a_part(1, state=B.RELEASED, due=LATER)],
            SenderState(MAILBOX, sent_by_hour={"2026-11-23T12+0000": 25}),
            {"MAIL_DAILY_LIMIT": "30", "MAIL_RATE_PER_MINUTE": "30"},
            Waiting(Waits.QUOTA, LATER),
        ),
        ([a_part(under_way=10, channel=Channel.EFORMIDLING, due=SOON)], None, {}, Waiting(Waits.RECEIPTS, SOON)),
    ],
)
def test_what_is_waited_for(batches, sender, settings, expected):
    assert waiting(seen(*batches, sender=sender, settings=settings)) == expected


def test_outside_the_send_window_the_next_opening_is_told():
    told = waiting(seen(a_part(), settings={"DISPATCH_SEND_WINDOW": "mon-fri 08:00-12:00"}))

    assert told.what is Waits.WINDOW
    assert told.until == NOON + timedelta(hours=19)  # 13:00 in Oslo now; 08:00 tomorrow


def test_the_rate_counts_what_was_written_lately_and_is_unknown_at_first():
    batches = [a_part(n, state=B.RECORDED, delivered=8, failed=2) for n in range(3)]
    written = {0: minutes(-30), 1: minutes(-5), 2: minutes(-1)}

    assert per_minute(seen(*batches, written=written)) == 2.0
    assert per_minute(seen(*batches, written=written, planned_at=minutes(-0.1))) is None
    assert per_minute(seen(*batches, written={}, planned_at=minutes(-30))) is None


def test_done_is_reckoned_by_the_present_rate():
    batches = [a_part(0, state=B.RECORDED, delivered=10), *(a_part(n, state=B.RELEASED) for n in (1, 2))]

    told = expected_done(seen(*batches, written={0: minutes(-1)}, planned_at=minutes(-10)))

    assert told == minutes(20), "ten in ten minutes, and twenty are left"


def test_done_is_no_earlier_than_the_pace_the_quota_and_the_window_allow():
    left = [a_part(n) for n in range(3)]

    paced = expected_done(seen(*left, settings={"MAIL_RATE_PER_MINUTE": "5"}))
    assert paced == minutes(6)
    windowed = expected_done(seen(*left, settings={"DISPATCH_SEND_WINDOW": "mon-fri 08:00-12:00"}))
    assert windowed is not None
    assert windowed >= NOON + timedelta(hours=19)
    full = SenderState(MAILBOX, sent_by_hour={"2026-11-23T12+0000": 30})
    limited = expected_done(seen(*left, sender=full, settings={"MAIL_RATE_PER_MINUTE": "60", "MAIL_DAILY_LIMIT": "30"}))
    assert limited is not None
    assert limited >= NOON + timedelta(hours=23)


def test_nothing_left_or_not_sending_has_no_expected_end():
    assert expected_done(seen(a_part(state=B.RECORDED))) is None
    assert expected_done(seen(a_part(), state=D.STOPPED)) is None
    assert expected_done(seen(a_part())) is None, "without pace and without a rate nobody can tell"


@given(
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=5),
    done=st.integers(1, 200),
    began=st.integers(1, 600),
    rate=st.sampled_from(["0", "1", "7", "30", "600"]),
    rest=st.sampled_from([0, 30, 600]),
)
def test_a_time_that_names_a_rate_was_made_from_that_rate(sizes, done, began, rate, rest):
    batches = [a_part(0, size=done, to_send=done, state=B.RECORDED, delivered=done)]
    batches += [a_part(n, size=size, to_send=size) for n, size in enumerate(sizes, 1)]
    sender = SenderState(MAILBOX, not_before=NOON + timedelta(seconds=rest)) if rest else None
    now = seen(
        *batches,
        sender=sender,
        written={0: minutes(-0.1)},
        planned_at=NOON - timedelta(seconds=began),
        settings={"MAIL_RATE_PER_MINUTE": rate},
    )

    found = forecast(now)

    if found and found.rate:
        starts = max(NOON, waiting(now).until or NOON)
        assert found.done == starts + timedelta(minutes=sum(sizes) / found.rate)
