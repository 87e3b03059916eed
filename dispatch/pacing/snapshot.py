"""The rows of one dispatch and of its senders, as they were read at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.core import Batch, BatchState, Dispatch, SenderState
from dispatch.settings import Sender, Settings, sender_of, senders_of


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a forecast is made from. ``senders`` are by the name that ``sender_of`` gives."""

    dispatch: Dispatch
    batches: Sequence[Batch]
    written: Mapping[int, datetime]
    senders: Mapping[str, SenderState]
    settings: Settings
    now: datetime
    others: Sequence[tuple[Dispatch, Sequence[Batch]]] = ()  # dispatches that share the senders

    @property
    def left(self) -> list[Batch]:
        """Batches that are not done."""
        return [batch for batch in self.batches if batch.state is not BatchState.RECORDED]

    def standing(self, sender: Sender | str) -> SenderState:
        """How a sender stands."""
        name = sender if isinstance(sender, str) else sender.name
        return self.senders.get(name) or SenderState(name)

    def senders_of(self, batch: Batch) -> Sequence[Sender]:
        """Whose concurrency and pace the batch shares; several where it has not been given one of them yet."""
        shared = senders_of(batch.channel, self.settings)
        is_given = batch.mailbox or batch.state is not BatchState.PLANNED
        return [sender_of(batch, self.settings)] if is_given else shared


def unsent(batch: Batch) -> int:
    """Recipients of the batch that nothing has been sent to yet."""
    if batch.state is BatchState.RECORDED:
        return 0
    return max(0, batch.to_send - batch.counts.attempted - batch.counts.under_way)
