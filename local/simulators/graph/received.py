"""What the simulator's mailboxes were asked to send: the truth that a run is compared with."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """An attachment. Equal contents are one object, however many messages carry them."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    is_inline: bool = False
    content_id: str = ""

    @property
    def sha256(self) -> str:
        """The digest of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One message that was accepted for sending, whether or not anybody was told so."""

    mailbox: str
    to: str  # the first recipient; ``recipients`` has all, carbon copies too
    to_name: str
    recipients: tuple[str, ...]
    subject: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    message_id: str
    key: str
    headers: dict[str, str]
    properties: dict[str, str]
    attachments: list[ReceivedFile]
    reply_to: str
    from_name: str
    at: datetime
    via: str  # "sendMail" or "draft"
    saved: bool  # whether a copy goes to Sent Items
    bounced: dict[str, str] = field(default_factory=dict)  # recipient to status, where it will not be delivered

    def as_json(self) -> dict[str, Any]:
        """For another process: everything but the contents."""
        return {
            "mailbox": self.mailbox,
            "to": self.to,
            "toName": self.to_name,
            "recipients": self.recipients,
            "subject": self.subject,
            "messageId": self.message_id,
            "key": self.key,
            "headers": self.headers,
            "properties": self.properties,
            "attachments": [_file_as_json(file) for file in self.attachments],
            "replyTo": self.reply_to,
            "fromName": self.from_name,
            "at": self.at.isoformat(),
            "via": self.via,
            "saved": self.saved,
            "bounced": self.bounced,
            "bodyLength": len(self.html or self.text),
        }


def _file_as_json(file: ReceivedFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "contentType": file.content_type,
        "size": len(file.content),
        "sha256": file.sha256,
        "isInline": file.is_inline,
        "contentId": file.content_id,
    }
