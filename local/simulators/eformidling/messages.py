"""Messages on their way through the integration point: statuses, time to live, and what the services do."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.simulators.eformidling.registry import STANDARD, Registry
from local.simulators.eformidling.uploads import Upload, altinn_refuses

MOST_BYTES = {"DPO": 1024**3, "DPF": 1024**3, "DPV": 250 * 1024**2}
JOURNEYS = {
    "DPO": ("SENDT", "MOTTATT", "LEVERT"),
    "DPF": ("SENDT", "LEVERT"),
    "DPV": ("SENDT", "LEVERT"),
}
FINAL = frozenset({"LEVERT", "FEIL", "LEVETID_UTLOPT"})


@dataclass(slots=True)
class Status:
    """One status of a message."""

    id: int
    name: str
    at: datetime
    description: str = ""


@dataclass(slots=True)
class Message:
    """One message, from its creation on. ``open`` says that it lies among the outgoing ones."""

    id: str
    conversation_id: str
    receiver: str
    service: str
    process: str
    sbd: dict[str, Any]
    expiry: datetime
    number: int
    title: str = ""
    files: list[Upload] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    open: bool = True
    sent: int = 0
    sent_at: datetime | None = None

    @property
    def finished(self) -> bool:
        """Whether the last word is said."""
        return any(status.name in FINAL for status in self.statuses)

    def has(self, name: str) -> bool:
        """Whether the status was set."""
        return any(status.name == name for status in self.statuses)


class Messages:
    """All messages. Time passes whenever somebody asks, or by ``advance``."""

    def __init__(self, registry: Registry, clock: Callable[[], datetime]) -> None:
        self.by_id: dict[str, Message] = {}
        self.double_sends = 0
        self.queue_delay = timedelta()
        self.delivery_delay = timedelta()
        self._registry = registry
        self.clock = clock
        self._ids = itertools.count(200)

    def next_id(self) -> int:
        """Ids rise over messages and statuses alike."""
        return next(self._ids)

    def add(self, message: Message) -> None:
        """A message is created."""
        self.by_id[message.id] = message
        self.say(message, "OPPRETTET")

    def say(self, message: Message, name: str, description: str = "") -> None:
        """Sets a status; each is set once."""
        if not message.has(name):
            message.statuses.append(Status(self.next_id(), name, self.clock(), description))

    def send(self, message: Message) -> None:
        """The message is put on the internal queue. A second time it would perhaps arrive twice."""
        self.double_sends += message.sent > 0
        message.sent += 1
        message.sent_at = message.sent_at or self.clock()

    def advance(self) -> None:
        """Does what was due."""
        now = self.clock()
        for message in self.by_id.values():
            if message.sent_at is not None and message.sent_at + self.queue_delay <= now:
                self._carry(message, now)
            if message.expiry < now and not message.finished:
                self.say(message, "LEVETID_UTLOPT", "the time to live is over")

    def _carry(self, message: Message, now: datetime) -> None:
        message.open = False
        receiver = self._registry.known.get(message.receiver)
        if receiver is None or message.has("FEIL"):
            return  # the end of its time to live does not keep a message from being delivered afterwards
        if receiver.fails:
            self.say(message, "FEIL", "the receiver could not take it")
            return
        if message.service == "DPV" and altinn_refuses(message.files):
            return  # it stays as it is until its time is over
        for name in JOURNEYS[message.service]:
            late = name == "LEVERT" and (message.sent_at or now) + self.delivery_delay > now
            if late or (name == "LEVERT" and receiver.never_delivered):
                return
            self.say(message, name)


def as_conversation(message: Message, *, sender: str) -> dict[str, Any]:
    """What the integration point tells of a message."""
    statuses = [
        {"id": one.id, "lastUpdate": one.at.isoformat(), "status": one.name}
        | ({"description": one.description} if one.description else {})
        for one in reversed(message.statuses)  # they come from a set: nobody may rely on their order
    ]
    return {
        "id": message.number,
        "conversationId": message.conversation_id,
        "messageId": message.id,
        "sender": f"0192:{sender}",
        "senderIdentifier": sender,
        "receiver": f"0192:{message.receiver}",
        "receiverIdentifier": message.receiver,
        "processIdentifier": message.process,
        "documentIdentifier": STANDARD,
        "messageTitle": message.title,
        "finished": message.finished,
        "expiry": message.expiry.isoformat(),
        "direction": "OUTGOING",
        "serviceIdentifier": message.service,
        "messageStatuses": statuses,
    }
