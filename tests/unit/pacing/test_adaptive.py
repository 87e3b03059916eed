"""The pace of a mailbox that throttles: spread at first, then slower, and faster again with time."""

from datetime import timedelta

import pytest

from dispatch.core import SenderState
from dispatch.pacing import adaptive, slots
from local.in_memory import MemoryLedger
from tests.builders import NOON

MAILBOX = "utsending@etat.example"
FRESH = SenderState(MAILBOX)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_one_that_never_throttled_sends_what_there_is():
    assert adaptive.portion(FRESH, 30, NOON, 96) is None
    assert adaptive.rate_now(FRESH, 30, NOON) == 30


def test_the_first_refusal_tells_of_the_burst_and_not_of_the_rate():
    once = adaptive.throttled(FRESH, 30, NOON)

    assert (adaptive.rate_now(once, 30, NOON), adaptive.portion(once, 30, NOON, 96)) == (30, 30)


def test_one_that_is_refused_again_is_slowed_and_time_makes_it_faster():
    twice = adaptive.throttled(adaptive.throttled(FRESH, 30, NOON), 30, NOON + minutes(1))
    at = NOON + minutes(1)

    assert adaptive.rate_now(twice, 30, at) == 25.5
    assert adaptive.rate_now(twice, 30, at + minutes(10)) == 27.5
    assert adaptive.rate_now(twice, 30, at + minutes(60)) == 30
    assert adaptive.portion(twice, 30, at + minutes(24 * 60), 96) is None


@pytest.mark.parametrize(("rate", "slowest"), [(30, 5), (3, 3), (0, 0)])
def test_it_is_never_slowed_to_a_standstill(rate, slowest):
    state = FRESH
    for _ in range(50):
        state = adaptive.throttled(state, rate, NOON)

    assert adaptive.rate_now(state, rate, NOON) == slowest


@pytest.mark.parametrize(("allowed", "least_share", "most_refusals"), [(30, 0.95, 1), (20, 0.9, 12), (8, 0.9, 50)])
def test_the_allowed_rate_is_used_whatever_it_is(allowed, least_share, most_refusals):
    """A server that allows so many in any minute, while 30 are set; letters leave as soon as the pace says."""
    state, now, sent, refusals = FRESH, NOON, [], 0
    while len(sent) < 2000:
        batch = 96 - len(sent) % 96  # one ends, and the next begins
        portion = adaptive.portion(state, 30, now, batch)
        portion = batch if portion is None else portion
        room = allowed - sum(at > now - minutes(1) for at in sent[-200:])
        sent += [now] * min(portion, room)
        if portion > room:
            refusals += 1
            state = adaptive.throttled(state, 30, now)
            now = max(now, sent[-allowed] + minutes(1))
        elif portion:
            state = adaptive.spread(state, portion, now)
        else:
            now = adaptive.room_at(state, 30, now, batch)
    used = len(sent) / ((now - NOON) / minutes(1)) / allowed

    assert used >= least_share
    assert refusals <= most_refusals


async def test_a_worker_gets_a_portion_and_the_next_one_waits_for_its_time():
    ledger = MemoryLedger()
    await slots.rest(ledger, MAILBOX, NOON, rate=30, now=NOON)

    async def take(owner: str, after: float) -> slots.Held:
        now = NOON + timedelta(seconds=after)
        return await slots.take_slot(
            ledger, MAILBOX, owner, wanted=3, capacity=3, now=now, seconds=120, rate=30, letters=96
        )

    first = await take("one", 0)
    await slots.give_slot(ledger, MAILBOX, "one", held=first)
    second = await take("two", 20)
    third = await take("three", 60)

    assert (first.permits, first.portion) == (3, 30)
    assert (second.permits, second.until) == (0, NOON + timedelta(seconds=60))
    assert (third.permits, third.portion) == (3, 30)
