"""Whether a message of the queue ``dispatch-batches`` still asks for work. Pure."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core import Batch, BatchState, Dispatch, DispatchState, SendBatch

FEWEST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Drop:
    """The message has nothing left to do."""

    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """The message must wait."""

    seconds: float
    why: str


def admit(message: SendBatch, dispatch: Dispatch | None, batch: Batch | None, now: datetime) -> Drop | Later | None:
    """What to do with a message before anything is taken; None means: go on."""
    if dispatch is None or batch is None:
        return Drop("unknown")
    if batch.state is BatchState.RECORDED:
        return Drop("recorded")
    if dispatch.state is not DispatchState.SENDING:
        return Drop(f"dispatch is {dispatch.state}")
    if message.release < batch.release:
        return Drop("stale")
    if batch.state is BatchState.PLANNED:
        return Drop("not released")
    if batch.lease.until and batch.lease.until > now:
        return Later((batch.lease.until - now).total_seconds() + FEWEST_SECONDS, "leased")
    return None
