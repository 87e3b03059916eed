"""What is each recipient's alone, for lists of recipients: the names of its columns, and what stands in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.core import ContentMissing, DispatchKey, OwnPlace, merging
from dispatch.planning.sharers import Told
from dispatch.services import Services


@dataclass(frozen=True, slots=True)
class OwnColumns:
    """The names of the letter's fields; ``any`` where something is somebody's alone, files among it."""

    titles: tuple[str, ...] = ()
    any: bool = False


async def own_columns(key: DispatchKey, services: Services) -> OwnColumns:
    """Those of the dispatch; none where its content is removed."""
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or not dispatch.content.letter_hash or dispatch.content.purged:
        return OwnColumns()
    try:
        fields = await services.letters.fields(key, dispatch.content.letter_hash)
    except ContentMissing:
        return OwnColumns()
    titles = titles_of(fields)
    for batch in await services.ledger.batches(key, limit=1):
        if any(row.own.blob for row in await services.ledger.recipients(batch)):
            return OwnColumns(titles, any=True)
    return OwnColumns(titles, any=bool(titles))


def titles_of(fields: Sequence[merging.MergeField]) -> tuple[str, ...]:
    """The fields as people tell them apart: one with two defaults is two."""
    names = [field.title for field in fields]
    return tuple(field.title if names.count(field.title) == 1 else field.written for field in fields)


async def _own_at(key: DispatchKey, place: OwnPlace, services: Services) -> merging.OwnContent:
    """What is a row's alone; nothing where that is removed."""
    try:
        return await services.letters.own.at(key, place)
    except ContentMissing:
        return merging.NOTHING_OWN


async def owns_of(key: DispatchKey, told: Sequence[Told], services: Services) -> Sequence[merging.OwnContent]:
    """What is each one's alone; who shares an address has what the letter to it had."""
    # By batch, so that each one's values are read once, in whatever order those stand who share an address.
    by_batch = sorted({row.own for row, _ in told}, key=lambda place: place.blob)
    owns = {place: await _own_at(key, place, services) for place in by_batch}
    return [owns[row.own] for row, _ in told]
