"""Answers to end users whom only eFormidling reaches: each undelivered message on their tickets goes out once.

An answer is a dispatch of one recipient: the same ledger, queue and worker carry it, so it is as safe as any other.
What differs is where it begins (an e-mail row that failed) and how it ends (the row is marked sent after the receipt,
or the ticket gets one note; it is never solved).
"""

import json
import logging
from dataclasses import replace
from datetime import timedelta

from dispatch.answering.find_answers import are_off, other_receivers, receivers
from dispatch.core import (
    NOT_HELD,
    BadConfiguration,
    Batch,
    BatchState,
    Channel,
    Dispatch,
    DispatchKey,
    DispatchState,
    Lease,
    LostRace,
    MemberKind,
    PlanDispatch,
    Recipient,
    RecipientState,
    Rejected,
    Ticket,
    TicketSystemBusy,
    TicketSystemError,
    TicketSystemRefused,
    UndeliveredMail,
    addresses,
)
from dispatch.planning import compose_reply, is_planned_now, plan_claims, refusal, storage_is_out
from dispatch.report import explanation, reply_failed_note, reply_others_note, reply_unmarked_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import note_once

log = logging.getLogger(__name__)

PLANNER_LEASE = timedelta(minutes=5)
TOO_MANY_TRIES = (
    f"Svaret kunne ikke gjøres klart: det ble avbrutt av en teknisk feil {plan_claims.MOST_TRIES} ganger. Noe i "
    "teksten eller i vedleggene er trolig for stort eller for innviklet."
)
INVALID = "Adressen er ikke et gyldig organisasjonsnummer ved domenet for eFormidling."
SETTLED_AFTER = timedelta(hours=1)  # Pureservice may be trying the message once more itself
SETTLED = (
    "Meldingen står ikke lenger som «ikke levert» i Pureservice, og er derfor ikke sendt gjennom eFormidling. Skal "
    "organisasjonen ha den, så skriv svaret på nytt."
)
SEVERAL = "Svaret har flere mottakere i eFormidling, og kan bare sendes til én. Skriv ett svar til hver av dem."


async def run(message: PlanDispatch, services: Services) -> None:
    """Handles one message of the queue ``dispatch-plans``: plans the answer, or says in the ticket why it can't be."""
    claimed = await _claim(message.dispatch, services)
    mail = await _mail_of(claimed, services) if claimed else None
    if claimed is None or mail is None:
        event(log, Action.PLAN_DROPPED, dispatch=message.dispatch)
        return
    not_ours = replace(claimed.plan, tries=claimed.plan.tries - 1)
    try:
        if claimed.plan.tries > plan_claims.MOST_TRIES:
            await _give_up(claimed, TOO_MANY_TRIES, services)
        else:
            await _plan(claimed, mail, services)
    except LostRace:
        event(log, Action.PLAN_INTERRUPTED, level=logging.WARNING, dispatch=claimed.key)
        await plan_claims.let_go(claimed, services, not_ours)
    except TicketSystemBusy as busy:
        event(log, Action.PLAN_INTERRUPTED, level=logging.WARNING, dispatch=claimed.key, status=busy.status)
        await plan_claims.let_go(claimed, services, not_ours)
    except (TicketSystemRefused, BadConfiguration) as refused:
        # Nothing is wrong with the answer: the operator must fix the key or the settings, and the next tick asks again.
        event(log, Action.TICKET_FAILED, level=logging.ERROR, dispatch=claimed.key, error=str(refused)[:300])
        await plan_claims.let_go(claimed, services, not_ours)
    except Exception:
        ours = await storage_is_out(services)
        await plan_claims.let_go(claimed, services, not_ours if ours else claimed.plan)
        raise


async def give_up(message: PlanDispatch, services: Services) -> None:
    """Handles a message that failed five times: the ticket is told, where the answer itself was at fault."""
    dispatch = await services.ledger.dispatch(message.dispatch)
    if dispatch is None or dispatch.state is not DispatchState.PLANNING:
        return
    event(log, Action.PLAN_ABANDONED, level=logging.ERROR, dispatch=dispatch.key, tries=dispatch.plan.tries)
    if dispatch.plan.tries >= plan_claims.MOST_TRIES and not is_planned_now(dispatch, services.clock()):
        await _give_up(dispatch, TOO_MANY_TRIES, services)


async def finish(dispatch: Dispatch, services: Services) -> None:
    """Marks the e-mail row as sent, or says once on the ticket that it could not be. May be repeated."""
    (row,) = [row async for row in services.ledger.all_recipients(dispatch.key) if not row.superseded]
    reference = f"{dispatch.key}/{dispatch.rounds.current}"
    page = services.settings.status_page(dispatch.key)
    others = await services.content.get(_others(dispatch))
    told = {"subject": dispatch.content.subject, "reference": reference, "page": page}
    if row.state is RecipientState.DELIVERED:
        if others:
            # The row stays as failed: it is the others' too, and nothing that we do reaches them.
            note = reply_others_note(number=row.organization_number, others=json.loads(others), **told)
        elif await _is_marked(dispatch, services):
            return
        else:
            note = reply_unmarked_note(number=row.organization_number, **told)
        await note_once(dispatch.ticket_id, note, reference, services)
        return
    reason = explanation(row).meaning if row.reason else ""
    note = reply_failed_note(reason=reason, detail=row.detail, **told)
    await note_once(dispatch.ticket_id, note, reference, services)


async def _is_marked(dispatch: Dispatch, services: Services) -> bool:
    try:
        await services.tickets.mark_email_sent(dispatch.email_id)
    except TicketSystemRefused as error:
        event(log, Action.EMAIL_NOT_MARKED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)
        return False
    return True


def _others(dispatch: Dispatch) -> str:
    """Where it stands whom the answer was addressed to besides the organisation."""
    return f"{dispatch.key}/other-receivers.json"


async def _claim(key: DispatchKey, services: Services) -> Dispatch | None:
    now = services.clock()
    known = await services.ledger.dispatch(key)
    if known is None or known.state is not DispatchState.PLANNING or is_planned_now(known, now):
        return None
    lease = Lease(owner=services.new_owner(), until=now + PLANNER_LEASE)
    try:
        return await services.ledger.save(
            replace(known, lease=lease, plan=replace(known.plan, tries=known.plan.tries + 1), changed=now)
        )
    except LostRace:
        return None


async def _mail_of(claimed: Dispatch, services: Services) -> UndeliveredMail | None:
    """The e-mail row as it stands now; None where it is not to be sent any more, or can't be for now."""
    try:
        found = await services.undelivered_mail.undelivered(f"@{services.settings.pureservice_ef_domain}")
    except TicketSystemError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=claimed.key, status=error.status)
        await _wait(claimed, services)
        return None
    mail = next((mail for mail in found if mail.id == claimed.email_id), None)
    if mail is None and services.clock() - claimed.created >= SETTLED_AFTER:
        await _settled(claimed, services)
    elif mail is None or are_off(services):
        await _wait(claimed, services)
        return None
    return mail


async def _wait(claimed: Dispatch, services: Services) -> None:
    await plan_claims.let_go(claimed, services, replace(claimed.plan, tries=claimed.plan.tries - 1))


async def _settled(claimed: Dispatch, services: Services) -> None:
    """Somebody has settled the message otherwise; the ticket says that it did not go out by us."""
    try:
        await _give_up(claimed, SETTLED, services)
    except LostRace:
        return
    except TicketSystemBusy:
        await _wait(claimed, services)


async def _plan(claimed: Dispatch, mail: UndeliveredMail, services: Services) -> None:
    ticket = await services.tickets.ticket(mail.ticket_id)
    if ticket is None:
        await _give_up(claimed, "", services)
        return
    locals_ = receivers(mail.to, services.settings.pureservice_ef_domain)
    if len(locals_) > 1:
        await _give_up(claimed, SEVERAL, services)
        return
    number = addresses.organisation_number(locals_[0]) if locals_ else ""
    nine = addresses.ORGANISATION_NUMBER.fullmatch(number) is not None and not services.settings.ef_strict_orgnr
    if not (nine or addresses.valid_organisation_number(number)):
        await _give_up(claimed, INVALID, services)
        return
    try:
        await _write(claimed, mail, ticket, number, services)
    except Rejected as rejected:
        await _give_up(claimed, " ".join(rejected.problems), services)
    except TicketSystemRefused as refused:
        if refused.is_about_our_key:
            raise
        await _give_up(claimed, refusal(refused), services)


async def _give_up(claimed: Dispatch, problem: str, services: Services) -> None:
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
    await services.ledger.retire(await services.ledger.save(rejected))
    event(log, Action.REJECTED, dispatch=claimed.key, problems=1)


async def _write(claimed: Dispatch, mail: UndeliveredMail, ticket: Ticket, number: str, services: Services) -> None:
    letter = await compose_reply(ticket, mail, services, number=number)
    others = other_receivers(mail.to, services.settings.pureservice_ef_domain)
    if others:
        await services.content.put(_others(claimed), json.dumps(others).encode(), content_type="application/json")
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
