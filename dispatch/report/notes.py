"""The notes written in a ticket: HTML fragments with inline styles."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dispatch.core import Channel, Dispatch, Letter, Recipient, RecipientState, Refusals
from dispatch.report.durations import duration_text
from dispatch.report.explanations import explanation
from dispatch.report.refusal_texts import refusal_text
from dispatch.report.shortfall import LISTED, Shortfall
from dispatch.report.templates import render


@dataclass(frozen=True, slots=True)
class Trial:
    """How many of the letters that are counted as delivered went elsewhere than to the recipients, and where."""

    count: int = 0
    to: str = ""


NO_TRIAL = Trial()


def rejected_note(
    *, problems: Sequence[str], ready_status: str, reference: str, page: str = "", of_one_message: bool = True
) -> str:
    """The internal note on a ticket that can't be sent out: what is wrong, and how to go on.

    Where it is of no one message, another of the ticket's may have reached everybody.
    """
    values = {"ready_status": ready_status, "reference": reference, "page": page, "of_one_message": of_one_message}
    return render("rejected.html", problems=problems, **values)


def put_off_note(*, why: str, reference: str) -> str:
    """The internal note on a ticket whose planning waits."""
    return render("put_off.html", why=why, reference=reference)


def times_note(*, problems: str, reference: str, page: str = "") -> str:
    """The internal note on a dispatch whose ticket says times that can't be."""
    return render("times.html", problems=problems, reference=reference, page=page)


def stopped_note(
    *,
    dispatch: Dispatch,
    sent: int,
    ready_status: str,
    reference: str,
    page: str = "",
    trial: Trial = NO_TRIAL,
    beside: bool = False,
    remaining: int = 0,
    missed: int = 0,
) -> str:
    """The internal note on a dispatch that was stopped, by a press or by a change of status.

    ``remaining``: nothing has been sent to them yet; ``missed``: they have an outcome, not a certain delivery.
    ``beside``: it is on a ticket whose own dispatch is another.
    """
    return render(
        "stopped.html",
        sent=sent - trial.count,
        trial=trial,
        beside=beside,
        remaining=remaining,
        missed=missed,
        subject=dispatch.content.subject,
        total=dispatch.plan.recipients,
        pressed=dispatch.rounds.stop_pressed,
        broken=dispatch.rounds.broken and not dispatch.rounds.stop_pressed,
        by_exchange=dispatch.channel is Channel.EFORMIDLING,
        ready_status=ready_status,
        reference=reference,
        page=page,
    )


def held_note(
    *,
    held: bool,
    refusals: Refusals,
    by_exchange: bool,
    sent: int,
    total: int,
    hours: float,
    ready_status: str,
    reference: str,
    page: str = "",
) -> str:
    """The internal note on a dispatch that nothing takes letters of: that it stands still, or waits for a person."""
    text = refusal_text(refusals.about, by_exchange=by_exchange)
    values = {"held": held, "text": text, "code": refusals.code, "sent": sent, "total": total}
    return render(
        "held.html",
        hours=duration_text(hours * 3600),
        ready_status=ready_status,
        reference=reference,
        page=page,
        **values,
    )


def progress_note(
    *,
    half: bool,
    done: int,
    total: int,
    finish: str,
    ready_status: str,
    reference: str,
    letter: Letter | None = None,
    own_files: bool = False,
    page: str = "",
    redirect: str = "",
) -> str:
    """The internal note on how long a dispatch will take; ``finish`` is empty where nobody can know."""
    values = {"half": half, "done": done, "total": total, "finish": finish, "letter": letter, "page": page}
    values["own_files"] = own_files
    return render("progress.html", redirect=redirect, ready_status=ready_status, reference=reference, **values)


def preview_note(
    *,
    preview: Any,
    finish: str,
    duration: str,
    ready_status: str,
    reference: str,
    page: str = "",
    trial: str = "",
) -> str:
    """The internal note on what a dispatch would do. ``preview`` is a ``dispatch.planning.Preview``.

    ``trial`` says what came of a trial.
    """
    values = {"preview": preview, "finish": finish, "duration": duration, "ready_status": ready_status}
    return render("preview.html", reference=reference, page=page, trial=trial, **values)


def preview_failed_note(*, why: str, reference: str) -> str:
    """The internal note on a ticket whose preview could not be made."""
    return render("preview_failed.html", why=why, reference=reference)


def already_sent_note(
    *, dispatch: Dispatch, tally: Any, message_type: str, page: str = "", trial: Trial = NO_TRIAL
) -> str:
    """The internal note on a ticket whose only message has been sent before, and to how many.

    ``tally`` is a ``dispatch.watching.Tally``; None where nothing is kept of the recipients any more.
    """
    by_exchange = dispatch.channel is Channel.EFORMIDLING
    values = {"tally": tally, "by_exchange": by_exchange, "message_type": message_type, "page": page, "trial": trial}
    return render("already_sent.html", dispatch=dispatch, **values)


def stuck_note(*, status: str, reference: str) -> str:
    """The internal note on a ticket that we may not take out of its ready status."""
    return render("stuck.html", status=status, reference=reference)


def not_resumed_note(*, why: str, ready_status: str, reference: str, page: str = "") -> str:
    """The internal note on a ticket that stands ready, and whose dispatch Pureservice keeps from going on."""
    return render("not_resumed.html", why=why, ready_status=ready_status, reference=reference, page=page)


def beside_note(*, count: int, message_type: str, ready_status: str, reference: str, page: str = "") -> str:
    """The internal note on a ticket that got a new message while another is being sent."""
    values = {"count": count, "message_type": message_type, "ready_status": ready_status}
    return render("beside.html", reference=reference, page=page, **values)


def waiting_note(*, under_way: int, delivered: int, total: int, reference: str, page: str = "") -> str:
    """The internal note on a dispatch whose receipts take long."""
    values = {"under_way": under_way, "delivered": delivered, "total": total}
    return render("waiting.html", reference=reference, page=page, **values)


def returned_note(
    *,
    dispatch: Dispatch,
    others: Shortfall,
    before: int,
    unsure: Sequence[Recipient],
    file: str,
    reference: str,
    page: str = "",
) -> str:
    """The internal note on what came back: ``before`` of them were told of, of ``unsure`` nobody can tell."""
    returned = RecipientState.RETURNED
    values = {
        "count": others.counts[returned],
        "back": others.rows(returned)[:LISTED],
        "reasons": others.explained(returned),
        "before": before,
        "unsure": unsure,
        "file": file,
    }
    return render(
        "returned.html",
        subject=dispatch.content.subject,
        total=dispatch.plan.recipients,
        listed=LISTED,
        reference=reference,
        page=page,
        **values,
    )


def reply_failed_note(*, subject: str, reason: str, detail: str, reference: str, page: str = "") -> str:
    """The internal note on a ticket whose answer could not be sent through eFormidling."""
    return render("reply_failed.html", subject=subject, reason=reason, detail=detail, reference=reference, page=page)


def reply_others_note(*, subject: str, number: str, others: Sequence[str], reference: str, page: str = "") -> str:
    """The internal note on a ticket whose answer reached the organisation, and was addressed to others as well."""
    values = {"subject": subject, "number": number, "others": others}
    return render("reply_others.html", reference=reference, page=page, **values)


def reply_unmarked_note(*, subject: str, number: str, reference: str, page: str = "") -> str:
    """The internal note on a ticket whose answer is delivered, and stands as failed in Pureservice all the same."""
    return render("reply_unmarked.html", subject=subject, number=number, reference=reference, page=page)


class ReportPlace(StrEnum):
    """Where the report of a dispatch stands whose ticket could not be solved."""

    SOLUTION = "solution"
    NOTE = "note"
    ELSEWHERE = "elsewhere"  # in our own storage alone


def unsolved_note(*, why: str, status: str, report: ReportPlace, key: str = "", page: str = "") -> str:
    """What stands in a ticket whose dispatch is done, and that Pureservice would not have solved."""
    return render("unsolved.html", why=why, status=status, report=report, key=key, page=page)


def own_ticket_note(row: Recipient, *, letter: Letter, reference: str, redirected_to: str = "") -> str:
    """The internal note on a recipient's own ticket: whether, when and how the letter went, and what it says."""
    return render(
        "own_ticket.html",
        row=row,
        letter=letter,
        reference=reference,
        redirected_to=redirected_to,
        reason=explanation(row) if row.reason else None,
    )
