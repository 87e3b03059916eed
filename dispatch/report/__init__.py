"""What a case worker reads afterwards: the report, the PDF for the archive, the recipients as CSV.

Handed out whole: ``texts``, the words for states, reasons and channels.
"""

from dispatch.report.approval_notes import approval_note
from dispatch.report.csv_file import COLUMNS, CsvFile, CsvRow
from dispatch.report.details import detail_words
from dispatch.report.durations import duration_text, finish_text, up_to_five_minutes
from dispatch.report.explanations import explanation
from dispatch.report.merged_copy import with_example
from dispatch.report.notes import (
    ReportPlace,
    Trial,
    already_sent_note,
    beside_note,
    held_note,
    not_resumed_note,
    own_ticket_note,
    preview_failed_note,
    preview_note,
    progress_note,
    put_off_note,
    rejected_note,
    reply_failed_note,
    reply_others_note,
    reply_unmarked_note,
    returned_note,
    stopped_note,
    stuck_note,
    times_note,
    unsolved_note,
    waiting_note,
)
from dispatch.report.origin import Origin, origin_of, shown_senders
from dispatch.report.pdf import render_pdf
from dispatch.report.refusal_texts import refusal_text
from dispatch.report.return_texts import RETURNS
from dispatch.report.shortfall import LISTED, Shortfall
from dispatch.report.solution import ReportFacts, perhaps_got_it, render_page, render_report
from dispatch.report.templates import environment
from dispatch.report.texts import NO_BREAK, counted, number
from dispatch.report.times import clock_text, norwegian_time
from dispatch.typesetting import PdfError

__all__ = [
    "COLUMNS",
    "LISTED",
    "NO_BREAK",
    "RETURNS",
    "CsvFile",
    "CsvRow",
    "Origin",
    "PdfError",
    "ReportFacts",
    "ReportPlace",
    "Shortfall",
    "Trial",
    "already_sent_note",
    "approval_note",
    "beside_note",
    "clock_text",
    "counted",
    "detail_words",
    "duration_text",
    "environment",
    "explanation",
    "finish_text",
    "held_note",
    "norwegian_time",
    "not_resumed_note",
    "number",
    "origin_of",
    "own_ticket_note",
    "perhaps_got_it",
    "preview_failed_note",
    "preview_note",
    "progress_note",
    "put_off_note",
    "refusal_text",
    "rejected_note",
    "render_page",
    "render_pdf",
    "render_report",
    "reply_failed_note",
    "reply_others_note",
    "reply_unmarked_note",
    "returned_note",
    "shown_senders",
    "stopped_note",
    "stuck_note",
    "texts",
    "times_note",
    "unsolved_note",
    "up_to_five_minutes",
    "waiting_note",
    "with_example",
]
