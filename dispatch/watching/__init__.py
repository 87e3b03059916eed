"""How it stands: overview, counts, progress, and the notes that say so.

Handed out whole: ``overview``, what people read of it, and what the timer does: ``long_waits``, ``progress``,
``progress_notes`` and ``refusal_notes``; and ``standing_notes``, why one does not go on.
"""

from dispatch.watching.overview import DispatchDetails, DispatchSummary
from dispatch.watching.progress import measured, numbers
from dispatch.watching.ready_status import leave_ready
from dispatch.watching.returns_reading import (
    ReturnsReading,
    parse_reading,
    read_returns_reading,
    returning_mailboxes,
    returns_days,
    returns_document,
    written_reading,
)
from dispatch.watching.tally import Tally
from dispatch.watching.ticket_notes import NOTE_SUBJECT, note_once, tell_once
from dispatch.watching.trials import tried

__all__ = [
    "NOTE_SUBJECT",
    "DispatchDetails",
    "DispatchSummary",
    "ReturnsReading",
    "Tally",
    "leave_ready",
    "long_waits",
    "measured",
    "note_once",
    "numbers",
    "overview",
    "parse_reading",
    "progress",
    "progress_notes",
    "read_returns_reading",
    "refusal_notes",
    "returning_mailboxes",
    "returns_days",
    "returns_document",
    "standing_notes",
    "tell_once",
    "tried",
    "written_reading",
]
