"""What an SMTP server's replies mean at each stage, and what it means that none came.

The enhanced code (``5.1.1``) decides before the basic one (``550``), which many servers use for everything. Of a
reply's text nothing is kept: it repeats addresses.
"""

import re
from enum import IntEnum

from dispatch.core import (
    MailError,
    MessageRefused,
    OutcomeUnknown,
    Reason,
    RecipientRefused,
    Refusal,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
    is_about_us,
    is_greylisting,
    is_rate,
)

SMTP = Transport.SMTP
MOMENT, GREYLISTED, FULL = 30.0, 300.0, 3600.0  # seconds
TOO_MANY_CONNECTIONS = 432
CLOSING = 421


class Stage(IntEnum):
    """How far a conversation has come. Up to ``DATA`` nothing can have been accepted; after ``END`` anything can."""

    CONNECT = 1
    SIGN_IN = 2
    MAIL = 3
    RCPT = 4
    DATA = 5  # asked for, or being written
    END = 6  # the final dot was handed to the connection


SIGN_IN_WANTED = frozenset({530, 534, 535, 538})
NOT_UNDERSTOOD = frozenset({500, 502, 503, 504})
_TOO_LARGE = frozenset({"2.3", "3.4"})
_FULL = "2.2"

_ENHANCED = re.compile(r"\s*([45])\.(\d{1,3}\.\d{1,3})(?!\d)")


def error_of(stage: Stage, code: int, text: str) -> MailError:
    """What to raise for a reply that is not the one that the stage waits for."""
    found = _ENHANCED.match(text)
    lasting = found.group(1) == "5" if found else code // 100 == 5  # noqa: PLR2004  # the class of final refusals
    subject = found.group(2) if found else ""
    label = f"{code} {found.group().strip()}" if found else str(code)
    if stage is Stage.END and (code == CLOSING or code // 100 not in (4, 5)):
        return OutcomeUnknown(SMTP, label, _at(stage))
    if code == TOO_MANY_CONNECTIONS or (
        stage <= Stage.MAIL and not lasting and (subject == "3.2" or is_rate(subject, text))
    ):
        return Throttled(SMTP, label, _at(stage), retry_after=MOMENT)
    if stage <= Stage.SIGN_IN:
        return TransportRefused(SMTP, label, _at(stage))
    if lasting:
        return _final(stage, code, subject, text, label)
    return _for_now(stage, code, subject, text, label)


def lost(stage: Stage, error: BaseException) -> MailError:
    """What to raise when the connection broke or no reply came."""
    label = type(error).__name__
    if stage is Stage.END:
        return OutcomeUnknown(SMTP, label, _at(stage))
    if stage <= Stage.SIGN_IN:
        return TransportRefused(SMTP, label, _at(stage), about=Refusal.OUT_OF_REACH)
    return TryAgain(SMTP, label, _at(stage), retry_after=MOMENT)


def _at(stage: Stage) -> str:
    return f"at {stage.name}"


def _for_now(stage: Stage, code: int, subject: str, text: str, label: str) -> MailError:
    if stage is Stage.MAIL:
        return Throttled(SMTP, label, _at(stage), retry_after=MOMENT)
    if code // 100 not in (4, 5) or code == CLOSING:  # out of step, or closing: on a new connection it may go well
        return TryAgain(SMTP, label, _at(stage), retry_after=MOMENT)
    if is_rate(subject, text):
        return Throttled(SMTP, label, _at(stage), retry_after=MOMENT)
    if is_about_us(subject, text) and not is_greylisting(text):
        return TransportRefused(SMTP, label, _at(stage))
    return TryAgain(SMTP, label, _at(stage), retry_after=FULL if subject == _FULL else GREYLISTED)


def _final(stage: Stage, code: int, subject: str, text: str, label: str) -> MailError:
    at = _at(stage)
    about_us = code in SIGN_IN_WANTED or code in NOT_UNDERSTOOD or is_about_us(subject, text)
    too_large = subject in _TOO_LARGE or (code == 552 and not subject and stage is not Stage.RCPT)  # noqa: PLR2004
    if about_us:
        return TransportRefused(SMTP, label, at)
    if too_large:
        return MessageRefused(SMTP, label, at)
    if stage is Stage.MAIL:
        return TransportRefused(SMTP, label, at)
    if subject == _FULL or (code == 552 and not subject):  # noqa: PLR2004  # RFC 5321 wants 452 for a full mailbox
        return TryAgain(SMTP, label, at, retry_after=FULL)
    return _recipient(code, subject, label) if stage is Stage.RCPT else _message(stage, subject, label)


def _recipient(code: int, subject: str, label: str) -> MailError:
    policy = subject.startswith("7.") or (code == 554 and not subject)  # noqa: PLR2004  # "transaction failed"
    reason = Reason.POLICY_REFUSED if policy else Reason.RECIPIENT_REFUSED
    return RecipientRefused(SMTP, label, _at(Stage.RCPT), reason=reason)


def _message(stage: Stage, subject: str, label: str) -> MailError:
    if subject == "2.0":  # what Exchange says when its own store will not submit: about the sender's mailbox
        return TransportRefused(SMTP, label, _at(stage))
    if subject.startswith("1.") or subject == "2.1":
        return RecipientRefused(SMTP, label, _at(stage))
    return MessageRefused(SMTP, label, _at(stage))
