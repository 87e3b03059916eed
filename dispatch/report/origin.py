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
    sender = Mailbox(settings.mail_from_address, settings.mail_from_name)
    replies = settings.mail_replyto_address
    if scenario is Scenario.ONE_TO_ONE and replies:
        return Origin(_words(sender), f"{replies}, og derfra til mottakerens egen sak")
    answers = Mailbox(replies, settings.mail_replyto_name) if replies else sender
    return Origin(_words(sender), _words(answers), bool(_UNREAD.match(answers.address)))


def _words(mailbox: Mailbox) -> str:
    return f"{mailbox.name} <{mailbox.address}>" if mailbox.name else mailbox.address
