"""The shared state of one sender: a mailbox, or the integration point."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.core.identifiers import NO_VERSION


@dataclass(frozen=True, slots=True)
class Slot:
    """Part of a mailbox's concurrency, held by one worker until ``until``."""

    owner: str
    permits: int
    until: datetime


@dataclass(frozen=True, slots=True)
class SenderState:
    """The shared state of one sender mailbox: who sends now, until when it rests, what the pace allows."""

    mailbox: str
    slots: tuple[Slot, ...] = ()
    not_before: datetime | None = None
    paced_until: datetime | None = None
    slowed_at: datetime | None = None  # when it last throttled
    slowed_to: float = 0.0  # letters a minute that it was given then
    sent_lately: Mapping[str, int] = field(default_factory=dict)  # letters by the moment when they left, then
    refusals: int = 0  # workers in a row for whom it took nothing, of several mailboxes that share the sending
    refused_until: datetime | None = None  # until then the others have what waits
    sent_by_hour: Mapping[str, int] = field(default_factory=dict)
    version: str = NO_VERSION
