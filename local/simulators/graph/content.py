"""A message as the mailbox keeps it, read from Graph's JSON."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from local.simulators.graph import errors
from local.simulators.graph.errors import Refusal
from local.simulators.graph.records import KEY_PROPERTY, MESSAGE_CLASS, Files, ReceivedPart

MOST_HEADERS, MOST_RECIPIENTS = 5, 500
RECIPIENTS = {"toRecipients": "to", "ccRecipients": "cc", "bccRecipients": "bcc", "replyTo": "reply_to"}
# Properties of a message that change nothing here, but exist.
IGNORED = {
    "categories", "conversationId", "conversationIndex", "flag", "importance", "inferenceClassification",
    "isDeliveryReceiptRequested", "isRead", "isReadReceiptRequested", "multiValueExtendedProperties", "sensitivity",
}  # fmt: skip

_ADDRESS = re.compile(
    r"[^\s@<>(),;:\"\[\]\\.]+(?:\.[^\s@<>(),;:\"\[\]\\.]+)*@[^\s@<>(),;:\"\[\]\\.]+(?:\.[^\s@<>(),;:\"\[\]\\.]+)*"
)
_HEADER = re.compile(r"[xX]-[!-9;-~]+")
_PROPERTY = re.compile(r"\w+ (\{[0-9a-fA-F-]{36}\} (Name \S.*|Id 0x[0-9a-fA-F]+)|0x[0-9a-fA-F]+)")


class Person(NamedTuple):
    """An address with the name that was given for it."""

    address: str
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"emailAddress": {"name": self.name or self.address, "address": self.address}}


@dataclass(slots=True)
class Content:
    """What a message says. Replaced as a whole when a draft is changed, except for ``parts``, which grow."""

    subject: str = ""
    body: str = ""
    body_type: str = "text"
    message_id: str = ""
    sender: Person | None = None  # whom it is from
    acting: Person | None = None  # what it says of who sends, where it says so
    to: list[Person] = field(default_factory=list)
    cc: list[Person] = field(default_factory=list)
    bcc: list[Person] = field(default_factory=list)
    reply_to: list[Person] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    parts: list[ReceivedPart] = field(default_factory=list)
    mime: bytes = b""  # as it came in from outside; empty for what the mailbox itself made

    @property
    def recipients(self) -> list[Person]:
        return [*self.to, *self.cc, *self.bcc]

    @property
    def message_class(self) -> str:
        """What Exchange takes the message for."""
        return self.properties.get(MESSAGE_CLASS, "IPM.Note")

    @property
    def key(self) -> str:
        """What our marker says."""
        return next((value for name, value in self.properties.items() if name.endswith(KEY_PROPERTY)), "")


def read(body: object, base: Content, files: Files) -> Content:
    """The message that the JSON makes of ``base``; what it doesn't name stays.

    Raises:
        Refusal: something in it isn't as it must be.
    """
    if not isinstance(body, dict):
        raise errors.unreadable("The message is not an object.")
    changes: dict[str, Any] = {}
    for name, value in body.items():
        if name in IGNORED or "@odata." in name:
            continue
        reader = _READERS.get(name)
        if reader is None:
            raise errors.unreadable(f"The property '{name}' does not exist on type 'microsoft.graph.message'.")
        try:
            reader(value, changes, files)
        except (KeyError, TypeError, AttributeError) as error:
            raise errors.unreadable(f"Unable to read the property '{name}'.") from error
    return replace(base, **changes)


def part_of(row: dict[str, Any], files: Files) -> ReceivedPart:
    """One ``fileAttachment``.

    Raises:
        Refusal: it is something else, or not whole.
    """
    if row.get("@odata.type", "").removeprefix("#").lower() != "microsoft.graph.fileattachment":
        raise Refusal(400, "ErrorInvalidRequest", "Only attachments of the type fileAttachment are simulated.")
    name, encoded = row.get("name"), row.get("contentBytes")
    if not isinstance(name, str) or not isinstance(encoded, str):
        raise errors.unreadable("An attachment must have name and contentBytes.")
    return files.part(
        name,
        row.get("contentType") or "application/octet-stream",
        files.decoded(encoded),
        is_inline=row.get("isInline") is True,
        content_id=row.get("contentId") or "",
    )


def check_sendable(content: Content) -> None:
    """Raises a refusal for recipients that are missing, too many or no addresses."""
    recipients = content.recipients
    if not recipients:
        raise Refusal(400, errors.INVALID_RECIPIENTS, "At least one recipient is not valid.")
    if len(recipients) > MOST_RECIPIENTS:
        raise Refusal(400, "ErrorExceededMaxRecipientLimit", "The message has more recipients than it may have.")
    for person in recipients:
        if not _ADDRESS.fullmatch(person.address):
            message = f"At least one recipient is not valid., Recipient '{person.address}' is not resolved. "
            raise Refusal(400, errors.INVALID_RECIPIENTS, message)


# --- the properties


def _person(value: dict[str, Any]) -> Person:
    address = value["emailAddress"]
    return Person(str(address["address"]), address.get("name") or "")


def _body(value: dict[str, Any], changes: dict[str, Any], files: Files) -> None:
    kind = str(value.get("contentType", "text")).lower().removeprefix("text/")
    if kind not in ("html", "text", "plain"):
        raise errors.unreadable("The body's contentType must be text or html.")
    changes["body_type"] = "html" if kind == "html" else "text"
    changes["body"] = files.text(value.get("content") or "")


def _headers(value: list[dict[str, Any]], changes: dict[str, Any], files: Files) -> None:
    if len(value) > MOST_HEADERS:
        raise Refusal(400, "InvalidInternetMessageHeaderCollection", "Maximum number of headers in one message is 5.")
    for row in value:
        if not _HEADER.fullmatch(row["name"]):
            message = f"The internet message header name '{row['name']}' should start with 'x-' or 'X-'."
            raise Refusal(400, "InvalidInternetMessageHeader", message)
    changes["headers"] = {files.text(row["name"]): str(row["value"]) for row in value}


def _properties(value: list[dict[str, Any]], changes: dict[str, Any], files: Files) -> None:
    for row in value:
        if not _PROPERTY.fullmatch(row["id"]):
            raise Refusal(400, "ErrorInvalidProperty", f"The extended property id '{row['id']}' is not well formed.")
    changes["properties"] = {files.text(row["id"]): str(row["value"]) for row in value}


def _attachments(value: list[dict[str, Any]], changes: dict[str, Any], files: Files) -> None:
    changes["parts"] = [part_of(row, files) for row in value]


def _subject(value: str | None, changes: dict[str, Any], files: Files) -> None:
    changes["subject"] = files.text(value or "")


def _message_id(value: str, changes: dict[str, Any], _: Files) -> None:
    if len(value) > 998 or not re.fullmatch(r"<[^<>\s]+>", value):
        raise errors.unreadable("The internetMessageId is not well formed.")
    changes["message_id"] = value


def _sender(value: dict[str, Any], changes: dict[str, Any], _: Files) -> None:
    changes["sender"] = _person(value)


def _acting(value: dict[str, Any], changes: dict[str, Any], _: Files) -> None:
    changes["acting"] = _person(value)


def _people(name: str) -> Any:
    def reader(value: list[dict[str, Any]] | None, changes: dict[str, Any], _: Files) -> None:
        changes[name] = [_person(row) for row in value or ()]

    return reader


_READERS: dict[str, Any] = {
    "body": _body,
    "subject": _subject,
    "from": _sender,
    "sender": _acting,
    "internetMessageId": _message_id,
    "internetMessageHeaders": _headers,
    "singleValueExtendedProperties": _properties,
    "attachments": _attachments,
    **{theirs: _people(ours) for theirs, ours in RECIPIENTS.items()},
}
