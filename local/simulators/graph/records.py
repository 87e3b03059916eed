"""What was accepted for sending, with files and texts that many letters share held once."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Literal

from local.simulators.graph import errors

KEY_PROPERTY = "Name dispatchKey"
MESSAGE_CLASS = "String 0x001A"

Says = Literal["failed", "delayed", ""]
"""What a returned mail says of the letter; nothing where it is no report on delivery."""


@dataclass(slots=True)
class ReceivedPart:
    """One file of a message. Letters with the same file share one of these."""

    name: str
    content_type: str
    content: bytes
    is_inline: bool = False
    content_id: str = ""


@dataclass(slots=True)
class ReceivedMail:
    """One letter to one recipient, as it left the mailbox."""

    mailbox: str
    to: str
    to_name: str
    subject: str
    html: str
    message_id: str
    key: str
    headers: dict[str, str]
    attachments: list[ReceivedPart]
    reply_to: str
    from_name: str
    at: float
    via: str  # "sendMail" or "draft"
    from_address: str = ""
    sent_by: str = ""  # who sends, as the letter says


@dataclass(frozen=True, slots=True)
class ReturnedLetter:
    """What truly came back: the letter, in which form and when, and what that says of it."""

    letter: ReceivedMail
    form: str
    due: float
    says: Says


class Files:
    """Every distinct file and text once. Base64 is decoded once for each distinct text of it."""

    def __init__(self) -> None:
        self._decoded: dict[bytes, bytes] = {}
        self._contents: dict[bytes, bytes] = {}
        self._parts: dict[tuple[str, str, int, bool, str], ReceivedPart] = {}
        self._texts: dict[str, str] = {}

    def decoded(self, text: str) -> bytes:
        """The bytes behind the base64.

        Raises:
            Refusal: it is no base64.
        """
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        if digest not in self._decoded:
            try:
                self._decoded[digest] = self.held(base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError) as error:
                raise errors.unreadable("Cannot convert the literal to the expected type 'Edm.Binary'.") from error
        return self._decoded[digest]

    def held(self, content: bytes) -> bytes:
        """The same bytes, one object for all that are equal."""
        return self._contents.setdefault(hashlib.sha256(content).digest(), content)

    def text(self, text: str) -> str:
        """The same text, one object for all that are equal."""
        return self._texts.setdefault(text, text)

    def part(self, name: str, content_type: str, content: bytes, *, is_inline: bool, content_id: str) -> ReceivedPart:
        """The file; ``content`` must come from ``decoded`` or ``held``."""
        made = ReceivedPart(name, content_type, content, is_inline, content_id)
        return self._parts.setdefault((name, content_type, id(content), is_inline, content_id), made)


@dataclass(slots=True)
class Ledger:
    """Every letter that arrived, and those that bounced after they were accepted; indexed as far as it was asked."""

    received: list[ReceivedMail] = field(default_factory=list)
    bounced: list[ReceivedMail] = field(default_factory=list)
    returned: list[ReturnedLetter] = field(default_factory=list)  # everything that comes back, reports or not
    _indexed: int = 0
    _by_key: dict[str, list[ReceivedMail]] = field(default_factory=dict)
    _by_message_id: dict[str, list[ReceivedMail]] = field(default_factory=dict)

    def with_key(self, key: str) -> list[ReceivedMail]:
        self._catch_up()
        return self._by_key.get(key, [])

    def with_message_id(self, message_id: str) -> list[ReceivedMail]:
        self._catch_up()
        return self._by_message_id.get(message_id, [])

    def _catch_up(self) -> None:
        if len(self.received) < self._indexed:  # somebody has cleared the list
            self._indexed = 0
            self._by_key.clear()
            self._by_message_id.clear()
        for mail in self.received[self._indexed :]:
            self._by_key.setdefault(mail.key, []).append(mail)
            self._by_message_id.setdefault(mail.message_id, []).append(mail)
        self._indexed = len(self.received)
