"""What a queue message meets before anything is taken: stale, recorded, leased, stopped."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import BatchState, DispatchState
from dispatch.sending import admit
from dispatch.sending.admission import Drop, Later
from tests.builders import NOON, a_batch, a_dispatch, a_send

SENDING = a_dispatch(state=DispatchState.SENDING)
RELEASED: dict[str, Any] = {"state": BatchState.RELEASED, "release": 1}


@pytest.mark.parametrize(
    ("dispatch", "batch", "why"),
    [
        (None, a_batch(**RELEASED), "unknown"),
        (SENDING, None, "unknown"),
        (SENDING, a_batch(state=BatchState.RECORDED, release=1), "recorded"),
        (a_dispatch(state=DispatchState.STOPPED), a_batch(**RELEASED), "dispatch is stopped"),
        (a_dispatch(state=DispatchState.PLANNING), a_batch(**RELEASED), "dispatch is planning"),
        (a_dispatch(state=DispatchState.RESOLVED), a_batch(**RELEASED), "dispatch is resolved"),
        (SENDING, a_batch(state=BatchState.RELEASED, release=2), "stale"),
        (SENDING, a_batch(state=BatchState.PLANNED, release=1), "not released"),
    ],
)
def test_a_message_with_nothing_to_do_is_dropped(dispatch, batch, why):
    assert admit(a_send(), dispatch, batch, NOON) == Drop(why)


def test_a_batch_that_another_worker_holds_comes_back_when_the_lease_ends():
    held = a_batch(state=BatchState.LEASED, release=1, lease_until=NOON + timedelta(seconds=30))

    verdict = admit(a_send(), SENDING, held, NOON)

    assert verdict == Later(31.0, "leased")
    assert admit(a_send(), SENDING, held, NOON + timedelta(seconds=30)) is None


def test_a_released_batch_goes_on():
    assert admit(a_send(), SENDING, a_batch(**RELEASED), NOON) is None
