"""Recipients of one dispatch: in the plan's order for programs, by name for people."""

from collections.abc import Collection
from dataclasses import dataclass

from dispatch.core import DispatchKey, Recipient, RecipientState, is_dispatch_key
from dispatch.ports import Named, Place
from dispatch.services import Services

USUALLY_LISTED = 50  # recipients in an answer


@dataclass(frozen=True, slots=True)
class Page:
    """Some recipients in the plan's order. ``following`` is where the next page begins; None where this is the last."""

    rows: tuple[Recipient, ...]
    following: Place | None


async def recipients(
    key: DispatchKey,
    services: Services,
    *,
    states: Collection[RecipientState] = (),
    text: str = "",
    after: Place | None = None,
    limit: int = USUALLY_LISTED,
) -> Page:
    """Some recipients, in the plan's order. One query."""
    if not is_dispatch_key(key):
        return Page((), None)
    rows = await services.reader.recipients(key, states=states, text=text.strip()[:100], after=after, limit=limit + 1)
    following = Place(rows[limit - 1].batch, rows[limit - 1].index) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def by_name(
    key: DispatchKey,
    services: Services,
    *,
    states: Collection[RecipientState] = (),
    text: str = "",
    skip: int = 0,
    limit: int = USUALLY_LISTED,
) -> Named:
    """Some recipients in the order of their names, and how many there are in all."""
    if not is_dispatch_key(key):
        return Named((), 0)
    return await services.reader.by_name(key, states=states, text=text.strip()[:100], skip=skip, limit=limit)
