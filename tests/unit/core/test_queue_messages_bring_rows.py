"""The first message of a batch brings its row, and never anything that the row does not say."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core import Batch, BatchState, Channel, Lease, Refusals, SendBatch
from tests.builders import KEY, NOON, a_batch, a_recipient

FRESH = replace(a_batch(3, state=BatchState.RELEASED, release=1, due=NOON, size=96, to_send=95), version='W/"v1"')


@pytest.mark.parametrize("channel", Channel)
def test_what_comes_off_the_queue_is_the_row_that_was_written(channel):
    batch = replace(FRESH, channel=channel)

    read = SendBatch.read(SendBatch.asking_for(batch).to_json().encode())

    assert read is not None
    assert read.released == batch
    assert read.without_row().released is None


@pytest.mark.parametrize(
    "worked_on",
    [
        replace(FRESH, attempts=1),
        replace(FRESH, refusals=Refusals(in_a_row=1)),
        replace(FRESH, lease=Lease("somebody", NOON + timedelta(minutes=2))),
        replace(FRESH, reached=NOON),
        replace(FRESH, journal=(a_recipient(),)),
        replace(FRESH, state=BatchState.PLANNED),
    ],
)
def test_a_batch_that_somebody_has_worked_on_is_read(worked_on: Batch):
    assert SendBatch.asking_for(worked_on).row is None


def test_a_message_of_the_version_before_is_read_and_ours_has_nothing_that_it_needs():
    older = SendBatch.read(b'{"version":1,"dispatch":"%s","traceparent":"","batch":3,"release":1}' % KEY.encode())

    assert older == SendBatch(dispatch=KEY, batch=3, release=1)
    assert older is not None
    assert older.released is None
