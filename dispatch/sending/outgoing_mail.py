"""One letter on its way: what is sent, and where a lost one is found."""

from dataclasses import dataclass

from dispatch.core import (
    Accepted,
    Channel,
    Dispatch,
    Letter,
    Mailbox,
    MailError,
    OutcomeUnknown,
    OutgoingMail,
    Recipient,
    Seen,
    message_ids,
    recipient_key,
)
from dispatch.ports import MailTransport
from dispatch.sending.request_gate import RequestGate
from dispatch.services import Services


def outgoing(row: Recipient, dispatch: Dispatch, letter: Letter, services: Services) -> OutgoingMail:
    """The letter to one recipient; its key, Message-ID and date are the same at every attempt."""
    by_exchange = row.channel is Channel.EFORMIDLING
    identity = row.organization_number if by_exchange else row.address.casefold()
    key = recipient_key(dispatch.key, row.channel, identity)
    # A batch is sent anew under another number only: an id that eFormidling has seen can never be used again.
    own_id, conversation = (
        message_ids(dispatch.key, key, row.batch + 1) if by_exchange else (f"<{key}@{_domain(services)}>", "")
    )
    return OutgoingMail(
        key=key,
        message_id=row.attempt.message_id or own_id,
        date=row.attempt.date or services.clock().replace(microsecond=0),
        sender=services.sender,
        reply_to=services.reply_to,
        to=Mailbox(services.settings.mail_redirect_to or row.address, row.name),
        letter=letter,
        organization_number=row.organization_number,
        request_number=row.own_ticket.number or dispatch.request_number,
        conversation_id=conversation,
        planned_at=dispatch.plan.made or dispatch.created,
    )


def _domain(services: Services) -> str:
    return services.sender.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class SentDraft:
    """What became of a draft that was found among the drafts and sent."""

    outcome: Accepted | MailError


async def seek(
    transport: MailTransport, mail: OutgoingMail, *, gate: RequestGate, draft_id: str, last_look: bool
) -> Seen | SentDraft | MailError:
    """Looks for a letter that is in doubt; sends its draft where it is certain that the draft never left.

    Our recorded draft that never left may be sent at once. One that we did not record is on its way through the Drafts
    folder, as every message is; only at the last look is it taken for stuck. Sending the same item twice is refused by
    the mailbox, so neither can make a second copy.
    """
    try:
        async with gate.asking():
            seen = await transport.find(mail, draft_id=draft_id)
        if seen.draft_id and (seen.draft_id == draft_id or last_look):
            async with gate.acting():
                return await _send_draft(transport, mail, seen.draft_id)
    except MailError as error:
        return error
    return seen


async def _send_draft(transport: MailTransport, mail: OutgoingMail, draft_id: str) -> SentDraft:
    try:
        return SentDraft(await transport.send(mail, draft_id=draft_id))
    except OutcomeUnknown:
        raise  # still in doubt, as it was
    except MailError as error:
        return SentDraft(error)
