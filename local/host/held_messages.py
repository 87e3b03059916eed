"""A message in a listener's hands, and what a listener has done."""

from dataclasses import dataclass

from azure.functions.queue import QueueMessage
from azure.storage.queue import QueueMessage as StoredMessage


@dataclass(slots=True)
class QueueStats:
    """What one listener has done."""

    polls: int = 0
    received: int = 0
    deleted: int = 0
    released: int = 0
    poisoned: int = 0
    renewals: int = 0
    lost: int = 0  # no longer ours when it was to be renewed, deleted or released


@dataclass(slots=True)
class Held:
    """A message in our hands; its receipt changes with every renewal."""

    stored: StoredMessage
    receipt: str

    @property
    def text(self) -> str:
        return str(self.stored.content)

    @property
    def dequeue_count(self) -> int:
        return self.stored.dequeue_count or 0


def argument_of(message: Held, body: bytes, annotation: object) -> QueueMessage | str | bytes:
    """What the function is given: the message, or its body alone as the parameter's type asks for."""
    if annotation is str:
        return body.decode()
    if annotation is bytes:
        return body
    stored = message.stored
    return QueueMessage(  # type: ignore[no-untyped-call]  # azure.functions leaves it untyped
        id=stored.id,
        body=body,
        dequeue_count=stored.dequeue_count,
        expiration_time=stored.expires_on,
        insertion_time=stored.inserted_on,
        time_next_visible=stored.next_visible_on,
        pop_receipt=stored.pop_receipt,
    )
