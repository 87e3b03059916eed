"""The MIME form of sendMail: base64 of a whole message."""

import base64
import binascii
from email import message_from_bytes
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default

from local.simulators.graph.content import Address, Content, Reader
from local.simulators.graph.errors import bad_request
from local.simulators.graph.received import ReceivedFile


def decoded(body: bytes) -> bytes:
    """The message's bytes.

    Raises:
        Refusal: this is no base64.
    """
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise bad_request("ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.") from None


def content_of(raw: bytes, reader: Reader) -> Content:
    """The message, with its custom headers and its files."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    body = html if html is not None else plain
    senders = _addresses(message, "From")
    return Content(
        subject=str(message["Subject"] or ""),
        body=reader.text(str(body.get_content())) if body is not None else "",
        is_html=html is not None,
        sender=senders[0] if senders else None,
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        bcc=_addresses(message, "Bcc"),
        reply_to=_addresses(message, "Reply-To"),
        message_id=str(message["Message-ID"] or "").strip(),
        headers={name: str(value) for name, value in message.items() if name.lower().startswith("x-")},
        files=[_file(part, reader) for part in message.walk() if _is_file(part)],
    )


def _addresses(message: EmailMessage, name: str) -> list[Address]:
    header = message[name]
    if not isinstance(header, AddressHeader):
        return []
    return [Address(address.addr_spec, address.display_name) for address in header.addresses]


def _is_file(part: EmailMessage) -> bool:
    return not part.is_multipart() and part.get_content_disposition() in {"attachment", "inline"}


def _file(part: EmailMessage, reader: Reader) -> ReceivedFile:
    payload = part.get_payload(decode=True)
    return ReceivedFile(
        name=part.get_filename() or "",
        content_type=part.get_content_type(),
        content=reader.data(payload if isinstance(payload, bytes) else b""),
        is_inline=part.get_content_disposition() == "inline",
        content_id=str(part["Content-ID"] or "").strip("<> "),
    )
