"""Recipients of a dispatch by how they stand, from the counts on its batches. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from dispatch.core import Batch, BatchState, Channel, RecipientState
from dispatch.ports import Whole

R = RecipientState


@dataclass(frozen=True, slots=True)
class Tally:
    """Recipients by how they stand: the parts add up to ``recipients``."""

    recipients: int = 0
    delivered: int = 0
    returned: int = 0  # delivered to the mail system, and came back
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    waiting: int = 0  # eFormidling has it, and its receipt is waited for

    @property
    def remaining(self) -> int:
        """Those whom nothing has been sent to yet."""
        return max(0, self.recipients - self.handled - self.waiting)

    @property
    def handled(self) -> int:
        """Those who have an outcome."""
        return self.delivered + self.missed

    @property
    def missed(self) -> int:
        """Those who have an outcome and were not reached for certain."""
        return self.returned + self.failed + self.skipped + self.uncertain

    @property
    def percent(self) -> int:
        """How much is done, never 100 before all is."""
        return self.handled * 100 // self.recipients if self.recipients else 0


def by_channel(whole: Whole) -> tuple[tuple[Channel, Tally], ...]:
    """The same for each channel that a batch goes by."""
    ordered = sorted(whole.batches, key=lambda batch: batch.channel)
    found = []
    for channel, group in groupby(ordered, key=lambda batch: batch.channel):
        batches = list(group)
        aside = sum(sum(whole.set_aside.get(batch.number, {}).values()) for batch in batches)
        found.append((channel, tally_of(whole, batches, sum(batch.size for batch in batches) - aside)))
    return tuple(found)


def tally_of(whole: Whole, batches: Sequence[Batch], recipients: int) -> Tally:
    """The batches' counts, without rows that a later round has set aside and that the counts still hold."""
    counted = {R.RETURNED: 0, R.FAILED: 0, R.SKIPPED: 0, R.UNCERTAIN: 0}
    for batch in batches:
        stale = _stale(batch, whole.set_aside.get(batch.number, {}))
        counted[R.RETURNED] += batch.counts.returned - stale[R.RETURNED]
        counted[R.FAILED] += batch.counts.failed - stale[R.FAILED]
        counted[R.SKIPPED] += batch.counts.skipped - stale[R.SKIPPED]
        counted[R.UNCERTAIN] += batch.counts.uncertain - stale[R.UNCERTAIN]
    return Tally(
        recipients=recipients,
        delivered=sum(batch.counts.delivered for batch in batches),
        returned=counted[R.RETURNED],
        failed=counted[R.FAILED],
        skipped=counted[R.SKIPPED],
        uncertain=counted[R.UNCERTAIN],
        waiting=sum(batch.counts.under_way for batch in batches),
    )


def _stale(batch: Batch, aside: Mapping[RecipientState, int]) -> Counter[RecipientState]:
    """What a recorded batch still counts of rows that a later round has set aside.

    A fall-back to e-mail sets aside failed rows as well, but takes them out of the counts itself.
    """
    stale = Counter({state: aside.get(state, 0) for state in (R.RETURNED, R.SKIPPED, R.UNCERTAIN)})
    if aside and batch.state is BatchState.RECORDED:
        held = batch.counts.attempted + batch.counts.skipped
        stale[R.FAILED] = held - (batch.size - sum(aside.values())) - stale.total()
    return stale
