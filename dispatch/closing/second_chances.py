"""What becomes of a batch after a fault of ours: it is tried again, later and later. Pure.

A setting that is misspelt, a table out of reach or a process that dies says nothing about a recipient. Nobody who was
never attempted gets an outcome from it, however long it lasts; a person may end the dispatch.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import (
    NOT_HELD,
    Batch,
    BatchState,
    Faults,
    Reason,
    Recipient,
    RecipientState,
    counts_of,
    only_ticket_begun,
)
from dispatch.sending import outcomes

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120))
#: Crashes without progress after which the sweep still releases a batch at once.
AT_ONCE = 3
_BEGUN = frozenset({RecipientState.IN_FLIGHT, RecipientState.IN_DOUBT})


def noted(batch: Batch, rows: Sequence[Recipient], now: datetime) -> Batch:
    """The batch with one more fault; the count begins anew where somebody got an outcome since the first."""
    since = batch.faults.since
    progress = since is None or any(row.has_outcome and row.changed and row.changed > since for row in rows)
    known = Faults() if progress else batch.faults
    return replace(batch, faults=replace(known, in_a_row=known.in_a_row + 1, since=known.since or now))


def postponed(batch: Batch, now: datetime, *, spared: int = 0) -> Batch:
    """The batch as planned, due after a pause that grows with its faults, the spared ones not counted."""
    pause = PAUSES[min(max(batch.faults.in_a_row - spared, 1), len(PAUSES)) - 1]
    faults = replace(batch.faults, waited=batch.faults.waited + pause.total_seconds())
    return replace(batch, state=BatchState.PLANNED, due=now + pause, lease=NOT_HELD, faults=faults)


def given_up(batch: Batch, rows: Sequence[Recipient], now: datetime, *, patience: timedelta) -> list[Recipient]:
    """Those who can't be tried any more: begun with, and in every worker's way for longer than our patience.

    The pauses that were granted are what counts, so that a stop uses up none of it. Whoever is certainly unsent waits
    for a person, and a message that eFormidling has is not among them: its receipt may still come.
    """
    if batch.faults.waited < patience.total_seconds():
        return []
    return [_ended(row, now) for row in rows if row.state in _BEGUN]


def ended(batch: Batch, rows: Sequence[Recipient], given_up: Collection[Recipient]) -> Batch:
    """The batch with those outcomes counted, and at its end where nobody is left."""
    now = {row.index: row for row in (*rows, *given_up)}.values()
    left = any(not row.has_outcome for row in now)
    return replace(batch, state=batch.state if left else BatchState.RECORDED, counts=counts_of(now))


def _ended(row: Recipient, now: datetime) -> Recipient:
    if row.state in _BEGUN and not only_ticket_begun(row):
        return outcomes.ended(row, RecipientState.UNCERTAIN, Reason.NOTHING_CAN_TELL, now)
    return outcomes.ended(row, RecipientState.FAILED, Reason.ABANDONED, now)
