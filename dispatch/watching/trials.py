"""Letters that went to a trial's address: they are no delivery to anybody, whatever the batches count."""

from collections import Counter

from dispatch.core import DispatchKey, RecipientState
from dispatch.report import Trial
from dispatch.services import Services


async def tried(key: DispatchKey, services: Services) -> Trial:
    """How many of those counted as delivered went elsewhere than to the recipient, and where."""
    now = services.settings.mail_redirect_to
    places: Counter[str] = Counter()
    async for row in services.ledger.all_recipients(key):
        if row.state is RecipientState.DELIVERED and not row.superseded and row.redirected_to(now):
            places[row.redirected_to(now)] += 1
    return Trial(places.total(), " og ".join(sorted(places)))
