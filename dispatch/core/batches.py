"""One batch of recipients, as the ledger holds it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dispatch.core.identifiers import NO_VERSION, DispatchKey
from dispatch.core.leases import NOT_HELD, Lease
from dispatch.core.recipients import Recipient
from dispatch.core.states import BatchState, Channel, RecipientState, Refusal


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """Recipients of a batch by outcome, and those whose outcome is waited for."""

    delivered: int = 0
    returned: int = 0  # delivered to the mail system, and came back
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    under_way: int = 0  # handed to eFormidling, without a receipt yet

    @property
    def attempted(self) -> int:
        """Those who have an outcome, whom planning did not skip."""
        return self.delivered + self.returned + self.failed + self.uncertain


def counts_of(rows: Iterable[Recipient]) -> OutcomeCounts:
    """What rows of a batch come to. One that was set aside counts in the batch that has its place now."""
    counts = Counter(row.state for row in rows if not row.superseded)
    return OutcomeCounts(
        delivered=counts[RecipientState.DELIVERED],
        returned=counts[RecipientState.RETURNED],
        failed=counts[RecipientState.FAILED],
        skipped=counts[RecipientState.SKIPPED],
        uncertain=counts[RecipientState.UNCERTAIN],
        under_way=counts[RecipientState.UNDER_WAY],
    )


@dataclass(frozen=True, slots=True)
class Refusals:
    """Certain refusals by every transport.

    ``waited`` is the seconds of rest that were granted between two tries: the time in which sending was allowed and
    tried. What a stop, a closed send window or the quota of the day adds does not count.
    """

    in_a_row: int = 0
    since: datetime | None = None
    waited: float = 0.0
    about: Refusal | None = None
    code: str = ""  # the last one's, for the operator
    held: bool = False  # it has been tried for long enough: nothing is sent until a person decides


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of ours, poison messages and crashes that the sweep found, and since when nothing came of the batch."""

    in_a_row: int = 0
    since: datetime | None = None
    waited: float = 0.0  # seconds of rest that were granted between them


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to ``DISPATCH_BATCH_SIZE`` recipients, sent by one invocation at a time."""

    dispatch: DispatchKey
    number: int
    state: BatchState
    size: int
    to_send: int  # those without an outcome when planned
    channel: Channel = Channel.EMAIL
    mailbox: str = ""  # of a pool, which it was given; it keeps it as long as nobody knows how an attempt ended
    due: datetime | None = None
    release: int = 0  # messages of an older release are stale
    attempts: int = 0
    lease: Lease = NOT_HELD
    refusals: Refusals = Refusals()
    faults: Faults = Faults()
    reached: datetime | None = None  # when something last took a letter of it
    counts: OutcomeCounts = OutcomeCounts()
    journal: tuple[Recipient, ...] = ()  # those whose own rows are older; see ``core.journal``
    version: str = NO_VERSION
