"""Solves the ticket; where Pureservice won't have it, says in the ticket what is lacking."""

import logging
from dataclasses import replace

from dispatch.closing import endings
from dispatch.closing.claim import renew
from dispatch.core import Dispatch, DispatchError, StatusRef, TicketSystemRefused
from dispatch.report import unsolved_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT, leave_ready

log = logging.getLogger(__name__)

TOLD_AT = 2  # refusals; the first may be due to something that passes


class SolvingRefused(DispatchError):
    """The ticket could not be solved, and is tried once more before the case worker is told."""


async def solve(
    dispatch: Dispatch, solution: str, *, status: StatusRef | None, status_name: str, services: Services
) -> Dispatch:
    """Solution and status in one silent change.

    Raises:
        SolvingRefused: refused for the first time.
    """
    if status is None:
        why = f"Statusen «{status_name}» finnes ikke i Pureservice."
        return await _tell(dispatch, solution, why, services)
    try:
        await services.tickets.solve(dispatch.ticket_id, status_id=status.id, solution=solution)
    except TicketSystemRefused as refused:
        event(log, Action.SOLVING_REFUSED, level=logging.WARNING, dispatch=dispatch.key, status=refused.status)
        ending = await endings.read(dispatch, services)
        await endings.keep(dispatch, replace(ending, refusals=ending.refusals + 1), services)
        if ending.refusals + 1 < TOLD_AT:
            raise SolvingRefused from refused
        answer = f": «{refused.words[:300]}»" if refused.words else ""
        why = f"Pureservice svarte nei da saken skulle settes til «{status_name}»{answer}."
        return await _tell(dispatch, solution, why, services)
    return dispatch


async def _tell(dispatch: Dispatch, solution: str, why: str, services: Services) -> Dispatch:
    """The report without the status, and a note on what is lacking; each where the other is refused as well.

    Raises:
        TicketSystemRefused: the ticket takes neither.
    """
    note = unsolved_note(why=why, status=services.settings.pureservice_dispatch_solved_status)
    dispatch = await renew(dispatch, services)
    refused = None
    try:
        await services.tickets.write_solution(dispatch.ticket_id, note + solution)
    except TicketSystemRefused as error:
        refused = error
    try:
        await services.tickets.add_note(
            dispatch.ticket_id, subject=NOTE_SUBJECT, html=note + solution if refused else note
        )
    except TicketSystemRefused:
        if refused:
            raise
    await _leave_ready(dispatch, services)
    return dispatch


async def _leave_ready(dispatch: Dispatch, services: Services) -> None:
    """Out of the ready status, or each tick would answer that the message is sent already."""
    try:
        await leave_ready(dispatch.ticket_id, dispatch, services.settings.pureservice_ticket_status_open, services)
    except TicketSystemRefused as refused:
        event(log, Action.SOLVING_REFUSED, level=logging.WARNING, dispatch=dispatch.key, status=refused.status)
