"""One letter on its way: what is sent, by which route, and where a lost one is found."""

from dataclasses import dataclass

from dispatch.core import (
    BEGUN,
    Accepted,
    Batch,
    Channel,
    Dispatch,
    Letter,
    Mailbox,
    MailError,
    OutcomeUnknown,
    OutgoingMail,
    Recipient,
    RecipientRefused,
    Route,
    Seen,
    letter_key,
    message_ids,
)
from dispatch.ports import MailTransport
from dispatch.sending.request_gate import RequestGate
from dispatch.services import Services
from dispatch.settings import Settings, sender_of, senders_of


def outgoing(row: Recipient, dispatch: Dispatch, letter: Letter, services: Services, *, batch: Batch) -> OutgoingMail:
    """The letter to one recipient; its key, Message-ID and date are the same at every attempt to the same address."""
    by_exchange = row.channel is Channel.EFORMIDLING
    before = row.attempt.route
    route = before if row.state in BEGUN else route_of(batch, services.settings)
    key = letter_key(row, dispatch.key, redirect=route.redirect)
    # A batch is sent anew under another number only: an id that eFormidling has seen can never be used again.
    own_id, conversation = (
        message_ids(dispatch.key, key, row.batch + 1) if by_exchange else (f"<{key}@{_domain(services)}>", "")
    )
    return OutgoingMail(
        key=key,
        message_id=(row.attempt.message_id if before.redirect == route.redirect else "") or own_id,
        date=row.attempt.date or services.clock().replace(microsecond=0),
        sender=_from(route, services) if not by_exchange else services.sender,
        reply_to=services.reply_to,
        to=Mailbox(_redirect(route, services.settings) or row.address, row.name),
        letter=letter,
        organization_number=row.organization_number,
        request_number=row.own_ticket.number or dispatch.request_number,
        conversation_id=conversation,
        planned_at=dispatch.plan.made or dispatch.created,
        route=route,
    )


def route_of(batch: Batch, settings: Settings) -> Route:
    """The route of an attempt that begins now."""
    if batch.channel is Channel.EFORMIDLING:
        return Route(settings.ef_ip_url)
    mailbox = sender_of(batch, settings).name
    return Route(mailbox, redirect=settings.mail_redirect_to, unsaved=settings.mail_reconcile == "off")


def is_still_taken(row: Recipient, batch: Batch, settings: Settings) -> bool:
    """Whether an attempt would take the same route today as the row's last one did, and may."""
    if not row.attempt.route.is_known:
        return True
    may = row.channel is Channel.EFORMIDLING or sender_of(batch, settings) in senders_of(batch.channel, settings)
    return may and row.attempt.route == route_of(batch, settings)


def _from(route: Route, services: Services) -> Mailbox:
    """Whom the letter is from: the mailbox of the pool that sends it, or the one address of all."""
    settings = services.settings
    follows = settings.pool and settings.mail_senders_from == "mailbox" and route.is_known
    return Mailbox(route.sender, settings.mail_from_name) if follows else services.sender


def _redirect(route: Route, settings: Settings) -> str:
    return route.redirect if route.is_known else settings.mail_redirect_to


def _domain(services: Services) -> str:
    return services.sender.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a letter in doubt: its draft was found and sent, or the transport says whom it sent nothing."""

    outcome: Accepted | MailError


async def seek(
    transport: MailTransport, mail: OutgoingMail, *, gate: RequestGate, draft_id: str, last_look: bool, may_send: bool
) -> Seen | Settled | MailError:
    """Looks for a letter that is in doubt; sends its draft where that may be, and it is certain that it never left.

    Our recorded draft that never left may be sent at once. One that we did not record is on its way through the Drafts
    folder, as every message is; only at the last look is it taken for stuck. Sending the same item twice is refused by
    the mailbox, so neither can make a second copy.
    """
    try:
        async with gate.asking():
            seen = await transport.find(mail, draft_id=draft_id)
        if may_send and seen.draft_id and (seen.draft_id == draft_id or last_look):
            async with gate.acting():
                return await _send_draft(transport, mail, seen.draft_id)
    except RecipientRefused as refused:
        return Settled(refused)
    except MailError as error:
        return error
    return seen


async def _send_draft(transport: MailTransport, mail: OutgoingMail, draft_id: str) -> Settled:
    try:
        return Settled(await transport.send(mail, draft_id=draft_id))
    except OutcomeUnknown:
        raise  # still in doubt, as it was
    except MailError as error:
        return Settled(error)
