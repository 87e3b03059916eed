"""Whether our own storage is out: a fault then is nobody's try, and no message is blamed for it."""

from dispatch.core import DispatchError, TicketId
from dispatch.services import Services

PROBE = "tenant/storage-probe"
NO_TICKET = TicketId(0)


class StorageOut(DispatchError):
    """Our own storage does not answer."""


async def storage_is_out(services: Services) -> bool:
    """Asks it, after a fault that nothing else explains: by writing and reading what nobody needs."""
    try:
        await services.content.put(PROBE, b"-", content_type="text/plain")
        await services.content.get(PROBE)
        await services.ledger.hold(NO_TICKET)
    except Exception:  # noqa: BLE001 - whatever it is, it is no letter's fault
        return True
    return False
