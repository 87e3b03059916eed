"""The twin of the overview's reader, over the ledger in memory."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from dispatch.core import DispatchKey, Recipient, RecipientState, has_part, has_set_aside, name_key
from dispatch.ports import Board, Named, Place, Whole
from local.in_memory.ledger import MemoryLedger


class MemoryReader:
    """See ``dispatch.ports.LedgerReader``."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    async def board(self, mailboxes: Sequence[str], *, since: datetime) -> Board:
        done = sorted((line for line in self._ledger.done.values() if line.since >= since), key=lambda line: line.row)
        senders = {mailbox: await self._ledger.sender(mailbox) for mailbox in mailboxes}
        return Board(await self._ledger.active(), done[::-1], senders)

    async def whole(self, key: DispatchKey, *, as_of: str = "") -> Whole | None:
        dispatch = await self._ledger.dispatch(key)
        if dispatch is None:
            return None
        aside: dict[int, Counter[RecipientState]] = {}
        for row in await self._rows(key) if has_set_aside(dispatch) else ():
            if row.superseded:
                aside.setdefault(row.batch, Counter())[row.state] += 1
        assert as_of is not None
        return Whole(dispatch, await self._ledger.batches(key), {}, aside)

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
        start = (after.batch, after.index) if after else (-1, -1)
        rows = [
            row
            for row in await self._rows(key)
            if (row.batch, row.index) > start
            and (last_batch is None or row.batch <= last_batch)
            and (not states or row.state in states)
            and not row.superseded
            and has_part(row, text)
        ]
        return rows[:limit]

    async def by_name(
        self, key: DispatchKey, *, states: Collection[RecipientState] = (), text: str = "", skip: int = 0, limit: int
    ) -> Named:
        rows = await self.recipients(key, states=states, text=text, limit=1_000_000)
        return Named(tuple(sorted(rows, key=name_key)[skip : skip + limit]), len(rows))

    async def _rows(self, key: DispatchKey) -> list[Recipient]:
        return [row async for row in self._ledger.all_recipients(key)]
