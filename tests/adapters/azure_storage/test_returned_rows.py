"""What came back, in the rows: an application of the version before, which knows no such outcome."""

from dataclasses import replace

from dispatch.adapters.azure_storage.journal_columns import (
    batch_entity,
    batch_from,
    recipient_entity,
    recipient_from,
)
from dispatch.core import OutcomeCounts, Reason, RecipientState, ReturnCause, Returned
from tests.builders import KEY, NOON, a_batch, a_recipient


def test_the_version_before_reads_it_as_delivered_in_row_and_counts():
    row = a_recipient(state=RecipientState.RETURNED)
    back = replace(row, attempt=replace(row.attempt, returned=Returned(NOON, ReturnCause.MAILBOX_FULL, "5.2.2")))

    entity = recipient_entity(KEY, back)

    assert entity["state"] == RecipientState.DELIVERED
    assert recipient_from(entity) == back
    counts = OutcomeCounts(delivered=3, returned=1, failed=2)
    written = batch_entity(replace(a_batch(), counts=counts))
    assert (written["delivered"], written["failed"]) == (4, 2)
    assert batch_from(KEY, written).counts == counts


def test_what_the_version_before_wrote_is_read_as_it_stands():
    row = a_recipient(state=RecipientState.DELIVERED)

    assert recipient_from(recipient_entity(KEY, row)) == row
    counts = OutcomeCounts(delivered=4, failed=2)
    assert batch_from(KEY, batch_entity(replace(a_batch(), counts=counts))).counts == counts


def test_a_reason_that_the_version_before_does_not_know_is_written_as_one_that_it_does():
    row = a_recipient(state=RecipientState.FAILED, reason=Reason.EXPIRED)

    entity = recipient_entity(KEY, row)

    assert entity["reason"] == Reason.GAVE_UP
    assert recipient_from(entity) == row
