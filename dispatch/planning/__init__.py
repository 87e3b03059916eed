"""From a ready ticket to a whole plan: find, read the lists, freeze the letter, reject, preview.

Handed out whole: ``plan_requests`` and ``preview_note``, what the queue asks for, ``plan_claims`` and ``rejection``.
"""

from dispatch.planning.candidates import Candidate, Wanted
from dispatch.planning.documents import change as change_document
from dispatch.planning.letter_from_ticket import compose_reply
from dispatch.planning.letter_style import letter_style
from dispatch.planning.letter_trial import may_try, send_trial
from dispatch.planning.list_reading import named_lists
from dispatch.planning.one_at_a_time import QUEUED, is_planned_now, take, unfinished
from dispatch.planning.own_columns import OwnColumns, own_columns, owns_of
from dispatch.planning.own_files import change as change_own_files
from dispatch.planning.own_files import read as read_own_files
from dispatch.planning.own_outage import storage_is_out
from dispatch.planning.own_ticket_template import thaw_template
from dispatch.planning.plan_writer import planned_row, usable_address
from dispatch.planning.preview import Preview, preview_numbered, preview_of
from dispatch.planning.preview_own import PreviewOwn
from dispatch.planning.ready_tickets import Ready, candidate_for, find, others_on_ticket, unknown_statuses
from dispatch.planning.recipient_file import FileToFix, RecipientFile, read_recipient_file
from dispatch.planning.recipient_file_words import first_few
from dispatch.planning.recipient_rows import FileRecipient
from dispatch.planning.recipient_source import is_line_of
from dispatch.planning.schedule import follow
from dispatch.planning.sharers import SharedLetters, Sharer, Who, everyone, in_lots
from dispatch.planning.sharers import add as add_sharers
from dispatch.planning.sharers import known as known_sharers
from dispatch.planning.shown_letter import as_page
from dispatch.planning.unreadable_rows import refusal
from dispatch.planning.values_again import (
    FileNow,
    WantedAgain,
    count_without_files,
    file_now,
    line_of,
    own_again,
    without_files_now,
)

__all__ = [
    "QUEUED",
    "Candidate",
    "FileNow",
    "FileRecipient",
    "FileToFix",
    "OwnColumns",
    "Preview",
    "PreviewOwn",
    "Ready",
    "RecipientFile",
    "SharedLetters",
    "Sharer",
    "Wanted",
    "WantedAgain",
    "Who",
    "add_sharers",
    "as_page",
    "candidate_for",
    "change_document",
    "change_own_files",
    "compose_reply",
    "count_without_files",
    "everyone",
    "file_now",
    "find",
    "first_few",
    "follow",
    "in_lots",
    "is_line_of",
    "is_planned_now",
    "known_sharers",
    "letter_style",
    "line_of",
    "may_try",
    "named_lists",
    "others_on_ticket",
    "own_again",
    "own_columns",
    "owns_of",
    "plan_claims",
    "plan_requests",
    "planned_row",
    "preview_note",
    "preview_numbered",
    "preview_of",
    "read_own_files",
    "read_recipient_file",
    "refusal",
    "rejection",
    "send_trial",
    "storage_is_out",
    "take",
    "thaw_template",
    "unfinished",
    "unknown_statuses",
    "usable_address",
    "without_files_now",
]
