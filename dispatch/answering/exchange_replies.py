"""Answers to end users whom only eFormidling reaches: each undelivered message on their tickets goes out once.

An answer is a dispatch of one recipient: the same ledger, queue and worker carry it, so it is as safe as any other.
What differs is where it begins (an e-mail row that failed) and how it ends (the row is marked sent after the receipt,
or the ticket gets one note; it is never solved).
"""

import logging
import re
from dataclasses import replace
from datetime import timedelta

from dispatch.core import (
    NOT_HELD,
    Batch,
    BatchState,
    Channel,
    CommunicationId,
    Dispatch,
    DispatchContent,
    DispatchError,
    DispatchKey,
    DispatchState,
    Lease,
    LostRace,
    MemberKind,
    Recipient,
    RecipientState,
    Rejected,
    Scenario,
    Ticket,
    TicketSystemRefused,
    UndeliveredMail,
    addresses,
    text,
)
from dispatch.planning import KEY_REFUSED, compose_reply, refusal
from dispatch.report import REASONS, reply_failed_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import note_once

log = logging.getLogger(__name__)

SEPARATORS = re.compile(r"[;,]")
QUOTED = re.compile(r'"[^"]*"(?=\s*<)')  # a name, in which a comma separates nothing
PLANNER_LEASE = timedelta(minutes=5)
INVALID = "Adressen er ikke et gyldig organisasjonsnummer ved domenet for eFormidling."


async def find_replies(services: Services) -> int:
    """Plans the answers that are not under way yet; returns how many. One that fails does not stop the others."""
    settings = services.settings
    if services.exchange is None or not settings.ef_reply_days or settings.mail_redirect_to:
        return 0  # a trial may not write to real organisations
    youngest = services.clock() - timedelta(days=settings.ef_reply_days)
    planned = 0
    for mail in await services.undelivered_mail.undelivered(f"@{settings.pureservice_ef_domain}"):
        if mail.created < youngest:
            continue  # from before we were there, or given up: nobody expects it any more
        try:
            planned += await _plan(mail, services)
        except DispatchError as error:
            event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=mail.ticket_id, error=str(error)[:300])
        except Exception:
            log.exception("an answer on ticket %s could not be handled", mail.ticket_id)
    return planned


async def finish(dispatch: Dispatch, services: Services) -> None:
    """Marks the e-mail row as sent, or says once on the ticket that it could not be. May be repeated."""
    (row,) = [row async for row in services.ledger.all_recipients(dispatch.key) if not row.superseded]
    if row.state is RecipientState.DELIVERED:
        try:
            await services.tickets.mark_email_sent(dispatch.email_id)
        except TicketSystemRefused as error:
            event(log, Action.EMAIL_NOT_MARKED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)
        return
    reason = REASONS[row.reason].meaning if row.reason else ""
    reference = f"{dispatch.key}/{dispatch.rounds.current}"
    page = services.settings.status_page(dispatch.key)
    note = reply_failed_note(
        subject=dispatch.content.subject, reason=reason, detail=row.detail, reference=reference, page=page
    )
    await note_once(dispatch.ticket_id, note, reference, services)


def reply_key(mail: UndeliveredMail) -> DispatchKey:
    """The identity of an answer: its ticket and its e-mail row."""
    return DispatchKey(f"{mail.ticket_id}-e{mail.id}")


def receivers(to: str, domain: str) -> list[str]:
    """What stands before the @ of each address at exactly this domain, names and brackets aside, each once."""
    found: dict[str, None] = {}
    for one in SEPARATORS.split(QUOTED.sub("", to)):
        try:
            local, _, at = addresses.bare(one).rpartition("@")
        except addresses.InvalidAddress:
            continue
        if at.strip().casefold() == domain.casefold():
            found[local.strip()] = None
    return list(found)


async def _plan(mail: UndeliveredMail, services: Services) -> bool:
    settings = services.settings
    locals_ = receivers(mail.to, settings.pureservice_ef_domain)
    dispatch_user = settings.pureservice_dispatch_ef.partition("@")[0].casefold()
    if not locals_ or [local.casefold() for local in locals_] == [dispatch_user]:
        return False
    claimed = await _claim(mail, services)
    if claimed is None:
        return False
    ticket = await services.tickets.ticket(mail.ticket_id)
    if ticket is None:
        return await _give_up(claimed, "", services)
    number = addresses.organisation_number(locals_[0]) if len(locals_) == 1 else ""
    nine = addresses.ORGANISATION_NUMBER.fullmatch(number) is not None and not settings.ef_strict_orgnr
    if not (nine or addresses.valid_organisation_number(number)):
        return await _give_up(claimed, INVALID, services)
    try:
        return await _write(claimed, mail, ticket, number, services)
    except Rejected as rejected:
        return await _give_up(claimed, " ".join(rejected.problems), services)
    except TicketSystemRefused as refused:
        if refused.status in KEY_REFUSED:
            raise  # nothing is wrong with the answer: the operator must fix the key
        return await _give_up(claimed, refusal(refused), services)


async def _claim(mail: UndeliveredMail, services: Services) -> Dispatch | None:
    key, now = reply_key(mail), services.clock()
    known = await services.ledger.dispatch(key)
    wished = Dispatch(
        key=key,
        ticket_id=mail.ticket_id,
        request_number=0,
        communication_id=CommunicationId(0),
        state=DispatchState.PLANNING,
        created=known.created if known else now,
        scenario=Scenario.REPLY,
        channel=Channel.EFORMIDLING,
        content=DispatchContent(subject=text.cut(mail.subject, most=text.Limit.SHORT)),
        email_id=mail.id,
        lease=Lease(owner=services.new_owner(), until=now + PLANNER_LEASE),
        changed=now,
    )
    if known is None:
        return await services.ledger.create(wished)
    taken = known.lease.until is not None and known.lease.until > now
    if known.state is not DispatchState.PLANNING or taken:
        return None
    try:
        return await services.ledger.save(replace(wished, version=known.version))
    except LostRace:
        return None


async def _give_up(claimed: Dispatch, problem: str, services: Services) -> bool:
    if problem:
        page = services.settings.status_page(claimed.key)
        subject = claimed.content.subject
        note = reply_failed_note(subject=subject, reason=problem, detail="", reference=claimed.key, page=page)
        await note_once(claimed.ticket_id, note, claimed.key, services)
    now = services.clock()
    rejected = replace(
        claimed,
        state=DispatchState.REJECTED,
        problems=problem,
        lease=NOT_HELD,
        changed=now,
    )
    await services.retire(await services.ledger.save(rejected))
    event(log, Action.REJECTED, dispatch=claimed.key, problems=1)
    return False


async def _write(claimed: Dispatch, mail: UndeliveredMail, ticket: Ticket, number: str, services: Services) -> bool:
    letter = await compose_reply(ticket, mail, services)
    cleared = await services.ledger.clear_plan(claimed)
    digest = await services.letters.freeze(claimed.key, letter)
    recipient = Recipient(
        batch=0,
        index=0,
        kind=MemberKind.ORGANISATION,
        source_id=0,
        name=ticket.user_name or number,
        address="",
        organization_number=number,
        channel=Channel.EFORMIDLING,
        state=RecipientState.PLANNED,
    )
    batch = Batch(
        dispatch=claimed.key, number=0, state=BatchState.PLANNED, size=1, to_send=1, channel=Channel.EFORMIDLING
    )
    written = await services.ledger.write_batch(cleared, batch, [recipient])
    now = services.clock()
    whole = replace(
        written,
        state=DispatchState.SENDING,
        request_number=ticket.number,
        content=replace(written.content, subject=letter.subject, letter_hash=digest, letter_bytes=letter.size),
        plan=replace(written.plan, recipients=1, batches=1, made=now),
        lease=NOT_HELD,
        changed=now,
    )
    await services.ledger.save(whole)
    event(log, Action.PLAN_DONE, dispatch=whole.key, recipients=1, skipped=0, duplicates=0, batches=1)
    return True
