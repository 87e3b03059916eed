"""The government message exchange (eFormidling), as the verbs see it: one message to one organisation.

Nothing leaves until the last of the calls behind ``submit``, and every call before it may be repeated with the same
message id; so only that last call can leave a message in doubt.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.core.letters import Part

# Never changed: the ids of messages that are on their way are made in it.
NAMESPACE = uuid.UUID("6f2d1f0b-3c1e-5d57-9a44-2f0b6f5f7a10")


def message_ids(dispatch_key: str, recipient_key: str, attempt: int = 1) -> tuple[str, str]:
    """The message id and the conversation id of one letter to one recipient.

    Made from what the ledger holds, so that a worker that lost its memory finds the message again. A message id that
    ended in a failure or in expiry can't be used again: a new ``attempt``, from 1, has a new one in the same
    conversation.

    Raises:
        ValueError: the attempt is below 1.
    """
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    conversation = uuid.uuid5(NAMESPACE, f"{dispatch_key}|{recipient_key}")
    return str(uuid.uuid5(conversation, f"attempt {attempt}")), str(conversation)


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
    has_left: bool = False  # so that a receipt may come after its time to live as well
    waits_to_be_sent: bool = False  # with CREATED: still among the outgoing ones, so that it may be submitted again
