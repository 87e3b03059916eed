"""The doubt bound: the most recipients whose intent is recorded and whose outcome is not. A kill leaves so many."""

from dispatch.core import Transport
from dispatch.settings import Settings

WHERE_NOTHING_CAN_TELL = 4
WHERE_IT_CAN_BE_ASKED = 16


def doubt_bound(transport: Transport | None, settings: Settings) -> int:
    """Few where each may stay uncertain; more where asking settles them all. No transport makes a ticket."""
    if settings.dispatch_window_size:
        return settings.dispatch_window_size
    by_mailbox = transport is Transport.GRAPH and settings.mail_reconcile != "off"
    by_id = transport is Transport.COMMUNICATION and settings.acs_remembers_minutes > 0
    asked = by_mailbox or by_id or transport in (None, Transport.EFORMIDLING)
    return WHERE_IT_CAN_BE_ASKED if asked else WHERE_NOTHING_CAN_TELL
