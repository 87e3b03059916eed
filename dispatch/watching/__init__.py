"""How it stands: overview, counts, progress, and the notes that say so."""

from dispatch.watching.overview import DispatchDetails, DispatchSummary
from dispatch.watching.progress import measured, numbers
from dispatch.watching.refusal_notes import refused_note
from dispatch.watching.tally import Tally
from dispatch.watching.ticket_notes import NOTE_SUBJECT, note_once, tell_once

__all__ = [
    "NOTE_SUBJECT",
    "DispatchDetails",
    "DispatchSummary",
    "Tally",
    "measured",
    "note_once",
    "numbers",
    "refused_note",
    "tell_once",
]
