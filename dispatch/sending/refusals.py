"""What a batch remembers of having been refused."""

from datetime import datetime

from dispatch.core import Refusal, Refusals
from dispatch.sending.batch_work import BatchWork


def refusals_of(work: BatchWork, now: datetime, wait: float) -> Refusals:
    """What is remembered of refusals: whoever is reached ends the row, and only tries lengthen it."""
    known = Refusals() if work.rows.has_moved else work.rows.batch.refusals
    about, code = work.brakes.refused, work.brakes.code
    if about is None and work.brakes.throttled_until and not work.rows.has_moved:
        about, code = Refusal.OUT_OF_REACH, work.brakes.throttled_by
    if about is None:
        return known
    return Refusals(known.in_a_row + 1, known.since or now, known.waited + wait, about, code)
