"""What was accepted, and what is known of each sending."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One file of a letter."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """One letter to one recipient that left."""

    operation_id: str
    sender: str
    to: str
    to_name: str
    subject: str
    html: str
    text: str
    message_id: str
    key: str
    headers: dict[str, str]
    attachments: list[ReceivedFile]
    reply_to: str
    at: float


@dataclass(slots=True)
class Sending:
    """One operation; ``error`` is the code of one that ended as Failed."""

    id: str
    at: float
    error: str = ""


@dataclass(slots=True)
class Book:
    """All sendings by id, all letters that left, and every Message-ID that was taken."""

    sendings: dict[str, Sending] = field(default_factory=dict)
    received: list[ReceivedLetter] = field(default_factory=list)
    message_ids: set[str] = field(default_factory=set)
