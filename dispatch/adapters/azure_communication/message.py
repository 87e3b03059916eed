"""A letter as Communication Services takes it: JSON, made once for its files and filled in for each recipient."""

import base64
import json
from functools import lru_cache
from typing import Any

from dispatch.adapters.json_stencil import Marks, Stencil
from dispatch.adapters.mime_headers import KEY_HEADER, SUPPRESS_HEADER, SUPPRESS_VALUE, content_id, media_type
from dispatch.adapters.mime_headers import single_line as line
from dispatch.core import Letter, Mailbox, OutgoingMail, Part, safe_file_name

LARGEST_REQUEST = 10_000_000  # bytes of the whole request; 10 MB, whichever of the two is meant
VALIDATE_MESSAGE_ID = "x-ms-acsemail-validate-message-id"
"""Without it a Message-ID that has been seen before is replaced silently, and the same letter leaves twice."""
_CACHED_LETTERS = 2
_VALUES = ("address", "name", "message_id", "key", "subject", "html", "text")
_OWN = 2048  # bytes of what is one recipient's alone, beside subject and texts


def message_id_of(mail: OutgoingMail) -> str:
    """The Message-ID of this sending: another round's is another, or the service would take it for a double."""
    return f"<{mail.key}.{mail.operation_id[:8]}@{mail.message_id.strip('<>').rpartition('@')[2]}>"


def body_of(mail: OutgoingMail, *, sender: str) -> str:
    """The request's body."""
    letter, name = mail.letter, line(mail.to.name)
    answers = mail.reply_to or mail.sender
    filled = _stencil(letter.attachments, letter.inline, sender, answers, named=bool(name)).fill(
        {
            "address": mail.to.address,
            "name": name,
            "message_id": message_id_of(mail),
            "key": mail.key,
            "subject": line(letter.subject),
            "html": letter.html,
            "text": letter.text,
        }
    )
    return filled.decode("ascii")


def wire_size(letter: Letter, *, sender: str) -> int:
    """Bytes of the letter on the wire, at most."""
    stencil = _stencil(letter.attachments, letter.inline, sender, Mailbox(sender), named=True)
    form = len(stencil.fill(dict.fromkeys(_VALUES, "")))
    return form + _OWN + sum(len(json.dumps(text)) for text in (letter.subject, letter.html, letter.text))


def file_size(size: int) -> int:
    """Bytes on the wire, at most, of a file of so many bytes."""
    return _OWN + 4 * (size // 3 + 1)


@lru_cache(maxsize=_CACHED_LETTERS)
def _stencil(
    attachments: tuple[Part, ...], inline: tuple[Part, ...], sender: str, answers: Mailbox, *, named: bool
) -> Stencil:
    marks = Marks(_VALUES)
    to = {"address": marks["address"]} | ({"displayName": marks["name"]} if named else {})
    message: dict[str, Any] = {
        "senderAddress": sender,
        "recipients": {"to": [to]},
        "content": {"subject": marks["subject"], "html": marks["html"], "plainText": marks["text"]},
        "headers": {
            "Message-ID": marks["message_id"],
            VALIDATE_MESSAGE_ID: "true",
            KEY_HEADER: marks["key"],
            "Auto-Submitted": "auto-generated",
            SUPPRESS_HEADER: SUPPRESS_VALUE,
        },
        "replyTo": [_mailbox(answers)],
        "userEngagementTrackingDisabled": True,
    }
    if files := [_file(part) for part in (*attachments, *inline)]:
        message["attachments"] = files
    return marks.stencil(json.dumps(message))


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    name = line(mailbox.name)
    return {"address": mailbox.address} | ({"displayName": name} if name else {})


def _file(part: Part) -> dict[str, str]:
    file = {
        "name": safe_file_name(part.name),
        "contentType": media_type(part),
        "contentInBase64": base64.b64encode(part.content).decode("ascii"),
    }
    return file | ({"contentId": content_id(part)} if part.content_id else {})
