"""Whom letters come from and where their answers go, as a case worker reads it before and after they are sent."""

import re
from dataclasses import dataclass

from dispatch.core import Mailbox, Scenario
from dispatch.settings import Settings

_UNREAD = re.compile(r"(no|not|ikke|ingen|do-?not)[-_.]?(reply|svar|answer)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """Both in words. ``is_unread`` where the answers' address looks like one that nobody reads."""

    sender: str
    answers: str
    is_unread: bool = False


def origin_of(settings: Settings, scenario: Scenario) -> Origin:
    """As the settings have it now."""
    if scenario is Scenario.ONE_TO_ONE and settings.pureservice_121_send_via == "pureservice":
        return Origin("Pureservice, fra adressen som er satt opp der", "Mottakerens egen sak")
    senders = shown_senders(settings)
    words = ", ".join(_words(sender) for sender in senders)
    replies = settings.mail_replyto_address
    if scenario is Scenario.ONE_TO_ONE and replies:
        return Origin(words, f"{replies}, og derfra til mottakerens egen sak")
    if replies:
        answers = Mailbox(replies, settings.mail_replyto_name)
        return Origin(words, _words(answers), bool(_UNREAD.match(answers.address)))
    if settings.sender_by(
        settings.transports[0]
    ):  # letters say so themselves: nobody reads what comes to such an address
        return Origin(words, _words(Mailbox(settings.mail_from_address, settings.mail_from_name)))
    to_whom = words if len(senders) == 1 else f"Den av adressene som meldingen kom fra: {words}"
    return Origin(words, to_whom, any(_UNREAD.match(sender.address) for sender in senders))


def shown_senders(settings: Settings) -> list[Mailbox]:
    """Whom letters are from: each of the mailboxes that share the sending, or one address alone."""
    if own := settings.sender_by(settings.transports[0]):
        return [Mailbox(own)]
    follows = bool(settings.pool) and settings.mail_senders_from == "mailbox"
    addresses = [member.address for member in settings.pool] if follows else [settings.mail_from_address]
    return [Mailbox(address, settings.mail_from_name) for address in addresses]


def _words(mailbox: Mailbox) -> str:
    return f"{mailbox.name} <{mailbox.address}>" if mailbox.name else mailbox.address
