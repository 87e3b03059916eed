"""Pureservice's own outgoing e-mail that could not be delivered."""

from collections.abc import Sequence
from typing import Protocol

from dispatch.core import UndeliveredMail


class UndeliveredMails(Protocol):
    """Pureservice's outgoing e-mail. Raises ``TicketSystemBusy`` and ``TicketSystemRefused``."""

    async def undelivered(self, domain: str) -> Sequence[UndeliveredMail]:
        """Outgoing rows that failed and whose ``to`` holds the domain, oldest first."""
        ...
