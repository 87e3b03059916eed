"""The closed list of what is logged, and how: one JSON object a line, ids and numbers only.

Classic Application Insights keeps only a record's text, so the fields travel inside it
(``AppTraces | extend e = parse_json(Message) | where e.action == "batch_recorded"``).
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Action(StrEnum):
    """What a log line says; an alert or a workbook may rely on each."""

    TICK_DONE = "tick_done"
    PREVIEWED = "previewed"  # a ticket got its preview as a note
    TRIAL_SENT = "trial_sent"  # a letter as one recipient would get it, to somebody of our own
    PROGRESS_TOLD = "progress_told"  # a ticket got a note on how far its dispatch has come
    PROGRESS = "progress"  # how far one active dispatch has come, at every tick
    TICK_BLIND = "tick_blind"  # Pureservice could not be asked
    ROWS_UNREADABLE = "rows_unreadable"  # rows of Pureservice that were left out, by kind, id and field
    TICKET_FAILED = "ticket_failed"  # one ticket could not be handled; the others were
    TICKET_WAITS = "ticket_waits"  # a ready ticket is still not planned, or can't be looked at
    STATUS_UNKNOWN = "status_unknown"
    PLAN_STARTED = "plan_started"
    PLAN_DONE = "plan_done"
    PLAN_INTERRUPTED = "plan_interrupted"
    PLAN_DROPPED = "plan_dropped"  # a message whose work is done, taken or obsolete
    PLAN_ABANDONED = "plan_abandoned"  # planning failed again and again
    SHEET_GIVEN_UP = "sheet_given_up"  # the process that read a recipients' file ran out of time or memory
    REJECTED = "rejected"
    ALREADY_SENT = "already_sent"
    STOPPED = "stopped"
    DISPATCH_BROKEN = "dispatch_broken"  # it stops itself: too many were refused for good
    RESUMED = "resumed"
    APPROVED = "approved"  # a dispatch to many was let go by another than who asked for it
    RETRIED = "retried"
    PRESSED = "pressed"  # a person pressed a button or gave a command
    BATCH_RELEASED = "batch_released"
    BATCH_LEASED = "batch_leased"
    BATCH_RECORDED = "batch_recorded"
    BATCH_HANDED_BACK = "batch_handed_back"
    BATCH_DROPPED = "batch_dropped"
    BATCH_PUT_BACK = "batch_put_back"  # after faults of ours, to be tried again after a pause
    BATCH_ABANDONED = "batch_abandoned"  # some of its recipients could not be tried any more
    BATCH_HELD = "batch_held"  # refused for long enough: nothing more is sent until a person decides
    BATCH_SWEPT = "batch_swept"
    TRANSPORT_REFUSED = "transport_refused"
    MAILBOX_THROTTLED = "mailbox_throttled"
    IN_DOUBT = "in_doubt"
    DOUBT_SETTLED = "doubt_settled"
    RECEIPT_SEEN = "receipt_seen"
    FELL_BACK = "fell_back"  # from eFormidling to e-mail
    USER_CREATED = "user_created"
    CASE_OPENED = "case_opened"
    CASE_REFUSED = "case_refused"  # Pureservice refused a recipient's own ticket, or a note on it
    MESSAGE_UNREADABLE = "message_unreadable"  # a queue message that is not ours was taken away
    RESOLVE_STARTED = "resolve_started"
    RESOLVED = "resolved"
    RESOLVE_DELAYED = "resolve_delayed"
    REPORT_FILE_REFUSED = "report_file_refused"  # one way to put a file on the ticket; others follow
    SOLVING_REFUSED = "solving_refused"  # the ticket could not be solved; the second time the ticket says so
    NOTE_REFUSED = "note_refused"
    RESOLVE_DROPPED = "resolve_dropped"  # a message whose report is written, or has no ticket to be written in
    RESOLVE_ABANDONED = "resolve_abandoned"
    PDF_FAILED = "pdf_failed"
    EMAIL_NOT_MARKED = "email_not_marked"
    RETURNS_READ = "returns_read"  # the mailbox was looked into for returned mail
    RETURNS_UNREAD = "returns_unread"  # it can't be read, or a mail can't be moved
    RETURNED = "returned"  # letters that came back are noted on their recipients
    RETURNS_TOLD = "returns_told"  # the ticket got its note on returned mail
    PURGED = "purged"


FieldValue = str | int | float | bool | None


@contextmanager
def apart(log: logging.Logger, key: str) -> Iterator[None]:
    """What one dispatch among others meets by a fault of ours is logged, and the others go on."""
    try:
        yield
    except Exception as error:
        log.exception("dispatch %s met a fault of ours", key)
        event(log, Action.TICKET_FAILED, level=logging.ERROR, dispatch=key, error=type(error).__name__)


def event(log: logging.Logger, action: Action, *, level: int = logging.INFO, **fields: FieldValue) -> None:
    """Writes one line. Fields are ids, counts, codes and durations; never an address, a text or a secret.

    ``dispatch`` is the correlation id from the timer to the report; it is written as ``dispatch_id``, and with it the
    ticket's id, which it begins with.
    """
    if log.isEnabledFor(level):
        known = {name: value for name, value in fields.items() if value is not None}
        key = known.pop("dispatch", None)
        ids = {} if key is None else {"dispatch_id": key, "ticket": int(str(key).partition("-")[0])}
        log.log(level, "%s", json.dumps({"action": action, **ids, **known}, separators=(",", ":")))
