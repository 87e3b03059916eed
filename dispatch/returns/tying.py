"""To which of our letters a report belongs: to one, on evidence that no other letter shares, or to none.

A letter has one recipient and a key of its own. What names another letter as well, another recipient, or a message that
we did not send, speaks against it; nothing that is left is then enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.returns.address_fields import known_address, known_message_id
from dispatch.returns.reading import FAILURES
from dispatch.returns.reports import Action, MailReport, Told

LATEST = timedelta(days=6)  # servers give up after five days at most
CLOCKS_DIFFER = timedelta(minutes=10)


class TiedBy(StrEnum):
    """The evidence, the strongest first."""

    MARKER = "marker"
    MESSAGE_ID = "message_id"
    ADDRESS = "address"  # nothing but the address; whoever uses it may want a person to look


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter that was sent, or may have been, as the ledger knows it."""

    key: str
    message_id: str
    address: str  # where it went: with MAIL_REDIRECT_TO not the recipient's own
    mailbox: str = ""  # that it left from
    begun: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """A letter, and what the report says of it."""

    letter: SentLetter
    told: Told
    by: TiedBy


def tie(
    report: MailReport, letters: Iterable[SentLetter], *, mailbox: str = "", received: datetime | None = None
) -> Tie | None:
    """The letter that the report is about; None where it is none of these, or could be another.

    ``letters`` must hold every letter with one of the report's ``keys`` or ``addresses``: the others speak against it.
    """
    if report.kind not in FAILURES:
        return None
    given = list(letters)
    fit = [letter for letter in given if _could_be(letter, mailbox=mailbox, received=received)]
    if report.traces.is_empty:
        return None if report.traces.hidden else _by_address(report, fit, received)
    named = _named(report, given)
    if len(named) != 1 or named[0][0] not in fit:
        return None
    letter, by = named[0]
    told = _of_recipient(report, letter, given)
    return Tie(letter, told, by) if told else None


def _could_be(letter: SentLetter, *, mailbox: str, received: datetime | None) -> bool:
    """Whether the letter left from this mailbox, and before the report came."""
    if mailbox and letter.mailbox and letter.mailbox.casefold() != mailbox.casefold():
        return False
    return not (received and letter.begun and letter.begun > received + CLOCKS_DIFFER)


def _named(report: MailReport, letters: Sequence[SentLetter]) -> list[tuple[SentLetter, TiedBy]]:
    """The letters that the report's traces name: one where all agree; none where one of them names what isn't ours."""
    traces = report.traces
    keys = traces.keys | traces.addressed
    by_key = [letter for letter in letters if letter.key in keys]
    by_id = [letter for letter in letters if _message_id(letter) in traces.message_ids]
    by_answer = [letter for letter in letters if _message_id(letter) in traces.answers]
    if any(len(found) > 1 for found in (keys, traces.message_ids, traces.answers)):
        return []
    if traces.message_ids and traces.answers and traces.message_ids.isdisjoint(traces.answers):
        return []  # it answers another message than it returns
    if (keys and not by_key) or (traces.message_ids and not (by_id or by_key)):
        return []  # a message that somebody else sent from the same mailbox
    strongest = TiedBy.MARKER if by_key else TiedBy.MESSAGE_ID
    return [(letter, strongest) for letter in dict.fromkeys((*by_key, *by_id, *by_answer))]


def _message_id(letter: SentLetter) -> str:
    return known_message_id(letter.message_id or letter.key)


def _of_recipient(report: MailReport, letter: SentLetter, letters: Sequence[SentLetter]) -> Told | None:
    """What the report says of the letter's recipient; None where it speaks of others only, or in two ways."""
    own = known_address(letter.address)
    if report.traces.to and own not in report.traces.to:
        return None
    others = {known_address(other.address) for other in letters if other != letter} - {own}
    said = [told for told in report.told if own in told.addresses] or _forwarded(report, own)
    if any(told.addresses & others for told in said):
        return None
    actions = {told.action for told in said}
    return said[0] if actions in ({Action.FAILED}, {Action.DELAYED}) else None


def _forwarded(report: MailReport, own: str) -> list[Told]:
    """The only recipient that the report speaks of, who is not ours, where the returned letter was written to ours.

    One that came to the letter's own address speaks of the letter's only recipient, whatever it calls them.
    """
    if len(report.told) != 1:
        return []
    told = report.told[0]
    return [told] if own in report.traces.to or not told.addresses or report.traces.addressed else []


def _by_address(report: MailReport, letters: Sequence[SentLetter], received: datetime | None) -> Tie | None:
    """A letter by its address alone: the only one that went there, in a report that speaks of nobody else."""
    if len(report.told) != 1:
        return None  # our letters have one recipient each
    told = report.told[0]
    fit = [letter for letter in letters if known_address(letter.address) in told.addresses]
    if len(fit) != 1 or told.action not in {Action.FAILED, Action.DELAYED}:
        return None
    late = bool(received and fit[0].begun and received - fit[0].begun > LATEST)
    return None if late else Tie(fit[0], told, TiedBy.ADDRESS)
