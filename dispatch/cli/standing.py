"""How each dispatch stands, for the terminal: the same summary as the status page's and the API's."""

from typing import TYPE_CHECKING

from dispatch.core import MISSED, DispatchKey, Recipient
from dispatch.watching import DispatchSummary, overview

if TYPE_CHECKING:
    from dispatch.services import Services

LISTED = 200  # failed and uncertain recipients of one dispatch


async def standings(services: "Services") -> list[DispatchSummary]:
    """Those under way and stopped, oldest first; then the latest finished ones."""
    return await overview.summaries(services)


async def standing(key: DispatchKey, services: "Services") -> DispatchSummary | None:
    """How one dispatch stands; None where there is none."""
    found = await overview.details(key, services, missed=False)
    return found.summary if found else None


async def missed(key: DispatchKey, services: "Services") -> list[Recipient]:
    """The first of those who were not reached; those whose place a later round has are left out."""
    found: list[Recipient] = []
    async for row in services.ledger.all_recipients(key):
        if row.state in MISSED and not row.superseded:
            found.append(row)
            if len(found) == LISTED:
                break
    return found
