"""When every batch of a dispatch is recorded."""

from dispatch.core import Batch, BatchState, Channel, DispatchKey, ResolveTicket
from dispatch.services import Services


async def complete(key: DispatchKey, services: Services) -> bool:
    """Asks for the ticket to be answered if every batch is recorded."""
    services.memory.unrecorded.forget(key)
    left = await services.ledger.batches(key, states=set(BatchState) - {BatchState.RECORDED}, limit=1)
    if not left:
        await services.queues.put_resolve(ResolveTicket(dispatch=key))
    return not left


async def complete_after(batch: Batch, services: Services) -> None:
    """The same after a worker has recorded the batch and given its sender back, who may know that others are left."""
    mailbox = services.sender_of(batch.channel)
    same = frozenset(channel for channel in Channel if services.sender_of(channel) == mailbox)
    if not await services.memory.unrecorded.are_left(batch, mailbox, same):
        await services.queues.put_resolve(ResolveTicket(dispatch=batch.dispatch))
