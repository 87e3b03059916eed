"""From a ready ticket to a whole plan: find, read the lists, freeze the letter, reject, preview."""

from dispatch.planning.letter_from_ticket import compose_reply, report_file_name
from dispatch.planning.letter_style import letter_style
from dispatch.planning.own_files import OwnFiles
from dispatch.planning.own_files import keep as keep_own_files
from dispatch.planning.own_files import read as read_own_files
from dispatch.planning.own_ticket_template import thaw_template
from dispatch.planning.plan_writer import planned_row, usable_address
from dispatch.planning.planner import KEY_REFUSED
from dispatch.planning.preview import Preview, document, preview_numbered, preview_of
from dispatch.planning.ready_tickets import Candidate, Ready, Step, find, judged, refusal
from dispatch.planning.sharers import Who
from dispatch.planning.sharers import keep as keep_sharers
from dispatch.planning.sharers import known as known_sharers

__all__ = [
    "KEY_REFUSED",
    "Candidate",
    "OwnFiles",
    "Preview",
    "Ready",
    "Step",
    "Who",
    "compose_reply",
    "document",
    "find",
    "judged",
    "keep_own_files",
    "keep_sharers",
    "known_sharers",
    "letter_style",
    "planned_row",
    "preview_numbered",
    "preview_of",
    "read_own_files",
    "refusal",
    "report_file_name",
    "thaw_template",
    "usable_address",
]
