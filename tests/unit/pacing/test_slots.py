"""The sender of a mailbox: concurrency by slots, pace by rate and day."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import SenderState
from dispatch.pacing import slots
from dispatch.pacing.pace import Pace
from local.in_memory import MemoryLedger
from tests.builders import NOON

MAILBOX = "utsending@etat.example"


async def take(ledger, owner, *, wanted=3, capacity=3, now=NOON, seconds=120):
    return await slots.take_slot(ledger, MAILBOX, owner, wanted=wanted, capacity=capacity, now=now, seconds=seconds)


async def test_a_worker_that_finds_no_slot_is_told_when_one_ends():
    ledger = MemoryLedger()
    first = await take(ledger, "one")

    second = await take(ledger, "two")

    assert first.permits == 3
    assert second == slots.Held(0, NOON + timedelta(seconds=120))


async def test_a_slot_given_back_or_run_out_is_free():
    ledger = MemoryLedger()
    await take(ledger, "one")
    await slots.give_slot(ledger, MAILBOX, "one")
    assert (await take(ledger, "two")).permits == 3

    late = NOON + timedelta(seconds=121)
    assert (await take(ledger, "three", now=late)).permits == 3


async def test_permits_are_shared_and_never_exceed_the_capacity():
    ledger = MemoryLedger()

    held = [(await take(ledger, f"w{n}", wanted=2, capacity=3)).permits for n in range(4)]

    assert held == [2, 1, 0, 0]


async def test_a_worker_renews_its_own_slot():
    ledger = MemoryLedger()
    await take(ledger, "one")

    renewed = await take(ledger, "one", now=NOON + timedelta(seconds=90))

    assert (renewed.permits, renewed.until) == (3, NOON + timedelta(seconds=210))


async def test_a_throttled_mailbox_makes_everyone_wait():
    ledger = MemoryLedger()
    await slots.rest(ledger, MAILBOX, NOON + timedelta(seconds=40))
    await slots.rest(ledger, MAILBOX, NOON + timedelta(seconds=10))

    assert await take(ledger, "one") == slots.Held(0, NOON + timedelta(seconds=40))
    assert (await take(ledger, "one", now=NOON + timedelta(seconds=41))).permits == 3


def test_without_limits_everything_is_due_at_once():
    due, booked = Pace(0, 0).place(SenderState(MAILBOX), 96, NOON)

    assert due == NOON
    assert Pace(0, 0).place(booked, 96, NOON)[0] == NOON


def test_batches_follow_each_other_at_the_rate():
    pace, current = Pace(30, 0), SenderState(MAILBOX)
    due = []
    for _ in range(3):
        moment, current = pace.place(current, 60, NOON)
        due.append(moment - NOON)

    assert due == [timedelta(), timedelta(minutes=2), timedelta(minutes=4)]


def test_a_resting_mailbox_delays_the_next_batch():
    resting = SenderState(MAILBOX, not_before=NOON + timedelta(minutes=7))

    assert Pace(30, 0).place(resting, 60, NOON)[0] == NOON + timedelta(minutes=7)


def test_the_day_s_limit_moves_a_batch_to_when_the_window_has_slid():
    pace, current = Pace(0, 100), SenderState(MAILBOX)
    _, current = pace.place(current, 60, NOON)
    due, current = pace.place(current, 60, NOON + timedelta(hours=2))

    # The first hour's recipients leave the rolling day 24 hours after that hour ended.
    assert due == NOON + timedelta(hours=25)


def test_a_batch_larger_than_the_day_still_goes():
    assert Pace(0, 10).place(SenderState(MAILBOX), 60, NOON)[0] == NOON


@given(st.lists(st.integers(1, 96), min_size=1, max_size=80), st.integers(96, 400), st.integers(0, 60))
def test_no_rolling_day_ever_holds_more_than_the_limit(sizes, per_day, rate):
    pace, current = Pace(rate, per_day), SenderState(MAILBOX)
    placed = []
    for size in sizes:
        due, current = pace.place(current, size, NOON)
        placed.append((due, size))

    for start, _ in placed:
        within = sum(n for due, n in placed if start <= due < start + timedelta(hours=24))
        assert within <= per_day


def test_booking_forgets_hours_that_have_left_the_day():
    old = replace(SenderState(MAILBOX), sent_by_hour={"2026-11-21T10+00:00": 500})

    _, booked = Pace(0, 1000).place(old, 10, NOON)

    assert booked.sent_by_hour == {"2026-11-23T12+00:00": 10}


@pytest.mark.parametrize("owners", [2, 5])
async def test_two_workers_at_once_never_get_the_same_permits(owners):
    ledger = MemoryLedger()
    held = [await take(ledger, f"w{n}", wanted=3, capacity=4) for n in range(owners)]

    assert sum(h.permits for h in held) == 4
