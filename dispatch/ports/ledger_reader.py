"""What the overview reads of the ledger, as a protocol: few and bounded queries, and nothing is ever written."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dispatch.core import Batch, Dispatch, DispatchKey, IndexLine, Recipient, RecipientState, SenderState


@dataclass(frozen=True, slots=True)
class Board:
    """The ledger's index and the senders: what is under way, what is finished (newest first), how each fares."""

    active: Sequence[IndexLine]
    finished: Sequence[IndexLine]
    senders: Mapping[str, SenderState]


@dataclass(frozen=True, slots=True)
class Whole:
    """A dispatch with its batches.

    ``written`` is when each batch's row was last changed. ``set_aside`` counts the rows of a batch whose place a later
    round has; the batch's own counts may still hold them.
    """

    dispatch: Dispatch
    batches: Sequence[Batch]
    written: Mapping[int, datetime] = field(default_factory=dict)
    set_aside: Mapping[int, Counter[RecipientState]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recipient stands in the plan."""

    batch: int
    index: int = -1


@dataclass(frozen=True, slots=True)
class Named:
    """Some recipients in the order of their names; ``count`` is of all that were looked for."""

    rows: tuple[Recipient, ...]
    count: int


class LedgerReader(Protocol):
    """The ledger, for reading."""

    async def board(self, mailboxes: Sequence[str], *, since: datetime) -> Board:
        """One query: all active dispatches, those finished since, and the senders of the mailboxes."""
        ...

    async def whole(self, key: DispatchKey, *, as_of: str = "") -> Whole | None:
        """One query: the dispatch and its batches.

        ``as_of`` names a state that never changes again; what was read for it may be answered from memory.
        """
        ...

    async def recipients(
        self,
        key: DispatchKey,
        *,
        states: Collection[RecipientState] = (),
        text: str = "",
        after: Place | None = None,
        last_batch: int | None = None,
        limit: int,
    ) -> list[Recipient]:
        """One query: recipients in the plan's order, those whose place a later round has left out.

        ``text`` stands anywhere in the name, the address or the organisation number, in whatever letter case.
        """
        ...

    async def by_name(
        self, key: DispatchKey, *, states: Collection[RecipientState] = (), text: str = "", skip: int = 0, limit: int
    ) -> Named:
        """The same in the order of their names: the whole list is read, a thousand rows a query."""
        ...
