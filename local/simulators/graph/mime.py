"""The MIME form of sendMail: base64 of a whole message."""

import base64
import binascii
from email import message_from_bytes
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default

from local.simulators.graph.content import Content, Person
from local.simulators.graph.errors import Refusal
from local.simulators.graph.records import Files, ReceivedPart


def read(body: bytes, files: Files) -> Content:
    """The message, with its custom headers and its files.

    Raises:
        Refusal: the body is no base64.
    """
    try:
        raw = base64.b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        told = "Invalid base64 string for MIME content."
        raise Refusal(400, "ErrorMimeContentInvalidBase64String", told) from None
    message = message_from_bytes(raw, policy=default)
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    shown = html if html is not None else plain
    senders = _people(message, "From")
    return Content(
        subject=str(message["Subject"] or ""),
        body=files.text(str(shown.get_content())) if shown is not None else "",
        body_type="html" if html is not None else "text",
        message_id=str(message["Message-ID"] or "").strip(),
        sender=senders[0] if senders else None,
        to=_people(message, "To"),
        cc=_people(message, "Cc"),
        bcc=_people(message, "Bcc"),
        reply_to=_people(message, "Reply-To"),
        headers={name: str(value) for name, value in message.items() if name.lower().startswith("x-")},
        parts=[_part(part, files) for part in message.walk() if _is_file(part)],
    )


def _people(message: EmailMessage, name: str) -> list[Person]:
    header = message[name]
    if not isinstance(header, AddressHeader):
        return []
    return [Person(address.addr_spec, address.display_name) for address in header.addresses]


def _is_file(part: EmailMessage) -> bool:
    return not part.is_multipart() and part.get_content_disposition() in {"attachment", "inline"}


def _part(part: EmailMessage, files: Files) -> ReceivedPart:
    payload = part.get_payload(decode=True)
    return files.part(
        part.get_filename() or "",
        part.get_content_type(),
        files.held(payload if isinstance(payload, bytes) else b""),
        is_inline=part.get_content_disposition() == "inline",
        content_id=str(part["Content-ID"] or "").strip("<> "),
    )
