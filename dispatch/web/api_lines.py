"""What the API says of a dispatch, a batch, a recipient and a letter."""

from dispatch.core import Batch, Letter, Recipient
from dispatch.planning import PreviewOwn
from dispatch.watching import overview
from dispatch.web.api_models import (
    BatchLine,
    Counts,
    DispatchLine,
    File,
    Message,
    OwnLine,
    RecipientLine,
    WaitsFor,
)


def dispatch_line(one: overview.DispatchSummary) -> DispatchLine:
    """A summary as the API says it."""
    return DispatchLine(
        key=one.key,
        ticket_id=one.ticket_id,
        ticket_number=one.request_number,
        subject=one.subject,
        state=one.state,
        scenario=one.scenario,
        channel=one.channel,
        counts=Counts.of(one.tally),
        by_channel={channel: Counts.of(tally) for channel, tally in one.by_channel},
        duplicates_removed=one.duplicates,
        lists=one.lists,
        problems=one.problems,
        round=one.round,
        batches=one.batches,
        batches_recorded=one.batches_done,
        per_minute=None if one.rate is None else round(one.rate, 1),
        expected_done=one.expected_done,
        waits_for=WaitsFor(what=one.waits.what, until=one.waits.until),
        created=one.created,
        planned=one.planned,
        resolved=one.resolved,
        purged=one.purged,
    )


def batch_line(batch: Batch) -> BatchLine:
    """A batch as the API says it."""
    own, counts = ("number", "state", "channel", "size", "due", "attempts"), batch.counts
    return BatchLine(
        **{name: getattr(batch, name) for name in own},
        delivered=counts.delivered,
        returned=counts.returned,
        failed=counts.failed,
        skipped=counts.skipped,
        uncertain=counts.uncertain,
        waiting=counts.under_way,
    )


def recipient_line(row: Recipient) -> RecipientLine:
    """A recipient as the API says it."""
    came_back = ("returned_at", "returned_cause", "returned_code")
    parts = ("transport", "message_id", "attempts", "ticket_number", "sent_from", "redirected_to", *came_back)
    return RecipientLine(
        **{name: getattr(row, name) for name in RecipientLine.model_fields if name not in parts},
        transport=row.attempt.transport,
        message_id=row.attempt.message_id,
        returned_at=row.attempt.returned.at,
        returned_cause=row.attempt.returned.cause,
        returned_code=row.attempt.returned.code,
        attempts=row.attempt.count,
        ticket_number=row.own_ticket.number or None,
        sent_from=row.attempt.route.sender,
        redirected_to=row.attempt.route.redirect,
    )


def own_lines(own: PreviewOwn) -> tuple[OwnLine, ...]:
    """What differs from recipient to recipient, as the API says it."""
    return tuple(
        OwnLine(
            name=row.name,
            address=row.address,
            organization_number=row.organization_number,
            values=values,
            files=files,
        )
        for row, values, files in (own.lines if own.differs else ())
    )


def message(letter: Letter) -> Message:
    """A letter as the API says it."""
    files = [File(name=p.name, content_type=p.content_type, bytes=len(p.content)) for p in letter.attachments]
    return Message(subject=letter.subject, html=letter.html, text=letter.text, attachments=tuple(files))
