"""When: which batches come due, what a sender may do now, and when a dispatch is done.

Handed out whole: ``slots``, who may send from a sender now.
"""

from dispatch.pacing.estimate import estimated_end, standing_before
from dispatch.pacing.forecast import forecast, per_minute
from dispatch.pacing.pace import Pace
from dispatch.pacing.placing import took_nothing
from dispatch.pacing.rate import batch_size
from dispatch.pacing.release import release_due
from dispatch.pacing.snapshot import Snapshot, unsent
from dispatch.pacing.waits import Waiting, Waits, is_held, waiting

__all__ = [
    "Pace",
    "Snapshot",
    "Waiting",
    "Waits",
    "batch_size",
    "estimated_end",
    "forecast",
    "is_held",
    "per_minute",
    "release_due",
    "slots",
    "standing_before",
    "took_nothing",
    "unsent",
    "waiting",
]
