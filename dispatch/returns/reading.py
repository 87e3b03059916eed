"""Reads one mail of the sender's mailbox: is it a report, of what, of whom, and about which letter."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from dispatch.core import text
from dispatch.returns.address_fields import addresses_in, known_message_id
from dispatch.returns.delivery_status import STATUS_PARTS, envelope_id, status_part, told_in
from dispatch.returns.free_text import lines_of, told_in_words
from dispatch.returns.html_lines import lines_of_html
from dispatch.returns.message_classes import kind_of_class
from dispatch.returns.reports import Action, MailKind, MailReport, Told, Traces
from dispatch.returns.returned_message import KEY_FIELD, copied_head, returned_head
from dispatch.returns.sections import LONGEST_TEXT, LONGEST_VALUE, Head, Section, section_of
from dispatch.returns.senders import is_automatic, is_by_a_server, is_of_a_list

FAILURES = frozenset({MailKind.NOT_DELIVERED, MailKind.DELAYED})
_REPORT_TYPES = {"disposition-notification": MailKind.READ_RECEIPT, "feedback-report": MailKind.COMPLAINT}
_OUR_KEY = re.compile(r"(?<![a-z0-9])[a-z2-7]{26}(?![a-z0-9])", re.ASCII)
_KEY_IN_ADDRESS = re.compile(r"\+([a-z2-7]{26})@", re.ASCII)
_ADDRESSEES = ("to", "delivered-to", "x-original-to", "envelope-to")
_PARTS = {
    "message/disposition-notification": MailKind.READ_RECEIPT,
    "message/global-disposition-notification": MailKind.READ_RECEIPT,
    "message/feedback-report": MailKind.COMPLAINT,
}


def read_mime(mail: bytes, *, message_class: str = "") -> MailReport:
    """The mail as MIME. ``message_class`` is Exchange's, where it is known. Whatever comes in, nothing is raised."""
    return _read(section_of(mail), message_class)


def read_item(item: Mapping[str, Any], *, message_class: str = "") -> MailReport:
    """The mail as Graph's JSON, with ``internetMessageHeaders``, ``from`` and ``body``: where no MIME can be had."""
    rows = item.get("internetMessageHeaders")
    fields = [
        (_line(row.get("name")).lower(), _line(row.get("value")))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, Mapping)
    ]
    sender = _part(_part(item, "from"), "emailAddress").get("address")
    known = [field for field in fields if not field[0].startswith("content-")]
    if not any(name == "from" for name, _ in known):
        known.append(("from", _line(sender)))
    body = _part(item, "body")
    media = "text/plain" if str(body.get("contentType", "")).lower() == "text" else "text/html"
    content = str(body.get("content") or "")[:LONGEST_TEXT]
    head = Head((*known, ("content-type", f"{media}; charset=utf-8")))
    return _read(Section(head, media, content.encode("utf-8", "replace")), message_class)


def _read(mail: Section, message_class: str) -> MailReport:
    by_class = kind_of_class(message_class)
    another = _kind_of_another(mail)
    if another is not None:
        return MailReport(another)
    part = status_part(mail)
    lines = _lines(mail)
    copied, begins = copied_head(lines)
    told: tuple[Told, ...] = ()
    if part is not None and (mail.media == "multipart/report" or is_by_a_server(mail.head) or by_class in FAILURES):
        told = told_in(part)
    elif by_class in FAILURES or (by_class is None and is_by_a_server(mail.head)):
        told = _as_class(told_in_words(lines[:begins], named=_named(mail)), by_class)
    if not told:
        return MailReport(by_class if by_class and by_class not in FAILURES else _kind_without_report(mail))
    returned = returned_head(mail)
    return MailReport(_kind_of(told), told, _traces(mail, part, copied if returned is None else returned))


def _kind_of_another(mail: Section) -> MailKind | None:
    """What it is where its form says that it is no report on delivery."""
    if is_of_a_list(mail.head):
        return MailKind.OTHER
    if mail.media != "multipart/report" or status_part(mail) is not None:
        return None
    said = _REPORT_TYPES.get(mail.parameter("report-type").lower())
    return said or next((_PARTS[part.media] for part in mail.parts if part.media in _PARTS), None)


def _kind_without_report(mail: Section) -> MailKind:
    return MailKind.AUTO_REPLY if is_automatic(mail.head) else MailKind.OTHER


def _kind_of(told: Sequence[Told]) -> MailKind:
    actions = {one.action for one in told}
    if Action.FAILED in actions:
        return MailKind.NOT_DELIVERED
    if Action.DELAYED in actions:
        return MailKind.DELAYED
    return MailKind.DELIVERY_NOTICE if Action.ARRIVED in actions else MailKind.OTHER


def _as_class(told: tuple[Told, ...], by_class: MailKind | None) -> tuple[Told, ...]:
    """Exchange's class of a mail says which of the two it is, whatever its words are."""
    if by_class not in FAILURES:
        return told
    action = Action.FAILED if by_class is MailKind.NOT_DELIVERED else Action.DELAYED
    return tuple(replace(one, action=action) for one in told)


def _named(mail: Section) -> frozenset[str]:
    return frozenset().union(*(addresses_in(value) for value in mail.head.all("x-failed-recipients")))


def _lines(mail: Section) -> list[str]:
    texts = list(mail.texts())
    plain = next((one for one in texts if one.media == "text/plain"), None)
    if plain is not None:
        return lines_of(plain.text)
    html = next((one for one in texts if one.media == "text/html"), None)
    return lines_of(lines_of_html(html.text)) if html is not None else []


def _traces(mail: Section, part: Section | None, returned: Head | None) -> Traces:
    head = returned or Head()
    ids = frozenset(known_message_id(value) for value in head.all("message-id") if value)
    keys = frozenset(value.strip().lower() for value in head.all(KEY_FIELD))
    if part is not None and not (ids or keys):
        keys = frozenset(_OUR_KEY.findall(envelope_id(part).lower()))
    # What is left of a message that can't be read may be another's: then nothing around it is evidence.
    unread = not (ids or keys) and (not mail.whole or _is_torn(mail))
    return Traces(
        keys,
        ids,
        frozenset() if unread else frozenset(_answered(mail.head)),
        frozenset().union(*(addresses_in(value) for value in head.all("to"))),
        addressed=frozenset().union(*(_KEY_IN_ADDRESS.findall(value.lower()) for value in _came_to(mail.head))),
        sent=_moment(head.first("date")),
        hidden=unread or part is None,  # servers put a copy into every text; one without it was cut short
    )


def _moment(date: str) -> datetime | None:
    """A Date field; None where it is none."""
    try:
        found = parsedate_to_datetime(date)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _came_to(head: Head) -> list[str]:
    """Where the report was sent: the envelope sender of the letter, which may hold its key."""
    return [value for name in _ADDRESSEES for value in head.all(name)]


def _is_torn(mail: Section) -> bool:
    """Whether there are more traces of a message than were read, or more reports than one."""
    return b"message-id" in mail.body.lower() or sum(part.media in STATUS_PARTS for part in mail.parts) > 1


def _answered(head: Head) -> list[str]:
    """The Message-ID that the report says it answers; of a thread, the last."""
    said = [head.first("x-original-message-id"), head.first("in-reply-to")]
    thread = head.first("references").split()[-1:]
    return [known_message_id(value) for value in said if value] or [known_message_id(value) for value in thread]


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = item.get(name)
    return found if isinstance(found, Mapping) else {}


def _line(value: object) -> str:
    return text.line(value, most=LONGEST_VALUE) if isinstance(value, str) else ""
