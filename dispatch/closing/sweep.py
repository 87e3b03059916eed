"""Finds what a crash left behind and starts it again."""

import contextlib
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.answering import ask_again
from dispatch.closing import abandon, end_now, second_chances
from dispatch.closing.left_to_a_person import hold_if_refused
from dispatch.core import (
    NOT_HELD,
    Batch,
    BatchState,
    Dispatch,
    DispatchState,
    IndexLine,
    LostRace,
    ResolveTicket,
    Scenario,
    SendBatch,
    TicketId,
    TicketSystemError,
)
from dispatch.planning import rejection
from dispatch.sending import break_off, complete, expires, stop
from dispatch.services import Services
from dispatch.telemetry import Action, apart, event
from dispatch.watching import refusal_notes, standing_notes

log = logging.getLogger(__name__)

ORPHAN_AFTER = timedelta(hours=1)
TAKEN_BACK_AFTER = timedelta(minutes=2)  # longer than a tick takes from listing the tickets to reading the ledger
D = DispatchState
ReadyFor = Collection[tuple[TicketId, Scenario]]


async def sweep_up(services: Services, *, ready: ReadyFor | None) -> list[Dispatch]:
    """Looks at every active dispatch; returns those that may be released.

    ``ready`` holds the tickets that stand in a ready status, and in which; None where Pureservice could not be asked.
    """
    sending: list[Dispatch] = []
    for line in await services.ledger.active():
        with apart(log, line.key):
            kept = await _sweep_line(line, services, ready=ready)
            sending += [] if kept is None else [kept]
    return sending


async def _sweep_line(line: IndexLine, services: Services, *, ready: ReadyFor | None) -> Dispatch | None:
    dispatch = await services.ledger.dispatch(line.key)
    if dispatch is None:
        await _forget_orphan(line, services)
        return None
    if not line.is_of(dispatch):
        await services.ledger.forget(line)
        return None
    try:
        return await _sweep_one(dispatch, services, ready=ready)
    except LostRace:
        return None
    except TicketSystemError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=line.key, status=error.status)
        return None


async def _sweep_one(dispatch: Dispatch, services: Services, *, ready: ReadyFor | None) -> Dispatch | None:
    now = services.clock()
    reply = dispatch.scenario is Scenario.REPLY
    away = ready is not None and (dispatch.ticket_id, dispatch.scenario) not in ready and not reply
    if away and await services.statuses.named(services.ready_status_name(dispatch.scenario)) is None:
        away = False  # that no ticket stands in a status that has another name by now, nobody meant as a stop
    match dispatch.state:
        case D.RESOLVED | D.REJECTED:
            await services.ledger.retire(dispatch)
        case D.PLANNING if away and not _alive(dispatch, now):
            # The case worker took the ticket back before the plan was whole: nothing was sent, nothing is to be said.
            await services.ledger.retire(await services.ledger.save(replace(dispatch, state=D.REJECTED, changed=now)))
        case D.PLANNING if reply and not _alive(dispatch, now):
            await ask_again(dispatch, services)
        case D.REJECTING if away:
            await _finish_rejecting(dispatch, services)
        case D.RESOLVING if not _alive(dispatch, now):
            await services.queues.put_resolve(ResolveTicket(dispatch=dispatch.key))
        case D.SENDING | D.STOPPED:
            return await _sweep_batches(dispatch, services, away=away)
        case _:
            pass
    return None


async def _sweep_batches(dispatch: Dispatch, services: Services, *, away: bool) -> Dispatch | None:
    if await complete(dispatch.key, services):
        return None
    if dispatch.state is D.SENDING and away:
        await stop(dispatch, services)
        stopped = await services.ledger.dispatch(dispatch.key)
        dispatch = stopped or dispatch
    if dispatch.state is D.STOPPED:
        if end_now.is_wished(dispatch):
            await end_now.close(dispatch, services)
            return None
        going_on = dispatch.rounds.going_on
        if away and going_on and services.clock() - going_on > TAKEN_BACK_AFTER:
            # Somebody took the ticket back before the dispatch went on: it is stopped, and says so again.
            dispatch = await services.ledger.save(
                replace(dispatch, rounds=replace(dispatch.rounds, going_on=None), changed=services.clock())
            )
        if dispatch.notes.stops < dispatch.rounds.stops:
            await standing_notes.tell_stopped(dispatch, services)
        return None
    if dispatch.rounds.broken:
        await break_off(dispatch.key, services)
        return None
    await _let_expire(dispatch, services)
    at_work = await services.ledger.batches(dispatch.key, states={BatchState.RELEASED, BatchState.LEASED})
    if await hold_if_refused(dispatch, at_work, services):
        return None
    await refusal_notes.tell(dispatch, at_work, services)
    await _find_lost(at_work, services)
    return dispatch


async def _let_expire(dispatch: Dispatch, services: Services) -> None:
    """What waits for longer than the letter may be sent need not wait: a worker ends it."""
    now = services.clock()
    last = expires(dispatch, services.settings)
    if last is None or now < last:
        return
    for batch in await services.ledger.batches(dispatch.key, states={BatchState.PLANNED}):
        if batch.refusals.held or (batch.due and batch.due > now):
            with contextlib.suppress(LostRace):
                refusals = replace(batch.refusals, held=False)
                await services.ledger.save_batch(replace(batch, due=None, refusals=refusals))


async def _find_lost(at_work: Sequence[Batch], services: Services) -> None:
    now = services.clock()
    patience = timedelta(seconds=services.settings.dispatch_sweep_seconds)
    for batch in at_work:
        if not _lost(batch, now, patience):
            continue
        opens = services.settings.send_window.next_open(now) if services.settings.send_window else now
        if opens > now:
            await _wait_for_window(batch, opens, services)
        else:
            await _release_again(batch, services)


def _alive(dispatch: Dispatch, now: datetime) -> bool:
    return dispatch.lease.until is not None and dispatch.lease.until > now


def _lost(batch: Batch, now: datetime, patience: timedelta) -> bool:
    held_until = batch.lease.until if batch.state is BatchState.LEASED else batch.due
    return held_until is None or held_until + patience < now


async def _wait_for_window(batch: Batch, opens: datetime, services: Services) -> None:
    # Its message waits for the window too: another one now, and one more at every look, would only pile up.
    with contextlib.suppress(LostRace):
        await services.ledger.save_batch(replace(batch, state=BatchState.RELEASED, due=opens, lease=NOT_HELD))


async def _release_again(batch: Batch, services: Services) -> None:
    """At once after the first crashes; a batch that is lost again and again waits as a poisoned one does."""
    now = services.clock()
    rows = await services.ledger.recipients(batch)
    faulted = second_chances.noted(batch, rows, now)
    try:
        if faulted.faults.in_a_row > second_chances.AT_ONCE:
            await services.ledger.save_batch(
                planned := second_chances.postponed(faulted, now, spared=second_chances.AT_ONCE)
            )
            abandon.wake_operator(planned, services)
            return
        # A new release number makes the older message stale, should it only have been slow: never two at work.
        again = replace(faulted, state=BatchState.RELEASED, due=now, lease=NOT_HELD, release=batch.release + 1)
        await services.ledger.save_batch(again)
    except LostRace:
        return
    await services.queues.put_batch(SendBatch(dispatch=batch.dispatch, batch=batch.number, release=again.release))
    event(log, Action.BATCH_SWEPT, level=logging.WARNING, dispatch=batch.dispatch, batch=batch.number)


async def _finish_rejecting(dispatch: Dispatch, services: Services) -> None:
    ticket = await services.tickets.ticket(dispatch.ticket_id)
    if ticket is not None:
        await rejection.reject(dispatch, dispatch.problems.split("\n"), ticket, services)
        return
    gone = await services.ledger.save(replace(dispatch, state=D.REJECTED, changed=services.clock()))
    await services.ledger.retire(gone)


async def _forget_orphan(line: IndexLine, services: Services) -> None:
    if services.clock() - line.since > ORPHAN_AFTER:
        await services.ledger.forget(line)
