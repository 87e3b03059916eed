"""The loop of a worker: takes the recipients of one leased batch through their steps, a window at a time.

The order of writes is what makes a crash harmless: the intents of a window are recorded before its first request
leaves, in the same write as the outcomes of the window before. Whatever was in flight when a process died is
therefore known, and is at most one window.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from dispatch.core import Recipient, RecipientState
from dispatch.sending import outcomes
from dispatch.sending.batch_work import BatchWork, Step
from dispatch.sending.rest import DONE, Rest


async def work_through(
    work: BatchWork, steps: Sequence[Step], *, until: datetime, interrupted: Callable[[], Awaitable[Rest | None]]
) -> Rest:
    """Works until nothing is left to do, something says wait, or time is up; asks ``interrupted`` at each window."""
    _doubt_what_a_crash_left(work)
    while work.rows.left:
        rest = work.brakes.rest(work.now()) or _time_is_up(work.now(), until) or await interrupted()
        if rest:
            return rest
        step, rows = _next(work, steps)
        if step is None:
            return _nothing_due(work)
        await work.rows.renew()
        await step.run(rows)
    return DONE


def _doubt_what_a_crash_left(work: BatchWork) -> None:
    for row in work.rows.all:
        if row.state is RecipientState.IN_FLIGHT:
            work.rows.note(outcomes.doubted(row, work.now(), work.doubt, detail="the worker was lost"))


def _time_is_up(now: datetime, until: datetime) -> Rest | None:
    return Rest(0.0, "time is up") if now >= until else None


def _next(work: BatchWork, steps: Sequence[Step]) -> tuple[Step | None, list[Recipient]]:
    """The first step that anybody stands before who need not wait; the order of the steps is the order of need."""
    for step in steps:
        if rows := work.rows.due(step.wants, most=work.services.settings.dispatch_window_size):
            return step, rows
    return None, []


def _nothing_due(work: BatchWork) -> Rest:
    waits = [row.not_before for row in work.rows.left if row.not_before]
    return Rest(max(0.0, (min(waits) - work.now()).total_seconds()), "waiting for recipients")
