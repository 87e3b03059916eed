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
    sent_by_hour: Mapping[str, int] = field(default_factory=dict)
    version: str = NO_VERSION
