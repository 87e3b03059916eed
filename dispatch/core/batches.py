"""One batch of recipients, as the ledger holds it."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.identifiers import NO_VERSION, DispatchKey
from dispatch.core.leases import NOT_HELD, Lease
from dispatch.core.states import BatchState, Channel


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """Recipients of a batch by outcome, and those whose outcome is waited for."""

    delivered: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    under_way: int = 0  # handed to eFormidling, without a receipt yet


@dataclass(frozen=True, slots=True)
class Refusals:
    """Certain refusals by every transport, and since when."""

    in_a_row: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of ours, poison messages and crashes that the sweep found, and since when nothing came of the batch."""

    in_a_row: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to ``DISPATCH_BATCH_SIZE`` recipients, sent by one invocation at a time."""

    dispatch: DispatchKey
    number: int
    state: BatchState
    size: int
    to_send: int  # those without an outcome when planned
    channel: Channel = Channel.EMAIL
    due: datetime | None = None
    release: int = 0  # messages of an older release are stale
    attempts: int = 0
    lease: Lease = NOT_HELD
    refusals: Refusals = Refusals()
    faults: Faults = Faults()
    counts: OutcomeCounts = OutcomeCounts()
    version: str = NO_VERSION
