"""From a ready ticket to a whole plan: find, read the lists, freeze the letter, reject, preview."""

from dispatch.planning.letter_from_ticket import compose_reply, report_file_name
from dispatch.planning.letter_style import letter_style
from dispatch.planning.one_at_a_time import take, unfinished
from dispatch.planning.own_files import OwnFiles
from dispatch.planning.own_files import keep as keep_own_files
from dispatch.planning.own_files import read as read_own_files
from dispatch.planning.own_ticket_template import thaw_template
from dispatch.planning.plan_writer import planned_row, usable_address
from dispatch.planning.planner import KEY_REFUSED
from dispatch.planning.preview import Preview, document, preview_numbered, preview_of
from dispatch.planning.ready_tickets import Candidate, Ready, Step, find, judged, not_sent, refusal

__all__ = [
    "KEY_REFUSED",
    "Candidate",
    "OwnFiles",
    "Preview",
    "Ready",
    "Step",
    "compose_reply",
    "document",
    "find",
    "judged",
    "keep_own_files",
    "letter_style",
    "not_sent",
    "planned_row",
    "preview_numbered",
    "preview_of",
    "read_own_files",
    "refusal",
    "report_file_name",
    "take",
    "thaw_template",
    "unfinished",
    "usable_address",
]
