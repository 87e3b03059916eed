"""Who takes which batch, of several mailboxes that share what waits."""

from collections import Counter, deque
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import Batch, DispatchKey, SenderState
from dispatch.pacing.pace import Pace
from dispatch.pacing.placing import Allotment, Budget
from dispatch.settings import TENANT, Sender
from tests.builders import NOON, a_batch

GIANT, SMALL = DispatchKey("1-1"), DispatchKey("2-2")
A, B, C = (Sender(f"{name}@etat.example", 3, rate=30.0, of_pool=True) for name in "abc")
AHEAD = NOON + timedelta(minutes=7)


def fresh(*senders: Sender) -> dict[Sender, SenderState]:
    return {sender: SenderState(sender.name) for sender in senders or (A, B, C)}


def pace(_key: DispatchKey, sender: Sender) -> Pace:
    return Pace(sender.rate, sender.daily_limit)


def batches(count: int, *, key: DispatchKey = GIANT, size: int = 60, **values: object) -> deque[Batch]:
    return deque(a_batch(n, dispatch=key, to_send=size, size=size, **values) for n in range(count))


def placed(states, *waiting, horizon=AHEAD, budget=None):
    return Allotment(states, pace, now=NOON, budget=budget).place(waiting, horizon=horizon)


def test_each_goes_to_the_one_that_can_take_it_first():
    states = fresh() | {A: SenderState(A.name, not_before=NOON + timedelta(minutes=3))}

    found = placed(states, batches(20))

    assert Counter(one.sender for one in found) == {B: 4, C: 4, A: 3}
    assert [one.sender for one in found[:2]] == [B, C]


def test_one_that_refuses_gets_nothing_while_another_takes_letters():
    refused = SenderState(A.name, refused_until=NOON + timedelta(minutes=1))

    assert {one.sender for one in placed(fresh() | {A: refused}, batches(20))} == {B, C}
    assert placed({A: refused}, batches(1))[0].sender == A  # where all refuse, each is tried again


def test_a_bound_batch_goes_by_its_own_and_keeps_nobody_waiting():
    late = SenderState(A.name, not_before=NOON + timedelta(hours=2))
    waiting = deque([*batches(2, mailbox=A.name), *batches(3)])

    found = placed(fresh() | {A: late}, waiting)

    assert {one.sender for one in found} == {B, C}
    assert len(found) == 3
    assert [batch.mailbox for batch in waiting] == [A.name, A.name]


def test_where_nobody_takes_more_what_is_bound_elsewhere_still_goes():
    gone = Sender("gone@etat.example", 3, rate=30.0)
    busy = {one: SenderState(one.name, paced_until=NOON + timedelta(hours=1)) for one in (A, B)}

    found = placed(busy | {gone: SenderState(gone.name)}, deque([*batches(1), *batches(1, mailbox=gone.name)]))

    assert [one.sender for one in found] == [gone]


def test_what_a_mailbox_out_of_the_pool_has_begun_is_all_that_it_gets():
    gone = Sender("gone@etat.example", 3)

    assert gone not in {one.sender for one in placed(fresh() | {gone: SenderState(gone.name)}, batches(30))}


def test_without_a_pool_nothing_is_booked_on_a_mailbox_that_was_of_one():
    alone, gone = (Sender(name, 3, rate=30.0) for name in ("utsending@etat.example", "gone@etat.example"))
    waiting = deque([*batches(1, mailbox=gone.name), *batches(9)])

    found = placed(fresh(alone, gone), waiting)

    assert [(one.sender.name, one.due) for one in found if not one.batch.mailbox] == [
        (alone.name, NOON + timedelta(minutes=2 * n)) for n in range(4)
    ]


@given(
    st.lists(st.integers(1, 96), min_size=1, max_size=40),
    st.lists(st.integers(0, 90), min_size=1, max_size=4),
    st.integers(96, 600),
)
def test_nobody_waits_longer_than_by_any_other_and_the_tenants_day_is_kept(sizes, busy_until, per_day):
    """Of every batch: no other mailbox could have had it earlier; and together they keep to the limit of the day."""
    senders = [replace(A, name=f"{n}@etat.example") for n in range(len(busy_until))]
    states = {
        sender: SenderState(sender.name, paced_until=NOON + timedelta(minutes=minutes))
        for sender, minutes in zip(senders, busy_until, strict=True)
    }
    waiting = deque(a_batch(n, dispatch=GIANT, to_send=size, size=size) for n, size in enumerate(sizes))

    allotment = Allotment(states, pace, now=NOON, budget=Budget(per_day, SenderState(TENANT)))
    found = allotment.place([waiting], horizon=NOON + timedelta(days=400))

    assert [one.batch.number for one in found] == list(range(len(sizes)))
    for one in found:
        within = [b.batch.to_send for b in found if one.due <= b.due < one.due + timedelta(hours=24)]
        assert sum(within) <= per_day
    for sender in senders:
        mine = [one for one in found if one.sender == sender]
        for first, second in pairwise(mine):
            assert second.due - first.due >= timedelta(minutes=first.batch.to_send / sender.rate)


def test_a_small_one_waits_for_one_batch_of_a_giant():
    found = placed(fresh(), batches(100, size=96), batches(1, key=SMALL, size=12))

    assert [one.batch.dispatch for one in found[:2]] == [GIANT, SMALL]
    assert found[1].due == NOON
