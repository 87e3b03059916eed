"""What is waited for where the batches alone can't tell: asked of the recipients that are left."""

from collections.abc import Sequence
from dataclasses import replace

from dispatch.core import Recipient, RecipientState
from dispatch.pacing import Waiting, Waits

ROWS_TELL = frozenset({Waits.AGAIN, Waits.REFUSED, Waits.EXCHANGE_REFUSED})
TRIED = (RecipientState.PLANNED, RecipientState.IN_DOUBT)


def told_by_rows(waits: Waiting, rows: Sequence[Recipient]) -> Waiting:
    """The same, with what the rows that are left say of it. Pure."""
    code = next((row.detail for row in rows if row.detail), "")
    if waits.what is not Waits.AGAIN:
        return replace(waits, code=waits.code or code)
    doubtful = [row for row in rows if row.state is RecipientState.IN_DOUBT]
    if doubtful:
        since = min((row.doubt.since for row in doubtful if row.doubt.since), default=None)
        return replace(waits, what=Waits.DOUBT, count=len(doubtful), since=since)
    put_off = [row for row in rows if row.attempt.count and row.not_before]
    if put_off:
        return replace(waits, what=Waits.GREYLISTED, count=len(put_off), code=code)
    return replace(waits, code=code)
