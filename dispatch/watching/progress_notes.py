"""Tells the ticket of a long dispatch when it will be done: once at the start, and at most once more at half way."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from dispatch.core import (
    Batch,
    BatchState,
    ContentMissing,
    Dispatch,
    DispatchError,
    Letter,
    LostRace,
    Scenario,
    merging,
)
from dispatch.pacing import estimated_end
from dispatch.report import finish_text, progress_note
from dispatch.services import Services
from dispatch.telemetry import Action, apart, event
from dispatch.watching.tally import Tally, tally_of
from dispatch.watching.ticket_notes import note_once

log = logging.getLogger(__name__)

LONG = timedelta(minutes=30)


async def tell(sending: Sequence[Dispatch], services: Services) -> None:
    """Writes the notes that are due. One dispatch's failure is the next tick's work, and never the others'."""
    for dispatch in sending:
        if dispatch.scenario is Scenario.REPLY or dispatch.notes.half == dispatch.rounds.current:
            continue
        with apart(log, dispatch.key):
            await _tell_one(dispatch, services)


async def _tell_one(dispatch: Dispatch, services: Services) -> None:
    try:
        await _tell(dispatch, await services.ledger.batches(dispatch.key), services)
    except LostRace:
        return
    except DispatchError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=dispatch.key, error=str(error)[:300])


async def _tell(dispatch: Dispatch, batches: Sequence[Batch], services: Services) -> None:
    done, total = _done(batches), sum(batch.to_send for batch in batches)
    if dispatch.notes.start != dispatch.rounds.current:
        await _tell_start(dispatch, batches, services, done=done, left=total - done)
    elif (done - dispatch.notes.done_before) * 2 >= total - dispatch.notes.done_before:
        await _tell_half(dispatch, batches, services)


async def _tell_start(
    dispatch: Dispatch, batches: Sequence[Batch], services: Services, *, done: int, left: int
) -> None:
    finish = await estimated_end(dispatch, _left(batches), services)
    if finish is None:
        return  # nobody can tell yet: asked again at the next tick
    is_long = finish - services.clock() > LONG
    if is_long:
        await _note(dispatch, services, what="start", done=0, total=left, finish=finish_text(finish, services.clock()))
    notes = replace(dispatch.notes, start=dispatch.rounds.current, done_before=done)
    # A short one is left alone at half way as well.
    notes = notes if is_long else replace(notes, half=dispatch.rounds.current)
    await services.ledger.save(replace(dispatch, notes=notes))


async def _tell_half(dispatch: Dispatch, batches: Sequence[Batch], services: Services) -> None:
    finish = await estimated_end(dispatch, _left(batches), services)
    whole = await services.reader.whole(dispatch.key)
    tally = tally_of(whole, whole.batches, dispatch.plan.recipients) if whole else Tally()
    await _note(
        dispatch,
        services,
        what="half",
        done=tally.handled,
        total=tally.recipients,
        finish=finish_text(finish, services.clock()) if finish else "",
    )
    await services.ledger.save(replace(dispatch, notes=replace(dispatch.notes, half=dispatch.rounds.current)))


async def _note(dispatch: Dispatch, services: Services, *, what: str, done: int, total: int, finish: str) -> None:
    # The note first: a crash before the row leaves its reference in the ticket, which stops a second one.
    reference = f"{dispatch.key}/{dispatch.rounds.current}-{what}"
    note = progress_note(
        half=what == "half",
        done=done,
        total=total,
        finish=finish,
        ready_status=services.ready_status_name(dispatch.scenario),
        reference=reference,
        letter=await _letter(dispatch, services) if what == "start" else None,
        own_files=dispatch.content.has_own_files,
        page=services.settings.status_page(dispatch.key),
        redirect=services.settings.mail_redirect_to,
    )
    await note_once(dispatch.ticket_id, note, reference, services)
    event(log, Action.PROGRESS_TOLD, dispatch=dispatch.key, what=what, done=done, recipients=total)


async def _letter(dispatch: Dispatch, services: Services) -> Letter | None:
    try:
        return merging.as_written(await services.letters.thaw(dispatch.key, dispatch.content.letter_hash))
    except ContentMissing:
        return None


def _done(batches: Sequence[Batch]) -> int:
    return sum(batch.counts.attempted for batch in batches)


def _left(batches: Sequence[Batch]) -> list[Batch]:
    return [batch for batch in batches if batch.state is not BatchState.RECORDED]
