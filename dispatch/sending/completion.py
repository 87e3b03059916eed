"""When every batch of a dispatch is recorded."""

from dispatch.core import BatchState, DispatchKey, ResolveTicket
from dispatch.services import Services


async def complete(key: DispatchKey, services: Services) -> bool:
    """Asks for the ticket to be answered if every batch is recorded."""
    left = await services.ledger.batches(key, states=set(BatchState) - {BatchState.RECORDED}, limit=1)
    if not left:
        await services.queues.put_resolve(ResolveTicket(dispatch=key))
    return not left
