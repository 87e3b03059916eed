"""The government message exchange (eFormidling), as the verbs see it: one message to one organisation.

Nothing leaves until the last of the calls behind ``submit``, and every call before it may be repeated with the same
message id; so only that last call can leave a message in doubt.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from dispatch.model import Part


@dataclass(frozen=True, slots=True)
class ExchangeMessage:
    """One letter to one organisation. Both ids are UUIDs and, with ``created``, the same at every attempt.

    ``receiver`` is a valid organisation number of nine digits. ``title`` is public: it shows in notifications.
    """

    message_id: str
    conversation_id: str
    receiver: str
    receiver_name: str
    title: str
    request_number: int
    created: datetime
    expires: datetime
    main: Part
    attachments: tuple[Part, ...] = ()


class Standing(StrEnum):
    """How far a message has come, decided on the set of its statuses, which arrive in any order."""

    UNKNOWN = "unknown"  # the integration point has never heard of it
    CREATED = "created"  # it lies there and has perhaps not been handed over
    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"  # LEVERT or LEST was seen
    FAILED = "failed"
    EXPIRED = "expired"  # its time to live ended without a receipt


@dataclass(frozen=True, slots=True)
class Journey:
    """What the integration point knows of a message. ``detail`` is its own words and may name the receiver."""

    standing: Standing
    service: str = ""  # DPO, DPF or DPV
    detail: str = ""
    waits_to_be_sent: bool = False  # with CREATED: still among the outgoing ones, so that it may be submitted again


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
