"""Solves the ticket; where Pureservice won't have it, says in the ticket what is lacking."""

import contextlib
import logging
from dataclasses import dataclass, replace
from functools import partial

from dispatch.closing import endings
from dispatch.closing.claim import renew
from dispatch.core import Dispatch, DispatchError, StatusRef, TicketSystemRefused
from dispatch.report import ReportPlace, unsolved_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT, leave_ready

log = logging.getLogger(__name__)

ANSWERED = 200
TOLD_AT = 2  # refusals; the first may be due to something that passes


@dataclass(frozen=True, slots=True)
class Report:
    """The report, and the same without names for a ticket that does not take it whole."""

    whole: str
    short: str


class SolvingRefused(DispatchError):
    """The ticket could not be solved, and is tried once more before the case worker is told."""


async def solve(
    dispatch: Dispatch, report: Report, *, status: StatusRef | None, status_name: str, services: Services
) -> Dispatch:
    """Solution and status in one silent change.

    Raises:
        SolvingRefused: refused for the first time.
    """
    if status is None:
        why = f"Statusen «{status_name}» finnes ikke i Pureservice."
        return await _tell(dispatch, report, why, services)
    try:
        await services.tickets.solve(dispatch.ticket_id, status_id=status.id, solution=report.whole)
    except TicketSystemRefused as refused:
        event(log, Action.SOLVING_REFUSED, level=logging.WARNING, dispatch=dispatch.key, status=refused.status)
        ending = await endings.change(dispatch, lambda met: replace(met, refusals=met.refusals + 1), services)
        if ending.refusals < TOLD_AT:
            raise SolvingRefused from refused
        if await _is_solved_by(report.short, dispatch, status, services):
            return dispatch
        answer = f": «{refused.words[:300]}»" if refused.words else ""
        why = f"Pureservice svarte nei da saken skulle settes til «{status_name}»{answer}."
        return await _tell(dispatch, report, why, services)
    if await stands_solved(dispatch, status, services):
        return dispatch
    event(log, Action.SOLVING_REFUSED, level=logging.WARNING, dispatch=dispatch.key, status=ANSWERED)
    why = f"Pureservice svarte ja da saken skulle settes til «{status_name}», men saken står i en annen status."
    return await _tell(dispatch, report, why, services)


async def stands_solved(dispatch: Dispatch, status: StatusRef, services: Services) -> bool:
    """Whether the ticket has the status: that a change was answered does not say that it was made."""
    ticket = await services.tickets.ticket(dispatch.ticket_id)
    return ticket is None or ticket.status_id == status.id


async def _is_solved_by(solution: str, dispatch: Dispatch, status: StatusRef, services: Services) -> bool:
    try:
        await services.tickets.solve(dispatch.ticket_id, status_id=status.id, solution=solution)
    except TicketSystemRefused:
        return False  # it was not the length
    return await stands_solved(dispatch, status, services)


async def _tell(dispatch: Dispatch, report: Report, why: str, services: Services) -> Dispatch:
    """The report without the status, and a note on what is lacking; each where the other is refused as well.

    Raises:
        TicketSystemRefused: the ticket takes no word of it.
    """
    name = services.settings.pureservice_dispatch_solved_status
    page = services.settings.status_page(dispatch.key)
    note = partial(unsolved_note, why=why, status=name, key=dispatch.key, page=page)
    dispatch = await renew(dispatch, services)
    for solution in (report.whole, report.short):
        if await _written(dispatch, note(report=ReportPlace.SOLUTION) + solution, services):
            with contextlib.suppress(TicketSystemRefused):
                await _add(dispatch, note(report=ReportPlace.SOLUTION), services)
            break
        with contextlib.suppress(TicketSystemRefused):
            await _add(dispatch, note(report=ReportPlace.NOTE) + solution, services)
            break
    else:
        # Where the report is what the ticket does not take, a few words are perhaps taken.
        await _add(dispatch, note(report=ReportPlace.ELSEWHERE), services)
    await _leave_ready(dispatch, services)
    return dispatch


async def _written(dispatch: Dispatch, solution: str, services: Services) -> bool:
    try:
        await services.tickets.write_solution(dispatch.ticket_id, solution)
    except TicketSystemRefused as refused:
        event(log, Action.SOLVING_REFUSED, level=logging.WARNING, dispatch=dispatch.key, status=refused.status)
        return False
    return True


async def _add(dispatch: Dispatch, html: str, services: Services) -> None:
    await services.tickets.add_note(dispatch.ticket_id, subject=NOTE_SUBJECT, html=html)


async def _leave_ready(dispatch: Dispatch, services: Services) -> None:
    """Out of the ready status, or each tick would answer that the message is sent already."""
    try:
        await leave_ready(dispatch.ticket_id, services.settings.pureservice_ticket_status_open, services)
    except TicketSystemRefused as refused:
        event(log, Action.SOLVING_REFUSED, level=logging.WARNING, dispatch=dispatch.key, status=refused.status)
