"""Items of a mailbox: one message in one folder each."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.simulators.graph.content import Content

DRAFTS, SENT_ITEMS, INBOX, OUTBOX, DELETED = "drafts", "sentitems", "inbox", "outbox", "deleteditems"
JUNK = "junkemail"
FOLDERS = (DRAFTS, SENT_ITEMS, INBOX, OUTBOX, DELETED, JUNK)

numbers = itertools.count(1)


def a_message_id() -> str:
    """A Message-ID as the service makes them."""
    return f"<{uuid.uuid4().hex.upper()}@SIMULATED.PROD.EXAMPLE>"


@dataclass(slots=True, eq=False)
class Item:
    """One message in one folder. ``id`` changes when it moves, ``immutable_id`` never."""

    content: Content
    created: float
    folder: str = DRAFTS
    is_draft: bool = True
    submitted: bool = False  # it has been accepted for sending
    stuck: bool = False  # ... but transport never came for it
    saved: bool = True  # it stays in the mailbox after it was sent
    id: str = ""
    immutable_id: str = ""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent_at: datetime | None = None

    def __post_init__(self) -> None:
        number = next(numbers)
        self.id, self.immutable_id = f"AAMkA{number:020X}=", f"AAkAL{number:020X}="

    @property
    def received(self) -> datetime:
        """When it came to the mailbox, as exactly as the service says it."""
        return self.created_at.replace(microsecond=0)
