"""Answers in the ticket when every batch is recorded: report, PDF, CSV, solution, status. May be repeated."""

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from dispatch.answering import exchange_replies
from dispatch.core import (
    NOT_HELD,
    OUTCOMES,
    BatchState,
    Dispatch,
    DispatchKey,
    DispatchState,
    FirstByName,
    Letter,
    LostRace,
    Recipient,
    RecipientState,
    ResolveTicket,
    Scenario,
    TicketSystemBusy,
    TicketSystemError,
    Transport,
    name_key,
    numbered,
)
from dispatch.planning import report_file_name
from dispatch.report import CsvFile, PdfError, ReportFacts, render_page, render_pdf, render_report
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

LISTED = 200
READY = frozenset({DispatchState.SENDING, DispatchState.STOPPED, DispatchState.RESOLVING})


async def run(message: ResolveTicket, services: Services) -> None:
    """Handles one message of the queue ``dispatch-completed``."""
    claimed = await _claim(message.dispatch, services)
    if isinstance(claimed, float):
        await services.queues.put_resolve(message, delay=claimed)
        return
    if claimed is None:
        return
    event(log, Action.RESOLVE_STARTED, dispatch=claimed.key)
    try:
        if claimed.scenario is Scenario.REPLY:
            await exchange_replies.finish(claimed, services)
            await _retire(claimed, _Tally(), services)
        else:
            await _resolve(claimed, services)
    except TicketSystemBusy as busy:
        event(log, Action.RESOLVE_DELAYED, level=logging.WARNING, dispatch=claimed.key, status=busy.status)
        # Our own lease would make the message wait for itself.
        delay = max(busy.retry_after, _lease(services).total_seconds() + 1.0)
        await services.queues.put_resolve(message, delay=delay)
    except LostRace:
        event(log, Action.RESOLVE_DELAYED, level=logging.WARNING, dispatch=claimed.key)


async def _claim(key: DispatchKey, services: Services) -> Dispatch | float | None:
    """The dispatch as ours to resolve; seconds to wait where another worker has it; None where nothing is left."""
    now = services.clock()
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state not in READY:
        return None
    unrecorded = set(BatchState) - {BatchState.RECORDED}
    if await services.ledger.batches(key, states=unrecorded, limit=1):
        return None
    if dispatch.state is DispatchState.RESOLVING and dispatch.lease.until and dispatch.lease.until > now:
        return (dispatch.lease.until - now).total_seconds() + 1.0
    try:
        return await services.ledger.save(
            replace(
                dispatch,
                state=DispatchState.RESOLVING,
                lease=replace(dispatch.lease, owner=services.new_owner(), until=now + _lease(services)),
                changed=dispatch.changed if dispatch.state is DispatchState.RESOLVING else now,
            )
        )
    except LostRace:
        return _lease(services).total_seconds() + 1.0


def _lease(services: Services) -> timedelta:
    return timedelta(seconds=services.settings.dispatch_lease_seconds)


async def _renew(dispatch: Dispatch, services: Services) -> Dispatch:
    """Holds the dispatch for another step; who has lost it must not write to the ticket."""
    until = services.clock() + _lease(services)
    renewed = await services.ledger.save(replace(dispatch, lease=replace(dispatch.lease, until=until)))
    if services.clock() >= until:
        # The process was frozen while it waited for the answer, and the lease it was granted is over.
        raise LostRace(f"dispatch {dispatch.key}")
    return renewed


@dataclass(slots=True)
class _Tally:
    """What the ledger's rows say, gathered in one pass."""

    outcomes: Counter[RecipientState] = field(default_factory=Counter)
    transports: Counter[Transport] = field(default_factory=Counter)
    others: list[Recipient] = field(default_factory=list)
    detours: list[Recipient] = field(default_factory=list)
    delivered: FirstByName = field(default_factory=lambda: FirstByName(LISTED))

    def add(self, row: Recipient) -> None:
        self.outcomes[row.state] += 1
        if row.detour:
            self.detours.append(row)
        if row.state is not RecipientState.DELIVERED:
            self.others.append(row)
            return
        if row.attempt.transport:
            self.transports[row.attempt.transport] += 1
        self.delivered.add(row)


async def _resolve(dispatch: Dispatch, services: Services) -> None:
    letter = await services.letters.thaw(dispatch.key, dispatch.content.letter_hash)
    if dispatch.content.own_ticket_hash:
        letter = numbered(letter, dispatch.request_number)
    # The report links each recipient's own ticket, so it names them all.
    named = dispatch.plan.recipients if dispatch.scenario is Scenario.ONE_TO_ONE else LISTED
    tally = _Tally(delivered=FirstByName(named))
    table = CsvFile(ticket_page=services.settings.ticket_page())
    async for row in services.ledger.all_recipients(dispatch.key):
        if not row.superseded:
            tally.add(row)
            table.add(row)
    dispatch = await _renew(dispatch, services)
    name, kind, content, why = await _as_document(dispatch, letter, services)
    facts = ReportFacts(
        dispatch=dispatch,
        reference=f"{dispatch.key}/{dispatch.rounds.current}",
        outcomes=dict(tally.outcomes),
        transports=dict(tally.transports),
        delivered=tuple(tally.delivered.rows()),
        others=tuple(sorted(tally.others, key=name_key)),
        detours=tuple(sorted(tally.detours, key=name_key)),
        finished=services.clock(),
        document_why=why,
        redirected_to=services.settings.mail_redirect_to,
        document_name=name,
        case_url=services.settings.ticket_page(),
        page=services.settings.status_page(dispatch.key),
        recipients_name=report_file_name(dispatch.key, _again("mottakere", dispatch), "csv"),
    )
    solution = render_report(facts)
    await services.content.put(
        f"{dispatch.key}/report/rapport.html",
        render_page(solution, title=f"Utsendelse {dispatch.request_number}").encode(),
        content_type="text/html; charset=utf-8",
    )
    for file_name, file_kind, file_content in (
        (name, kind, content),
        (facts.recipients_name, "text/csv", table.to_bytes()),
    ):
        dispatch = await _attach(dispatch, file_name, file_kind, file_content, services)
    dispatch = await _solve(dispatch, solution, services)
    await _mark_sent(dispatch, services)
    await _retire(dispatch, tally, services)


async def _retire(dispatch: Dispatch, tally: _Tally, services: Services) -> None:
    now = services.clock()
    done = replace(
        dispatch,
        state=DispatchState.RESOLVED,
        lease=NOT_HELD,
        resolved_at=now,
        changed=now,
    )
    await services.retire(await services.ledger.save(done))
    event(
        log,
        Action.RESOLVED,
        dispatch=dispatch.key,
        seconds=round((now - dispatch.created).total_seconds()),
        **{str(state): tally.outcomes[state] for state in OUTCOMES},
    )


def _again(what: str, dispatch: Dispatch) -> str:
    """A later round's list of recipients must not be taken for the one that is on the ticket already."""
    return what if dispatch.rounds.current == 1 else f"{what}-{dispatch.rounds.current}"


async def _as_document(dispatch: Dispatch, letter: Letter, services: Services) -> tuple[str, str, bytes, str]:
    """The message for the archive: a PDF, or the HTML itself and why no PDF could be made of it."""
    try:
        made = await render_pdf(
            letter,
            author=services.settings.mail_organisation or services.settings.mail_from_name,
            created=dispatch.plan.made or dispatch.created,
            sender=services.sender,
            request_number=dispatch.request_number,
            recipients=dispatch.plan.recipients,
        )
    except PdfError as error:
        event(log, Action.PDF_FAILED, level=logging.ERROR, dispatch=dispatch.key, error=str(error)[:200])
        return report_file_name(dispatch.key, "melding", "html"), "text/html", letter.html.encode(), error.why
    return report_file_name(dispatch.key, "melding", "pdf"), "application/pdf", made.content, ""


async def _attach(dispatch: Dispatch, name: str, kind: str, content: bytes, services: Services) -> Dispatch:
    await services.content.put(f"{dispatch.key}/report/{name}", content, content_type=kind)
    there = {found.name for found in await services.tickets.attachments(dispatch.ticket_id)}
    if name in there:
        return dispatch
    # Between the look and the act: who has lost the dispatch meanwhile must not write to the ticket.
    renewed = await _renew(dispatch, services)
    await services.tickets.attach(dispatch.ticket_id, name=name, content_type=kind, content=content)
    return renewed


async def _solve(dispatch: Dispatch, solution: str, services: Services) -> Dispatch:
    solved = await services.statuses.named(services.settings.pureservice_dispatch_solved_status)
    ticket = await services.tickets.ticket(dispatch.ticket_id)
    if solved is None or ticket is None:
        # The report lies in our own storage; there is no ticket, or no such status, to put it in.
        event(log, Action.RESOLVE_ABANDONED, level=logging.ERROR, dispatch=dispatch.key)
        return dispatch
    reference = f"{dispatch.key}/{dispatch.rounds.current}"
    if reference in ticket.solution:  # whatever status the case worker has set since
        return dispatch
    renewed = await _renew(dispatch, services)
    await services.tickets.solve(dispatch.ticket_id, status_id=solved.id, solution=solution)
    return renewed


async def _mark_sent(dispatch: Dispatch, services: Services) -> None:
    if not dispatch.email_id:
        return
    try:
        await services.tickets.mark_email_sent(dispatch.email_id)
    except TicketSystemError as error:
        # Best effort: it is not known whether Pureservice still takes this, and it must never lead to a second sending.
        event(log, Action.EMAIL_NOT_MARKED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)
