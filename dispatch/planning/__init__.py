"""From a ready ticket to a whole plan: find, read the lists, freeze the letter, reject, preview."""

from dispatch.planning.letter_from_ticket import compose_reply, report_file_name
from dispatch.planning.own_ticket_template import thaw_template
from dispatch.planning.plan_writer import planned_row, usable_address
from dispatch.planning.planner import KEY_REFUSED, refusal
from dispatch.planning.preview import Preview, document, preview_numbered, preview_of
from dispatch.planning.ready_tickets import Candidate, Ready, Step, find

__all__ = [
    "KEY_REFUSED",
    "Candidate",
    "Preview",
    "Ready",
    "Step",
    "compose_reply",
    "document",
    "find",
    "planned_row",
    "preview_numbered",
    "preview_of",
    "refusal",
    "report_file_name",
    "thaw_template",
    "usable_address",
]
