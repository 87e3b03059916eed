"""The government message exchange (eFormidling), as the verbs need it."""

from typing import Protocol

from dispatch.core import ExchangeMessage, Journey
from dispatch.ports.mail_transport import MailTransport


class MessageExchange(Protocol):
    """The integration point. Raises the ``MailError`` kinds and nothing else."""

    async def service_for(self, organisation: str) -> str:
        """The service that reaches the organisation; empty where none that we have enabled does."""
        ...

    async def submit(self, message: ExchangeMessage) -> str:
        """Creates the message, uploads its files and sends it; returns the service.

        May be repeated with the same message id as long as the outcome of its last step is not in doubt.
        """
        ...

    async def journey(self, message_id: str) -> Journey:
        """How far the message has come."""
        ...

    async def close(self) -> None:
        """Gives back connections."""
        ...


class ExchangeTransport(MailTransport, Protocol):
    """The message exchange as one more transport. ``Accepted`` means handed over; only a receipt means delivered."""

    async def journey(self, message_id: str) -> Journey:
        """How far the message has come."""
        ...
