"""Answers in the ticket when every batch is recorded: report, PDF, CSV, solution, status. May be repeated."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from dispatch.answering import exchange_replies
from dispatch.closing import owed_notes
from dispatch.closing.claim import claim, lease, renew
from dispatch.closing.facts import ReportCounts, count_up, facts_of
from dispatch.closing.kept_solution import kept
from dispatch.closing.owed_notes import NotesLeft
from dispatch.closing.report_files import bring
from dispatch.closing.solving import Report, SolvingRefused, solve, stands_solved
from dispatch.core import (
    EACH_ITS_OWN,
    NOT_HELD,
    OUTCOMES,
    ContentMissing,
    Dispatch,
    DispatchState,
    Letter,
    LostRace,
    Mailbox,
    Part,
    RecipientState,
    ResolveTicket,
    Scenario,
    Ticket,
    TicketSystemBusy,
    TicketSystemError,
    TicketSystemRefused,
    Transport,
    is_named_in,
    merging,
    numbered,
    report_file_name,
)
from dispatch.planning import others_on_ticket, take
from dispatch.report import PdfError, ReportFacts, render_page, render_pdf, render_report, with_example
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import returns_days, standing_notes

log = logging.getLogger(__name__)


async def run(message: ResolveTicket, services: Services) -> None:
    """Handles one message of the queue ``dispatch-completed``."""
    claimed = await claim(message.dispatch, services)
    if isinstance(claimed, float):
        await services.queues.put_resolve(message, delay=claimed)
        return
    if claimed is None:
        return
    event(log, Action.RESOLVE_STARTED, dispatch=claimed.key)
    try:
        if claimed.scenario is Scenario.REPLY:
            await exchange_replies.finish(claimed, services)
            await _retire(claimed, ReportCounts(), services)
        else:
            await _resolve(claimed, services)
    except (SolvingRefused, NotesLeft):
        await services.queues.put_resolve(message, delay=lease(services).total_seconds() + 1.0)
    except TicketSystemBusy as busy:
        event(log, Action.RESOLVE_DELAYED, level=logging.WARNING, dispatch=claimed.key, status=busy.status)
        # Our own lease would make the message wait for itself.
        delay = max(busy.retry_after, lease(services).total_seconds() + 1.0)
        await services.queues.put_resolve(message, delay=delay)
    except LostRace:
        event(log, Action.RESOLVE_DELAYED, level=logging.WARNING, dispatch=claimed.key)


async def _resolve(dispatch: Dispatch, services: Services) -> None:
    letter = await services.letters.thaw(dispatch.key, dispatch.content.letter_hash)
    dispatch = await owed_notes.write(dispatch, letter, services)
    if dispatch.content.own_ticket_hash:
        letter = numbered(letter, EACH_ITS_OWN)  # the copy in the archive is everybody's
    counts, table = await count_up(dispatch, services)
    dispatch = await renew(dispatch, services)
    name, kind, content, why = await _as_document(
        dispatch, await _archived(dispatch, letter, counts, services), counts, services
    )
    letter = merging.as_written(letter)
    parts = (
        Part(name, kind, content),
        Part(report_file_name(dispatch.key, _again("mottakere", dispatch), "csv"), "text/csv", table.to_bytes()),
    )
    facts = await asyncio.to_thread(
        facts_of, dispatch, letter, counts, parts, services, reference=_reference(dispatch), document_why=why
    )
    elsewhere = services.settings.return_mailbox
    unheard = counts.transports[Transport.COMMUNICATION] > 0 and not services.settings.hears_of_returns
    days = None if unheard else await returns_days(dispatch.key, services)
    facts = replace(facts, returns_days=days, return_mailbox=elsewhere, returns_unheard=unheard)
    await _keep(dispatch, facts, parts, services)
    dispatch = await _tell_beside(dispatch, services)
    dispatch = await _answer(dispatch, facts, parts, services)
    await _mark_sent(dispatch, services)
    await _retire(dispatch, counts, services)


async def _keep(dispatch: Dispatch, facts: ReportFacts, parts: Sequence[Part], services: Services) -> None:
    """In our own storage, whatever the ticket takes."""
    report = await asyncio.to_thread(render_report, facts)
    page = await asyncio.to_thread(render_page, report, title=f"Utsendelse {dispatch.request_number}")
    pages = (Part("rapport.html", "text/html; charset=utf-8", page.encode()), *parts)
    for part in pages:
        await services.content.put(f"{dispatch.key}/report/{part.name}", part.content, content_type=part.content_type)


async def _answer(dispatch: Dispatch, facts: ReportFacts, parts: Sequence[Part], services: Services) -> Dispatch:
    """The report reaches the ticket by the first way that works."""
    solved = await services.statuses.named(services.settings.pureservice_dispatch_solved_status)
    dispatch, ticket = await _ticket_of(dispatch, services)
    if ticket is None:
        # The report lies in our own storage; there is no ticket to put it in.
        event(log, Action.RESOLVE_DROPPED, level=logging.WARNING, dispatch=dispatch.key, why="the ticket is gone")
        return dispatch
    if is_named_in(facts.reference, ticket.solution):  # whatever status the case worker has set since
        return dispatch

    standing = kept(ticket.solution, dispatch.key)

    async def solution(missing: Sequence[Part]) -> str:
        lacking = replace(facts, missing=tuple(part.name for part in missing))
        return await asyncio.to_thread(render_report, lacking) + standing

    status_id = solved.id if solved else ticket.status_id
    brought = await bring(dispatch, parts, status_id=status_id, solution=solution, services=services)
    if brought.solved and solved and await stands_solved(brought.dispatch, solved, services):
        return brought.dispatch
    dispatch = await renew(brought.dispatch, services)
    name = services.settings.pureservice_dispatch_solved_status
    named_nobody = replace(facts, missing=tuple(part.name for part in brought.missing), names_nobody=True)
    short = await asyncio.to_thread(render_report, named_nobody)
    report = Report(await solution(brought.missing), short + standing)
    return await solve(dispatch, report, status=solved, status_name=name, services=services)


async def _ticket_of(dispatch: Dispatch, services: Services) -> tuple[Dispatch, Ticket | None]:
    """The ticket that the report goes to; where it is gone, the one that its message was moved to."""
    ticket = await services.tickets.ticket(dispatch.ticket_id)
    if ticket is not None or not dispatch.communication_id:
        return dispatch, ticket
    number = await services.tickets.ticket_of_message(dispatch.communication_id)
    moved = await services.tickets.ticket(number) if number else None
    if moved is None or not await take(replace(dispatch, ticket_id=moved.id), services, from_stopped=True):
        return dispatch, moved
    return await services.ledger.save(replace(dispatch, ticket_id=moved.id, request_number=moved.number)), moved


async def _tell_beside(dispatch: Dispatch, services: Services) -> Dispatch:
    """A message that came while this one was sent, or that is stopped, is mentioned before the ticket is solved."""
    try:
        others = await others_on_ticket(dispatch, services)
        await standing_notes.tell_stopped_beside(dispatch, others.stopped, services)
        return await standing_notes.tell_beside(dispatch, others.not_begun, services)
    except TicketSystemRefused as refused:
        event(log, Action.NOTE_REFUSED, level=logging.WARNING, ticket=dispatch.ticket_id, status=refused.status)
        return dispatch


async def _retire(dispatch: Dispatch, counts: ReportCounts, services: Services) -> None:
    now = services.clock()
    done = replace(
        dispatch,
        state=DispatchState.RESOLVED,
        lease=NOT_HELD,
        notes=replace(dispatch.notes, returned=counts.outcomes[RecipientState.RETURNED]),
        resolved_at=now,
        changed=now,
    )
    await services.ledger.retire(await services.ledger.save(done))
    event(
        log,
        Action.RESOLVED,
        dispatch=dispatch.key,
        seconds=round((now - dispatch.created).total_seconds()),
        **{str(state): counts.outcomes[state] for state in OUTCOMES},
    )


def _again(what: str, dispatch: Dispatch) -> str:
    """A later round's list of recipients must not be taken for the one that is on the ticket already."""
    return what if dispatch.rounds.current == 1 else f"{what}-{dispatch.rounds.current}"


async def _archived(dispatch: Dispatch, letter: Letter, counts: ReportCounts, services: Services) -> Letter:
    """The letter as it was written, and where everyone's is their own, one that somebody got."""
    shown, row = merging.as_written(letter), counts.example
    if row is None or not row.own.blob:
        return shown
    try:
        own = await services.letters.own.at(dispatch.key, row.own)
    except ContentMissing:  # the report comes without an example
        return shown
    return with_example(shown, merging.as_told(letter, own), who=row.name or row.address or row.organization_number)


async def _as_document(
    dispatch: Dispatch, letter: Letter, counts: ReportCounts, services: Services
) -> tuple[str, str, bytes, str]:
    """The message for the archive: a PDF, or the HTML itself and why no PDF could be made of it."""
    try:
        made = await render_pdf(
            letter,
            author=services.settings.mail_organisation or services.settings.mail_from_name,
            created=dispatch.plan.made or dispatch.created,
            senders=_senders(counts, services),
            request_number=dispatch.request_number,
            typesetter=services.typesetter,
        )
    except PdfError as error:
        event(log, Action.PDF_FAILED, level=logging.ERROR, dispatch=dispatch.key, error=str(error)[:200])
        return report_file_name(dispatch.key, "melding", "html"), "text/html", letter.html.encode(), error.why
    return report_file_name(dispatch.key, "melding", "pdf"), "application/pdf", made.content, ""


def _senders(counts: ReportCounts, services: Services) -> list[Mailbox]:
    """Where the letters left from, which is not always where they would leave from now."""
    now = services.sender
    if services.settings.pool and services.settings.mail_senders_from == "one":
        return [now]
    left = {*counts.sent_from, *counts.others.perhaps_from} - {""} or {now.address}
    return [now if address == now.address else Mailbox(address) for address in sorted(left)]


def _reference(dispatch: Dispatch) -> str:
    return f"{dispatch.key}/{dispatch.rounds.current}"


async def _mark_sent(dispatch: Dispatch, services: Services) -> None:
    if not dispatch.email_id:
        return
    try:
        await services.tickets.mark_email_sent(dispatch.email_id)
    except TicketSystemError as error:
        # Best effort: it is not known whether Pureservice still takes this, and it must never lead to a second sending.
        event(log, Action.EMAIL_NOT_MARKED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)
