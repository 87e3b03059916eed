"""Why a letter came back: what a status code and a server's words say, in our categories."""

import re

from dispatch.core import ReturnCause, is_about_us, without_addresses
from dispatch.returns.reports import Action

LONGEST_WORDS = 500

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3}\.\d{1,3})(?![\d.]*\d)", re.ASCII)
_BASIC = re.compile(r"(?<![\d.])([245]\d\d)(?![\d.]*\d)", re.ASCII)
_QUOTA = re.compile(r"SubmissionQuotaExceeded|message limit exceeded|external recipient rate", re.IGNORECASE)
_DOMAIN = re.compile(r"\b(?:SPF|DKIM|DMARC)\b", re.IGNORECASE)
_GROUP = re.compile(
    r"AuthRequired|not authenticated for|RESOLVER\.RST|only accepts? (?:messages|mail) from", re.IGNORECASE
)
_LARGE = re.compile(
    r"\btoo (?:large|big)\b|size limit|exceeds? (?:the )?(?:maximum )?size|RecipSizeLimit", re.IGNORECASE
)
_FULL = re.compile(r"\b(?:mail)?box (?:is )?full\b|over ?quota|quota exceeded|\bfull\b", re.IGNORECASE)
_NOBODY = re.compile(
    r"\b(?:user|recipient|mailbox|account|address)\b[^.;]{0,40}\b(?:unknown|not found|(?:not|doesn't) exist|invalid)\b"
    r"|\b(?:unknown|no such|invalid) (?:user|recipient|mailbox|account|address)\b|\bno mailbox here\b|RecipNotFound"
    r"|RecipientNotFound|\buser unknown\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\b(?:mailbox|account|user)\b[^.;]{0,40}\b(?:disabled|inactive|closed|suspended)\b", re.IGNORECASE
)
_NO_HOST = re.compile(
    r"host (?:or domain name )?not found|domain (?:not found|unknown)|NXDOMAIN|couldn't find any host", re.IGNORECASE
)
_GAVE_UP = re.compile(
    r"giving up|given up|g[aå]r? opp|too long|expired|timed? ?out|retry time|not going to try again|no longer be tried",
    re.IGNORECASE,
)
_SPAM = re.compile(r"\b(?:spam|junk|virus|policy|banned|rejected for)\b", re.IGNORECASE)

_BY_CODE = {
    **dict.fromkeys(("1.0", "1.1", "1.3", "1.4", "1.6", "1.10"), ReturnCause.NO_SUCH_MAILBOX),
    **dict.fromkeys(("1.2", "4.4", "4.310"), ReturnCause.NO_SUCH_DOMAIN),
    "2.1": ReturnCause.MAILBOX_CLOSED,
    "2.2": ReturnCause.MAILBOX_FULL,
    **dict.fromkeys(("2.3", "3.4"), ReturnCause.TOO_LARGE),
    **dict.fromkeys(("1.90", "7.232", "7.233"), ReturnCause.OUR_QUOTA),
    **dict.fromkeys((*(f"7.{number}" for number in range(20, 30)), "7.509", "7.515"), ReturnCause.OUR_DOMAIN),
    # Groups and mailboxes that take mail from inside, or from some, only.
    **dict.fromkeys(("7.124", "7.129", "7.133", "7.134", "7.135", "7.136"), ReturnCause.POLICY),
}
_BY_WORDS = (
    (_QUOTA, ReturnCause.OUR_QUOTA),
    (_LARGE, ReturnCause.TOO_LARGE),
    (_FULL, ReturnCause.MAILBOX_FULL),
    (_NOBODY, ReturnCause.NO_SUCH_MAILBOX),
    (_CLOSED, ReturnCause.MAILBOX_CLOSED),
    (_NO_HOST, ReturnCause.NO_SUCH_DOMAIN),
    (_GAVE_UP, ReturnCause.NO_ANSWER),
    (_SPAM, ReturnCause.POLICY),
)
_BY_SUBJECT = {
    "1": ReturnCause.NO_SUCH_MAILBOX,
    "4": ReturnCause.NO_ANSWER,
    "5": ReturnCause.CONTENT,
    "6": ReturnCause.CONTENT,
    "7": ReturnCause.POLICY,
}


def code_in(status: str, words: str = "") -> str:
    """The enhanced code; one in the words where the status only says its class, and the server's own where none is."""
    given, said = _ENHANCED.search(status[:LONGEST_WORDS]), _ENHANCED.search(words[:LONGEST_WORDS])
    if given is not None and (given[2] != "0.0" or said is None or said[1] != given[1]):
        return given[0]
    if said is not None:
        return said[0]
    basic = _BASIC.search(words[:LONGEST_WORDS])
    return basic[0] if basic is not None else ""


def cause_of(code: str, words: str) -> ReturnCause:
    """Why. The code decides where it means one thing only; then whom the words are about; then what they say."""
    found = _ENHANCED.fullmatch(code)
    subject = found[2] if found else ""
    if subject in _BY_CODE:
        return _BY_CODE[subject]
    shown = plain_words(words)
    if subject == "4.1" and "access denied" in shown.lower():  # Exchange's edge knows no such recipient
        return ReturnCause.NO_SUCH_MAILBOX
    if _QUOTA.search(shown):
        return ReturnCause.OUR_QUOTA
    if not _GROUP.search(shown) and is_about_us(subject, shown):
        return ReturnCause.OUR_DOMAIN if _DOMAIN.search(shown) else ReturnCause.OUR_SENDER
    if subject[:1] not in {"", "0", "2", "3"}:
        return _BY_SUBJECT.get(subject[:1], ReturnCause.NOT_SAID)
    return next((cause for words_of, cause in _BY_WORDS if words_of.search(shown)), ReturnCause.NOT_SAID)


def action_in_words(code: str, words: str) -> Action:
    """What became of it where only words tell: a passing code is a failure only where the server says that it ended."""
    if code.startswith("5"):
        return Action.FAILED
    shown = plain_words(words)
    if _GAVE_UP.search(shown) or (not code and _NOBODY.search(shown)):
        return Action.FAILED
    return Action.DELAYED if code.startswith("4") else Action.NOT_SAID


def plain_words(words: str) -> str:
    """The server's words on one line, without the addresses that they repeat."""
    return without_addresses(words)[:LONGEST_WORDS]
