"""A trial: the letter exactly as one recipient would get it, sent to somebody of our own by the same transports.

It is no dispatch: nothing of it is in the ledger, and nobody's letter is taken for sent because of it.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace

from dispatch.core import (
    Channel,
    Letter,
    Mailbox,
    MailError,
    MessageRefused,
    OutcomeUnknown,
    OutgoingMail,
    RecipientRefused,
    RecipientState,
    Rejected,
    TicketSystemBusy,
    TicketSystemRefused,
    TooLarge,
    addresses,
    dispatch_key,
    merging,
    recipient_key,
)
from dispatch.planning.candidates import NO_MESSAGE
from dispatch.planning.own_file_names import MEGABYTE, fetched
from dispatch.planning.preview import Preview
from dispatch.planning.unreadable_rows import refusal
from dispatch.ports import MailTransport
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

MARK = "Prøve: "  # before the subject
NOBODY = "Det er ingen å vise prøven for. Se forhåndsvisningen."
UNSURE = "Det er usikkert om prøven ble sendt. Se i innboksen før du ber om en ny."
TOO_LARGE = "Prøven er med vedlegg større enn {} MB, som er grensen. Fjern eller forminsk vedlegg."
NO_FILES = "Pureservice svarer ikke, så vedleggene til prøven kunne ikke hentes. Prøv igjen om litt."
NOT_THEIRS = "{} får ikke meldingen, så det er ingen prøve å sende. Velg en annen mottaker."
PERHAPS = "En prøve til {} ble avbrutt, og det er usikkert om den ble sendt. Se i innboksen før du ber om en ny."
REFUSED = "Prøven kunne ikke sendes nå. Prøv igjen senere, eller be den som drifter løsningen om hjelp."


def may_try(address: str, services: Services) -> bool:
    """Whether trials may go to the address: to our own domains, and to no others."""
    return address.rpartition("@")[2].casefold() in services.settings.trial_domains


async def send_trial(found: Preview, to: str, services: Services) -> str:
    """Sends the preview's letter to the address; returns where it went, which is elsewhere where all is redirected.

    Raises:
        Rejected: it may not go there, there is no letter to send, its files can't be had, or nobody took it.
    """
    address = _checked(to, services)
    if found.problems or found.letter is None or found.chosen is None:
        raise Rejected(found.problems or [NOBODY])
    if found.chosen.state is RecipientState.SKIPPED:
        raise Rejected(
            [NOT_THEIRS.format(found.chosen.name or found.chosen.address or found.chosen.organization_number)]
        )
    letter = await _as_trial(found, found.letter, services)
    to_mailbox = Mailbox(services.settings.mail_redirect_to or address)
    key = recipient_key(dispatch_key(found.ticket.id, NO_MESSAGE), Channel.EMAIL, f"trial {uuid.uuid4().hex}")
    mail = OutgoingMail(
        key=key,
        message_id=f"<{key}@{services.sender.address.rpartition('@')[2]}>",
        date=services.clock().replace(microsecond=0),
        sender=services.sender,
        reply_to=services.reply_to,
        to=to_mailbox,
        letter=letter,
        request_number=found.ticket.number,
    )
    await _send(mail, services.transports)
    event(log, Action.TRIAL_SENT, ticket=found.ticket.id)
    return to_mailbox.address


def _checked(to: str, services: Services) -> str:
    try:
        address = addresses.normalise(to)
    except addresses.InvalidAddress as error:
        raise Rejected([f"«{to[:100]}» er ikke en e-postadresse som kan brukes."]) from error
    if not may_try(address, services):
        allowed = ", ".join(services.settings.trial_domains)
        raise Rejected([f"Prøver sendes bare til egne adresser ({allowed}), og ikke til {address}."])
    return address


async def _as_trial(found: Preview, letter: Letter, services: Services) -> Letter:
    assert found.chosen is not None
    most = services.settings.mail_max_megabytes
    try:
        own = await fetched(found.own.of(found.chosen), services, room=most * MEGABYTE - letter.size)
    except TooLarge as error:
        raise Rejected([TOO_LARGE.format(most)]) from error
    except TicketSystemBusy as error:
        raise Rejected([NO_FILES]) from error
    except TicketSystemRefused as error:
        raise Rejected([refusal(error)]) from error
    subject = f"{MARK}{letter.subject}"[: merging.LONGEST_SUBJECT]
    return replace(letter, subject=subject, attachments=(*letter.attachments, *own))


async def _send(mail: OutgoingMail, transports: Sequence[MailTransport]) -> None:
    for transport in transports:
        try:
            draft = await transport.prepare(mail) if transport.needs_draft(mail) else ""
            await transport.send(mail, draft_id=draft)
        except OutcomeUnknown as error:
            raise Rejected([UNSURE]) from error
        except (RecipientRefused, MessageRefused) as error:
            raise Rejected([f"E-postserveren avviste prøven: {error.code}."]) from error
        except MailError:
            continue  # certainly not sent: the next one is asked
        return
    raise Rejected([REFUSED])
