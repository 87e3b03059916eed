"""The loop of a worker: takes the recipients of one leased batch through their steps.

The order of writes is what makes a crash harmless: an intent is recorded before its request leaves, in the same write
as earlier outcomes. Whatever was in flight when a process died is therefore known, and is at most the doubt bound.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from dispatch.core import Recipient, RecipientState
from dispatch.sending import outcomes
from dispatch.sending.batch_work import BatchWork
from dispatch.sending.expiry import end_expired, is_over
from dispatch.sending.pipeline import AnyStep, Pipeline, SendingStep
from dispatch.sending.rest import DONE, Rest

ASKED_TOGETHER = 4  # of one question, or of questions at a time: the lease is not renewed before all are answered


async def work_through(
    work: BatchWork,
    steps: Sequence[AnyStep],
    *,
    until: datetime,
    interrupted: Callable[[], Awaitable[Rest | None]],
) -> Rest:
    """Works until nothing is left to do, something says wait, or time is up; asks ``interrupted`` before each write."""
    _doubt_what_a_crash_left(work)

    async def rest() -> Rest | None:
        held = work.brakes.rest(work.now()) or _time_is_up(work.now(), until)
        return held or await work.breaker.ask(work.rows.all) or await interrupted()

    async def more(step: AnyStep, room: int) -> Sequence[Recipient]:
        if is_over(work) or await rest():
            return ()
        first, rows = _next(work, steps, most=room)
        return rows if first is step else ()

    end_expired(work)
    while work.rows.left:
        if wait := await rest():
            return wait
        step, rows = _next(work, steps, most=ASKED_TOGETHER)
        if step is None:
            return _nothing_due(work)
        await work.rows.renew()
        if isinstance(step, SendingStep):
            await Pipeline(work, step, partial(more, step)).run()
        else:
            await step.run(rows)
        end_expired(work)
    return DONE


def _doubt_what_a_crash_left(work: BatchWork) -> None:
    for row in work.rows.all:
        if row.state is RecipientState.IN_FLIGHT:
            work.rows.note(outcomes.doubted(row, work.now(), work.doubt, detail="the worker was lost"))


def _time_is_up(now: datetime, until: datetime) -> Rest | None:
    return Rest(0.0, "time is up") if now >= until else None


def _next(work: BatchWork, steps: Sequence[AnyStep], *, most: int) -> tuple[AnyStep | None, list[Recipient]]:
    """The first step that anybody stands before who need not wait; the order of the steps is the order of need."""
    for step in steps:
        if rows := work.rows.due(step.wants, most=most):
            return step, rows
    return None, []


def _nothing_due(work: BatchWork) -> Rest:
    waits = [row.not_before for row in work.rows.left if row.not_before]
    return Rest(max(0.0, (min(waits) - work.now()).total_seconds()), "waiting for recipients")
