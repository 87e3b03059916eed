"""What a case worker reads afterwards: the report, the PDF for the archive, the recipients as CSV.

Handed out whole: ``texts``, the words for states, reasons and channels.
"""

from dispatch.report.csv_file import CsvFile, CsvRow
from dispatch.report.durations import duration_text, finish_text
from dispatch.report.notes import (
    already_sent_note,
    own_ticket_note,
    preview_failed_note,
    preview_note,
    progress_note,
    put_off_note,
    rejected_note,
    reply_failed_note,
    stopped_note,
    unsolved_note,
    waiting_note,
)
from dispatch.report.pdf import render_pdf
from dispatch.report.solution import FINAL, ReportFacts, render_page, render_report
from dispatch.report.templates import environment
from dispatch.report.texts import NO_BREAK, REASONS, counted, moment_text, norwegian_time, number
from dispatch.typesetting import PdfError

__all__ = [
    "FINAL",
    "NO_BREAK",
    "REASONS",
    "CsvFile",
    "CsvRow",
    "PdfError",
    "ReportFacts",
    "already_sent_note",
    "counted",
    "duration_text",
    "environment",
    "finish_text",
    "moment_text",
    "norwegian_time",
    "number",
    "own_ticket_note",
    "preview_failed_note",
    "preview_note",
    "progress_note",
    "put_off_note",
    "rejected_note",
    "render_page",
    "render_pdf",
    "render_report",
    "reply_failed_note",
    "stopped_note",
    "texts",
    "unsolved_note",
    "waiting_note",
]
