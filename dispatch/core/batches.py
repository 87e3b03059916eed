"""One batch of recipients, as the ledger holds it."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.identifiers import NO_VERSION, DispatchKey
from dispatch.core.states import BatchState, Channel


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
    owner: str = ""
    lease_until: datetime | None = None
    release: int = 0  # messages of an older release are stale
    attempts: int = 0
    refusals: int = 0  # in a row, by every transport
    refused_since: datetime | None = None
    faults: int = 0  # of ours, in a row: poison messages, and crashes that the sweep found
    faulted_since: datetime | None = None
    delivered: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    under_way: int = 0  # handed to eFormidling, without a receipt yet
    version: str = NO_VERSION
