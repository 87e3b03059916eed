"""When a letter is too late: what could not be sent for so long, or until the ticket's date, is not sent any more."""

from datetime import datetime, timedelta

from dispatch.core import Dispatch, Reason, RecipientState
from dispatch.sending import outcomes
from dispatch.sending.batch_work import BatchWork
from dispatch.settings import Settings


def expires(dispatch: Dispatch, settings: Settings) -> datetime | None:
    """From when on nothing more of the dispatch is sent; None where it may always be.

    The days count from when it might begin; where it was stopped, from when a person let it go on. The date of the
    ticket holds whatever a person says.
    """
    found = [dispatch.rounds.times.not_after] if dispatch.rounds.times.not_after else []
    begins = [dispatch.plan.made, dispatch.rounds.times.not_before, dispatch.rounds.times.counted_from]
    since = max((moment for moment in begins if moment), default=None)
    if settings.dispatch_expires_days and since:
        found.append(since + timedelta(days=settings.dispatch_expires_days))
    return min(found, default=None)


def is_over(work: BatchWork) -> bool:
    """Whether nothing more of the dispatch is to be sent."""
    last = expires(work.dispatch, work.services.settings)
    return last is not None and work.now() >= last


def end_expired(work: BatchWork) -> None:
    """Ends whom nothing was sent to; what was begun is followed up, and only then ended."""
    if not is_over(work):
        return
    for row in work.rows.all:
        if row.state is RecipientState.PLANNED:
            work.rows.note(outcomes.ended(row, RecipientState.FAILED, Reason.EXPIRED, work.now(), detail=row.detail))
