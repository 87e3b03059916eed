"""How one dispatch stands, as people and programs are shown it."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core import (
    Batch,
    Channel,
    CommunicationId,
    DispatchKey,
    DispatchState,
    LeftOut,
    Recipient,
    Scenario,
    TicketId,
)
from dispatch.pacing import Waiting, Waits
from dispatch.watching.tally import Tally

D = DispatchState


@dataclass(frozen=True, slots=True)
class DispatchSummary:
    """How one dispatch stands. Times are aware, in UTC; ``rate`` is recipients a minute, None where unknown."""

    key: DispatchKey
    ticket_id: TicketId
    communication_id: CommunicationId
    request_number: int
    subject: str
    state: DispatchState
    scenario: Scenario
    channel: Channel
    tally: Tally
    by_channel: tuple[tuple[Channel, Tally], ...]
    duplicates: int
    lists: tuple[str, ...]
    problems: tuple[str, ...]
    round: int
    batches: int
    batches_done: int
    rate: float | None  # of late, whatever the end is reckoned from
    expected_done: datetime | None
    # The rate that ``expected_done`` is made from; None where the pace says it, or it pauses.
    reckoned_rate: float | None
    waits: Waiting
    created: datetime
    planned: datetime | None
    resolved: datetime | None
    purged: bool  # recipients and content are removed; the counts are gone with them
    purged_at: datetime | None
    looked: datetime

    @property
    def moves(self) -> bool:
        """Whether something will happen to it without a person."""
        return self.waits.what in (Waits.GOING_ON, Waits.ENDING) or self.state in (
            D.PLANNING,
            D.SENDING,
            D.RESOLVING,
            D.REJECTING,
        )


@dataclass(frozen=True, slots=True)
class DispatchDetails:
    """One dispatch with its batches, and the first of those who were not reached where they were asked for."""

    summary: DispatchSummary
    batches: tuple[Batch, ...]
    missed: tuple[Recipient, ...]
    content_hash: str
    content_bytes: int
    looked: datetime
    files: tuple[str, ...] | None = None  # names of what goes along; None where it was not asked for
    left_out: tuple[LeftOut, ...] = ()
    has_own_files: bool = False  # somebody gets a file of their own
