"""The journal: what a batch's row knows of its recipients that their own rows do not hold yet.

While a worker has the batch, one write of the batch's row records outcomes and intents. Whoever puts the batch down
brings the rows up to date in the same transaction, so that only a batch in somebody's hands, or in those of a process
that died, has a journal. Pure.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace

from dispatch.core.batches import Batch
from dispatch.core.recipients import Recipient
from dispatch.core.states import BatchState


def place(row: Recipient) -> tuple[int, int]:
    """Where the recipient stands in the plan."""
    return row.batch, row.index


def recorded(batch: Batch, recipients: Iterable[Recipient], *, full: bool = False) -> tuple[Batch, list[Recipient]]:
    """The batch as its row is to be written with these recipients, and the rows that go along.

    ``full`` where the journal would grow too long: then the rows are brought up to date while the worker goes on.
    """
    changed = {row.index: row for row in (*batch.journal, *recipients)}
    newest = [changed[index] for index in sorted(changed)]
    if batch.state is BatchState.LEASED and not full:
        return replace(batch, journal=tuple(newest)), []
    return replace(batch, journal=()), newest


def without(batch: Batch, rows: Iterable[Recipient]) -> Batch:
    """The batch whose journal has nothing to say of rows that are written beside it."""
    written = {place(row) for row in rows}
    return replace(batch, journal=tuple(row for row in batch.journal if place(row) not in written))


async def applied(entries: Sequence[Recipient], rows: AsyncIterator[Recipient]) -> AsyncIterator[Recipient]:
    """Recipients in the plan's order as they stand: each row, or what the journal says in its place.

    The one way to read recipients. Journals are to be read before the rows, or what is folded in between is missed.
    Where the rows are a selection, all that the journal holds comes along, and is to be selected anew. Rows that were
    set aside are newer than any journal, since that is written to them.
    """
    ahead = sorted(entries, key=place)
    following = 0
    async for row in rows:
        while following < len(ahead) and place(ahead[following]) < place(row):
            yield ahead[following]
            following += 1
        if following < len(ahead) and place(ahead[following]) == place(row):
            yield row if row.superseded else ahead[following]
            following += 1
        else:
            yield row
    for row in ahead[following:]:
        yield row
