"""What the log says of a dispatch: whether it waits on purpose, which an alert must not take for a standstill."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import BatchState, Channel, DispatchState
from dispatch.watching import numbers
from tests.builders import NOON, a_batch, a_dispatch

B = BatchState
SOON, LATER = NOON + timedelta(seconds=20), NOON + timedelta(hours=1)
RECEIPTS: dict[str, Any] = {"channel": Channel.EFORMIDLING, "size": 4, "to_send": 4, "under_way": 3, "delivered": 1}


@pytest.mark.parametrize(
    ("batches", "waits"),
    [
        ([a_batch(state=B.PLANNED)], True),
        ([a_batch(state=B.RELEASED, due=LATER)], True),
        ([a_batch(state=B.RELEASED, due=SOON)], False),
        ([a_batch(state=B.LEASED)], False),
        ([a_batch(state=B.RELEASED, due=SOON, **RECEIPTS)], True),
        ([a_batch(state=B.RELEASED, due=SOON, **RECEIPTS), a_batch(1, state=B.PLANNED)], True),
        ([a_batch(state=B.RELEASED, due=SOON, **RECEIPTS), a_batch(1, state=B.LEASED)], False),
        ([a_batch(state=B.RELEASED, due=SOON, **{**RECEIPTS, "under_way": 2})], False),
        ([a_batch(state=B.RECORDED)], False),
    ],
)
def test_a_dispatch_waits_on_purpose_where_every_batch_does(batches, waits):
    told = numbers(a_dispatch(state=DispatchState.SENDING), batches, NOON)

    assert told["waiting"] is waits
