"""What a ready ticket asks for, and what the ledger knows of it: the nouns of finding."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch.core import (
    Channel,
    Communication,
    CommunicationId,
    Dispatch,
    DispatchKey,
    DispatchState,
    Scenario,
    Ticket,
)

NO_MESSAGE = CommunicationId(0)


class Wanted(StrEnum):
    """What a ready ticket asks for."""

    PLAN = "plan"
    REJECT = "reject"
    RESUME = "resume"
    ALREADY_SENT = "already_sent"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ready ticket with what is known of its dispatch."""

    ticket: Ticket
    scenario: Scenario
    wanted: Wanted
    key: DispatchKey
    message: Communication | None = None
    channel: Channel = Channel.EMAIL
    known: Dispatch | None = None
    problems: tuple[str, ...] = ()
    beside: tuple[CommunicationId, ...] = ()  # messages that wait for the end of the dispatch that goes on
    instead_of: tuple[Dispatch, ...] = ()  # begun and not sent: what the ticket no longer asks for


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger knows of a ticket: what is begun of each message, what is not finished, and which one has it."""

    known: Mapping[CommunicationId, Dispatch | None]
    keys: Mapping[CommunicationId, DispatchKey]
    unfinished: tuple[Dispatch, ...] = ()
    holder: DispatchKey | None = None

    def state_of(self, message: Communication) -> DispatchState | None:
        """How far the message has come."""
        row = self.known.get(message.id)
        return row.state if row else None
