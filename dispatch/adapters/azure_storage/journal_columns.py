"""A batch's row with its journal, and rows of recipients as they stand.

What came back is written as delivered, in rows and counts, with columns that say it came back: an application of the
version before knows no such outcome.

An application of the version before reads rows only, and would send again to whom the journal says was sent. So a row
with a journal tells it that somebody has the batch for good: it leaves the batch alone, and loses nothing. The lease
as it is stands in a column of its own.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from dispatch.adapters.azure_storage.table_rows import columns, from_entity, to_entity
from dispatch.core import NO_VERSION, Batch, BatchState, DispatchKey, Reason, Recipient, RecipientState, journal

LONGEST_JOURNAL = 48_000  # characters; what is longer is folded into the rows
LONGEST_COLUMN = 30_000  # the service takes 32,768 UTF-16 units in one, and ASCII is one each
KEPT_ENTRIES = 1024
FOR_GOOD = datetime(2999, 1, 1, tzinfo=UTC)
PIECES = tuple(f"journal_{number}" for number in range(-(-LONGEST_JOURNAL // LONGEST_COLUMN)))
LEASE, TRUE_LEASE = "lease_until", "journal_lease_until"
HAS_JOURNAL = f"state eq '{BatchState.LEASED}'"
# What the version before takes in place of a reason that it does not know, and the column that says which it is.
LATER_REASONS: Mapping[Reason | None, Reason] = {Reason.EXPIRED: Reason.GAVE_UP}
REASON = "later_reason"
_CAME_BACK = "returned_at ge datetime'2000-01-01T00:00:00Z'"
KEYS = frozenset({"PartitionKey", "RowKey"})
MOMENTS = frozenset(column.name for column in columns(Recipient) if column.target is datetime)


def batch_row(number: int) -> str:
    """The row key of a batch."""
    return f"batch|{number:05}"


def batch_entity(batch: Batch) -> dict[str, Any]:
    """The batch's row."""
    taken = replace(batch.counts, delivered=batch.counts.delivered + batch.counts.returned)
    shown = replace(batch, counts=taken)
    entity = to_entity(shown, partition=batch.dispatch, row=batch_row(batch.number), leave_out=("dispatch",))
    if not batch.journal:
        return entity
    text = _text(batch.journal)
    for start, name in zip(range(0, len(text), LONGEST_COLUMN), PIECES, strict=False):
        entity[name] = text[start : start + LONGEST_COLUMN]
    true = {TRUE_LEASE: entity[LEASE]} if LEASE in entity else {}
    return {**entity, **true, LEASE: FOR_GOOD}


def batch_from(key: DispatchKey, entity: Mapping[str, Any], *, version: str = NO_VERSION) -> Batch:
    """The batch that the row holds, its journal with it."""
    entries = entries_of(entity)
    if entries:
        entity = {**entity, LEASE: entity.get(TRUE_LEASE)}
    batch = from_entity(Batch, entity, dispatch=key, version=version, journal=entries)
    if not batch.counts.returned:
        return batch
    left = replace(batch.counts, delivered=batch.counts.delivered - batch.counts.returned)
    return replace(batch, counts=left)


def is_too_long(batch: Batch) -> bool:
    """Whether its journal has no room in the batch's row."""
    return len(_text(batch.journal)) > LONGEST_JOURNAL


def recipient_entity(key: DispatchKey, recipient: Recipient) -> dict[str, Any]:
    """The recipient's row."""
    if recipient.state is RecipientState.RETURNED:
        recipient = replace(recipient, state=RecipientState.DELIVERED)
    if recipient.reason in LATER_REASONS:
        shown = replace(recipient, reason=LATER_REASONS[recipient.reason])
        return {**_entity(key, shown), REASON: str(recipient.reason)}
    return _entity(key, recipient)


def _entity(key: DispatchKey, recipient: Recipient) -> dict[str, Any]:
    return to_entity(recipient, partition=key, row=f"recipient|{recipient.batch:05}|{recipient.index:04}")


def recipient_from(entity: Mapping[str, Any]) -> Recipient:
    """The recipient that the row, or an entry of a journal, holds."""
    recipient = from_entity(Recipient, entity)
    if REASON in entity:
        recipient = replace(recipient, reason=Reason(str(entity[REASON])))
    if recipient.attempt.returned.at is None or recipient.state is not RecipientState.DELIVERED:
        return recipient
    return replace(recipient, state=RecipientState.RETURNED)


def states_among(states: Iterable[RecipientState]) -> str:
    """The condition for rows of these states; it may let through others, which are to be selected anew."""
    return " or ".join(
        _CAME_BACK if state is RecipientState.RETURNED else f"state eq '{state}'" for state in sorted(states)
    )


def entries_of(entity: Mapping[str, Any]) -> tuple[Recipient, ...]:
    """The journal that the batch's row holds."""
    text = "".join(str(entity[name]) for name in PIECES if name in entity)
    return tuple(recipient_from(entry) for entry in json.loads(text, object_hook=_read)) if text else ()


async def as_they_stand(
    entities: AsyncIterator[Mapping[str, Any]], known: Iterable[Recipient] = ()
) -> AsyncIterator[Recipient]:
    """Recipients from a query that gives the batches with a journal before their rows, or whose journal is known."""
    entries = [*known]
    first: list[Mapping[str, Any]] = []
    async for entity in entities:
        if not str(entity["RowKey"]).startswith("batch|"):
            first.append(entity)
            break
        entries += entries_of(entity)

    async def rows() -> AsyncIterator[Recipient]:
        for entity in first:
            yield recipient_from(entity)
        async for entity in entities:
            yield recipient_from(entity)

    async for row in journal.applied(entries, rows()):
        yield row


def _text(entries: Iterable[Recipient]) -> str:
    return f"[{','.join(map(_entry, entries))}]"


@lru_cache(maxsize=KEPT_ENTRIES)
def _entry(recipient: Recipient) -> str:
    """What the recipient's own row would hold, as ASCII: a worker writes each again and again until it is folded."""
    entity = recipient_entity(DispatchKey(""), recipient)
    held = {name: value for name, value in entity.items() if name not in KEYS}
    return json.dumps(held, separators=(",", ":"), default=datetime.isoformat)


def _read(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: datetime.fromisoformat(value) if name in MOMENTS else value for name, value in entry.items()}
