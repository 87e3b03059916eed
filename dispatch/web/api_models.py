"""What the API answers: models that write both the answers and their description in OpenAPI."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Detour,
    DispatchState,
    Letter,
    MemberKind,
    Reason,
    Recipient,
    RecipientState,
    Scenario,
    Transport,
)
from dispatch.pacing import Waits
from dispatch.watching import overview


class ApiModel(BaseModel):
    """Every answer has all its fields; null where nothing is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Counts(ApiModel):
    """Recipients by how they stand. The parts add up to ``recipients``."""

    recipients: int
    delivered: int
    failed: int
    skipped: int
    uncertain: int
    waiting: int = Field(description="Handed to eFormidling, without a receipt yet")
    remaining: int

    @classmethod
    def of(cls, tally: overview.Tally) -> "Counts":
        """The tally, with what is left."""
        return cls(**{name: getattr(tally, name) for name in cls.model_fields})


class WaitsFor(ApiModel):
    """What the dispatch waits for, and until when where that is known."""

    what: Waits
    until: datetime | None


class DispatchLine(ApiModel):
    """How one dispatch stands. Times are in UTC."""

    key: str = Field(description="Ticket id and communication id", examples=["9001-8001"])
    ticket_id: int
    ticket_number: int = Field(description="The number that people see")
    subject: str
    state: DispatchState
    scenario: Scenario
    channel: Channel
    counts: Counts
    by_channel: dict[Channel, Counts]
    duplicates_removed: int
    lists: tuple[str, ...]
    problems: tuple[str, ...] = Field(description="Of a rejection: Norwegian sentences for the case worker")
    round: int = Field(description="Above 1 where a person asked to send again")
    batches: int
    batches_recorded: int
    per_minute: float | None = Field(description="Recipients a minute of late")
    expected_done: datetime | None
    waits_for: WaitsFor
    created: datetime
    planned: datetime | None
    resolved: datetime | None
    purged: bool = Field(description="Recipients and content are removed, and the counts with them")


class BatchLine(ApiModel):
    """One batch."""

    number: int
    state: BatchState
    channel: Channel
    size: int
    due: datetime | None
    attempts: int
    delivered: int
    failed: int
    skipped: int
    uncertain: int
    waiting: int


class RecipientLine(ApiModel):
    """One recipient."""

    batch: int
    index: int
    kind: MemberKind
    name: str
    address: str
    organization_number: str
    channel: Channel
    state: RecipientState
    transport: Transport | None
    message_id: str
    reason: Reason | None
    detail: str
    detour: Detour | None
    attempts: int
    changed: datetime | None
    ticket_number: int | None = Field(description="Of the recipient's own ticket")
    sent_from: str = Field(description="Mailbox or integration point of the last attempt; empty where it was not noted")
    redirected_to: str = Field(description="Where the letter went instead of to the recipient; empty where it did not")


class Dispatches(ApiModel):
    """Dispatches under way and stopped, oldest first; then the latest finished ones."""

    dispatches: tuple[DispatchLine, ...]


class WholeDispatch(ApiModel):
    """One dispatch with its batches."""

    dispatch: DispatchLine
    batches: tuple[BatchLine, ...]


class Press(ApiModel):
    """Whom a button of the page would reach now, and whom not."""

    reached: tuple[RecipientLine, ...]
    only_if_asked: tuple[RecipientLine, ...] = Field(
        default=(), description="Uncertain ones: they may have it already, and get it only where the box is ticked"
    )
    left: tuple[RecipientLine, ...]


class Recipients(ApiModel):
    """Some recipients in the order of the plan."""

    recipients: tuple[RecipientLine, ...]
    after: str | None = Field(description="Give it as `after` for the next ones; null where these are the last")


class File(ApiModel):
    """A file that goes with the message."""

    name: str
    content_type: str
    bytes: int


class Message(ApiModel):
    """What every recipient gets, as it was frozen."""

    subject: str
    html: str
    text: str
    attachments: tuple[File, ...]


class Trial(ApiModel):
    """What a dispatch would do."""

    ticket_number: int
    subject: str
    scenario: Scenario
    channel: Channel
    problems: tuple[str, ...]
    stands: str = Field(description="How a dispatch of this message stands already, in Norwegian; empty where none")
    lists: tuple[str, ...]
    recipients: int
    to_send: int
    skipped: int
    duplicates_removed: int
    by_channel: Mapping[Channel, int]
    reasons: Mapping[Reason, int]
    detours: Mapping[Detour, int]
    left_out: tuple[RecipientLine, ...] = Field(description="The first of them")
    message: Message | None
    message_bytes: int | None
    expected_done: datetime | None
    redirected_to: str


class Wrong(ApiModel):
    """What is wrong: a code for programs, Norwegian sentences for people."""

    code: str
    message: str


class Refusal(ApiModel):
    """Any answer that is not 200."""

    error: Wrong


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
        failed=counts.failed,
        skipped=counts.skipped,
        uncertain=counts.uncertain,
        waiting=counts.under_way,
    )


def recipient_line(row: Recipient) -> RecipientLine:
    """A recipient as the API says it."""
    parts = ("transport", "message_id", "attempts", "ticket_number", "sent_from", "redirected_to")
    return RecipientLine(
        **{name: getattr(row, name) for name in RecipientLine.model_fields if name not in parts},
        transport=row.attempt.transport,
        message_id=row.attempt.message_id,
        attempts=row.attempt.count,
        ticket_number=row.own_ticket.number or None,
        sent_from=row.attempt.route.sender,
        redirected_to=row.attempt.route.redirect,
    )


def message(letter: Letter) -> Message:
    """A letter as the API says it."""
    files = [File(name=p.name, content_type=p.content_type, bytes=len(p.content)) for p in letter.attachments]
    return Message(subject=letter.subject, html=letter.html, text=letter.text, attachments=tuple(files))
