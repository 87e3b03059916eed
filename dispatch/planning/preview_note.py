"""Answers tickets whose status asks for a preview: one internal note, and the ticket goes back to being worked on.

The timer asks, and an invocation of its own answers, as for a plan: a preview composes all that a plan does.
"""

import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from dispatch.core import (
    BadConfiguration,
    DispatchKey,
    LostRace,
    MemberKind,
    PlanDispatch,
    Rejected,
    StatusRef,
    Ticket,
    TicketId,
    TicketSystemBusy,
    TicketSystemRefused,
    dispatch_key,
)
from dispatch.planning import preview_standing
from dispatch.planning.candidates import NO_MESSAGE
from dispatch.planning.letter_trial import PERHAPS, may_try, send_trial
from dispatch.planning.own_outage import storage_is_out
from dispatch.planning.plan_claims import MOST_TRIES, SETTINGS
from dispatch.planning.planner import TOO_MANY_TRIES
from dispatch.planning.preview import Preview, preview_of
from dispatch.planning.unreadable_rows import refusal
from dispatch.report import duration_text, finish_text, preview_failed_note, preview_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import tell_once

log = logging.getLogger(__name__)

NOTED_AFTER = 2  # refusals
SOONEST_AGAIN = 60.0  # seconds
PENDING = "preview/pending.json"


@dataclass(frozen=True, slots=True)
class _Question:
    """One time that a ticket was set to the status; its token stands in the note. Only the timer writes these.

    It is kept before the note is written, so that a crash before the status is set finds the note again; and forgotten
    afterwards, since the next question wants a new answer.
    """

    token: str
    asked: str  # when its message was put on the queue


async def ask(services: Services) -> int:
    """Asks for a preview of every ticket that stands in the status, unless that is under way; returns how many."""
    if not services.settings.pureservice_dispatch_preview_status:
        return 0
    asking = await _status(services.settings.pureservice_dispatch_preview_status, services)
    if asking is None:
        return 0
    tickets = await services.tickets.tickets_in_status(asking.id)
    kept = await services.content.read(PENDING)
    known = _parsed(kept.content)
    fresh = {ticket.id: found for ticket in tickets if (found := await _fresh(ticket.id, known, services))}
    pending = {ticket.id: fresh.get(ticket.id) or known[ticket.id] for ticket in tickets}
    if pending != known:
        content = json.dumps({number: asdict(question) for number, question in pending.items()}).encode()
        try:
            await services.content.put(PENDING, content, content_type="application/json", over=kept.version)
        except LostRace:
            return 0  # another timer asks
    for number, question in fresh.items():
        message = PlanDispatch(dispatch=dispatch_key(number, NO_MESSAGE), preview=question.token)
        await services.queues.put_plan(message)
    for number in known.keys() - pending.keys():
        # Its own and no other: whoever sets the status once more meanwhile asks a new question.
        for blob in await services.content.stored_under(preview_standing.name(number, known[number].token)):
            await services.content.delete(blob)
    return len(fresh)


async def run(message: PlanDispatch, services: Services) -> None:
    """Handles one message of the queue ``dispatch-plans`` that asks for a preview."""
    ticket_id = _ticket_of(message.dispatch)
    standing = await preview_standing.of(ticket_id, message.preview, services)
    if standing.done or not await _is_asked(message, services):
        event(log, Action.PLAN_DROPPED, dispatch=message.dispatch)
        return
    standing = await preview_standing.change(ticket_id, message.preview, preview_standing.one_try(1), services)
    if standing.tries > MOST_TRIES:
        await _fail(message, TOO_MANY_TRIES, services)
        return
    try:
        await _answer(message, services)
    except TicketSystemBusy as busy:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket_id, status=busy.status)
        await preview_standing.change(ticket_id, message.preview, preview_standing.one_try(-1), services)
        await services.queues.put_plan(message, delay=max(busy.retry_after, SOONEST_AGAIN))
    except (TicketSystemRefused, BadConfiguration) as refused:
        event(log, Action.TICKET_FAILED, level=logging.ERROR, ticket=ticket_id, error=str(refused)[:300])
        if standing.tries < NOTED_AFTER:
            await services.queues.put_plan(message, delay=SOONEST_AGAIN)
        else:
            await _fail(message, refusal(refused) if isinstance(refused, TicketSystemRefused) else SETTINGS, services)
    except Exception:
        if await storage_is_out(services):
            await preview_standing.change(ticket_id, message.preview, preview_standing.one_try(-1), services)
        raise


async def give_up(message: PlanDispatch, services: Services) -> None:
    """Handles a message that failed five times: the case worker is told, where the preview itself was at fault."""
    standing = await preview_standing.of(_ticket_of(message.dispatch), message.preview, services)
    event(log, Action.PLAN_ABANDONED, level=logging.ERROR, dispatch=message.dispatch, tries=standing.tries)
    if standing.done or standing.tries < MOST_TRIES or not await _is_asked(message, services):
        return  # where the ticket still asks, the timer asks again
    await _fail(message, TOO_MANY_TRIES, services)


async def _fresh(ticket_id: TicketId, known: Mapping[TicketId, _Question], services: Services) -> _Question | None:
    """The question as it is to be put on the queue now; None where its message is trusted to come."""
    now = services.clock()
    question = known.get(ticket_id)
    if question is None or (await preview_standing.of(ticket_id, question.token, services)).done:
        return _Question(uuid.uuid4().hex[:12], now.isoformat())
    patience = timedelta(seconds=services.settings.dispatch_sweep_seconds)
    late = datetime.fromisoformat(question.asked) + patience <= now
    return replace(question, asked=now.isoformat()) if late else None


async def _is_asked(message: PlanDispatch, services: Services) -> bool:
    """Whether the message's question is the ticket's last one."""
    question = _parsed(await services.content.get(PENDING)).get(_ticket_of(message.dispatch))
    return question is not None and question.token == message.preview


async def _answer(message: PlanDispatch, services: Services) -> None:
    ticket = await _asking(_ticket_of(message.dispatch), services)
    if ticket is None:
        return
    found = await preview_of(ticket, services)
    trial = await _trial(message, found, services)
    await _tell(message, _note(found, trial, _reference(message), services), services)
    event(log, Action.PREVIEWED, ticket=ticket.id, recipients=found.recipients, problems=len(found.problems))


async def _trial(message: PlanDispatch, found: Preview, services: Services) -> str:
    """Sends the letter of the first recipient to the ticket's agent, once; what came of it, in words."""
    agent = await _agent(found.ticket, services)
    if not agent or found.problems or not may_try(agent, services):
        return ""
    if not await preview_standing.is_first_to_try(found.ticket.id, message.preview, services):
        # An earlier delivery has begun it, and died before it wrote the note.
        return PERHAPS.format(agent)
    try:
        went = await send_trial(found, agent, services)
    except Rejected as error:
        return " ".join(error.problems)
    who = found.chosen.name or found.chosen.address if found.chosen else ""
    return f"En prøve, slik {who} vil få meldingen, er sendt til {went}."


async def _agent(ticket: Ticket, services: Services) -> str:
    """The address of the case worker that the ticket is assigned to; empty where there is none."""
    try:
        source = await services.own_tickets.source(ticket.id)
        number = next((value for name, value in source.items() if name.lower() == "assignedagentid"), 0)
        people = await services.tickets.members_by_id(MemberKind.PERSON, {int(number)}) if number else ()
    except TicketSystemRefused:
        return ""
    return next((one.address for one in people if not (one.disabled or one.anonymised)), "")


async def _fail(message: PlanDispatch, why: str, services: Services) -> None:
    if await _asking(_ticket_of(message.dispatch), services) is not None:
        await _tell(message, preview_failed_note(why=why, reference=_reference(message)), services)


async def _tell(message: PlanDispatch, note: str, services: Services) -> None:
    ticket_id = _ticket_of(message.dispatch)
    await tell_once(ticket_id, note, _reference(message), services)
    back = await _status(services.settings.pureservice_ticket_status_open, services)
    if back is not None and await _asking(ticket_id, services) is not None:
        await services.tickets.set_status(ticket_id, back.id)
    await preview_standing.change(ticket_id, message.preview, lambda known: replace(known, done=True), services)


def _note(found: Preview, trial: str, reference: str, services: Services) -> str:
    return preview_note(
        preview=found,
        trial=trial,
        finish=finish_text(found.done, found.asked) if found.done else "",
        duration=duration_text(found.seconds),
        ready_status=services.ready_status_name(found.scenario),
        reference=reference,
        page=services.settings.status_page(f"forhandsvisning?sak={found.ticket.number}"),
    )


async def _asking(ticket_id: TicketId, services: Services) -> Ticket | None:
    """The ticket, where it still stands in the status that asks."""
    asking = await _status(services.settings.pureservice_dispatch_preview_status, services)
    ticket = await services.tickets.ticket(ticket_id)
    return ticket if ticket and asking and ticket.status_id == asking.id else None


async def _status(name: str, services: Services) -> StatusRef | None:
    found = await services.statuses.named(name)
    if found is None:
        event(log, Action.STATUS_UNKNOWN, level=logging.WARNING, status=name)
    return found


def _ticket_of(key: DispatchKey) -> TicketId:
    return TicketId(int(key.partition("-")[0]))


def _reference(message: PlanDispatch) -> str:
    return f"forhåndsvisning {message.preview}"


def _parsed(content: bytes | None) -> dict[TicketId, _Question]:
    try:
        return {TicketId(int(number)): _Question(**values) for number, values in json.loads(content or b"{}").items()}
    except (ValueError, TypeError, AttributeError):  # what the version before kept
        return {}
