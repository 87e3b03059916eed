"""What the API answers: models that write both the answers and their description in OpenAPI."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from dispatch.core import (
    BatchState,
    Channel,
    Detour,
    DispatchState,
    MemberKind,
    Reason,
    RecipientState,
    ReturnCause,
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
    returned: int = Field(description="Delivered to the mail system, and came back")
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
    returned: int
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
    returned_at: datetime | None = Field(description="When the report came that says that the letter did not arrive")
    returned_cause: ReturnCause | None
    returned_code: str
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


class OwnLine(ApiModel):
    """What is one recipient's alone."""

    name: str
    address: str
    organization_number: str
    values: Mapping[str, str] = Field(description="Of the merge fields, by name")
    files: tuple[str, ...] = Field(description="The names of the files that only they get")


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
    without_own_files: int = Field(description="Who would get the message and no file of their own, where others do")
    by_channel: Mapping[Channel, int]
    reasons: Mapping[Reason, int]
    detours: Mapping[Detour, int]
    left_out: tuple[RecipientLine, ...] = Field(description="The first of them")
    own: tuple[OwnLine, ...] = Field(
        description="What differs: of the first recipients, and of the one whose message is made; empty where nothing"
    )
    message: Message | None
    message_bytes: int | None
    not_before: datetime | None = Field(description="The ticket says so; so long nothing is sent")
    not_after: datetime | None
    expected_done: datetime | None
    redirected_to: str


class Wrong(ApiModel):
    """What is wrong: a code for programs, Norwegian sentences for people."""

    code: str
    message: str


class Refusal(ApiModel):
    """Any answer that is not 200."""

    error: Wrong
