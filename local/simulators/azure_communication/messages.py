"""What a request to send must hold, and the letter that it is."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from local.simulators.azure_communication.records import ReceivedFile, ReceivedLetter

MOST_RECIPIENTS = 50
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


def checked(raw: bytes, senders: frozenset[str]) -> dict[str, Any]:
    """The letter, with everything that it must hold."""
    try:
        message = json.loads(raw)
        to = message["recipients"]["to"]
        addresses = [one["address"] for one in to]
        subject, sender = message["content"]["subject"], message["senderAddress"]
        for file in message.get("attachments", []):
            base64.b64decode(file["contentInBase64"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Refusal(400, "BadRequest", "The request body is invalid.") from error
    everyone = [one for kind in ("to", "cc", "bcc") for one in message["recipients"].get(kind, [])]
    if not addresses or not isinstance(subject, str) or len(everyone) > MOST_RECIPIENTS:
        raise Refusal(400, "BadRequest", "The request must have a subject, and one to fifty recipients.")
    if senders and sender not in senders:
        raise Refusal(400, "DomainNotLinked", "The specified sender domain has not been linked.")
    if not all(_ADDRESS.fullmatch(address) for address in addresses):
        raise Refusal(400, "BadRequest", "Invalid format for email address")
    return dict(message)


def letter_of(
    own_id: str, message: Mapping[str, Any], to: Mapping[str, str], headers: dict[str, str], message_id: str, at: float
) -> ReceivedLetter:
    """The letter to one of its recipients."""
    content = message["content"]
    answers = message.get("replyTo") or [{"address": ""}]
    return ReceivedLetter(
        operation_id=own_id,
        sender=message["senderAddress"],
        to=to["address"],
        to_name=to.get("displayName", ""),
        subject=content["subject"],
        html=content.get("html", ""),
        text=content.get("plainText", ""),
        message_id=message_id,
        key=headers.get("x-dispatch-key", ""),
        headers=headers,
        attachments=[
            ReceivedFile(
                file["name"], file["contentType"], base64.b64decode(file["contentInBase64"]), file.get("contentId", "")
            )
            for file in message.get("attachments", [])
        ],
        reply_to=answers[0]["address"],
        at=at,
    )
