"""What a ready ticket asks for, by its messages and by what the ledger knows. Pure."""

from collections.abc import Mapping, Sequence
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
    dispatch_key,
)
from dispatch.planning.follow_up import is_follow_up, last_sent
from dispatch.planning.one_at_a_time import RUNS
from dispatch.planning.schedule import schedule_of
from dispatch.planning.ticket_problems import channel_of, message_problems
from dispatch.planning.unreadable_rows import unreadable
from dispatch.services import Services

NO_MESSAGE = CommunicationId(0)
STOPPED_AND_GONE = (
    "Saken har en utsendelse som er stoppet, og meldingen i den er slettet eller har fått en annen type. Skal den "
    "fortsette, så slett den nye meldingen. Skal den nye sendes ut, så må den stoppede avsluttes først: det gjøres på "
    "statussiden, eller av den som drifter løsningen."
)
GOES_ON = RUNS | {DispatchState.STOPPED}
SENT_OR_STOPPED = frozenset({DispatchState.RESOLVED, DispatchState.STOPPED})
NOT_SENT = frozenset({DispatchState.PLANNING, DispatchState.REJECTING})


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
    incomplete: bool = False  # the problems are the ticket's own choices, and its lists may lack something too
    instead_of: tuple[Dispatch, ...] = ()  # begun and not sent: what the ticket no longer asks for
    follows: Dispatch | None = None  # only those who got this one get the message


@dataclass(frozen=True, slots=True)
class TicketStanding:
    """What the ledger knows of a ticket: what is begun of each message, what is not finished, and which one has it."""

    known: Mapping[CommunicationId, Dispatch | None]
    keys: Mapping[CommunicationId, DispatchKey]
    unfinished: tuple[Dispatch, ...] = ()
    holder: DispatchKey | None = None

    def state_of(self, message: Communication) -> DispatchState | None:
        """How far the message has come."""
        row = self.known.get(message.id)
        return row.state if row else None


def decide(
    ticket: Ticket, scenario: Scenario, messages: Sequence[Communication], standing: TicketStanding, services: Services
) -> Candidate:
    """What the ticket asks for. What is under way is the ledger's to say: a message may be gone, or of another type."""
    fresh = [message for message in messages if standing.state_of(message) not in SENT_OR_STOPPED]
    if going := going_on(standing):
        return _beside(going, ticket, scenario, messages, standing)
    if messages and not fresh:
        newest = messages[-1]
        key = standing.keys[newest.id]
        return Candidate(ticket, scenario, Wanted.ALREADY_SENT, key, newest, known=standing.known[newest.id])
    one = fresh[0] if len(fresh) == 1 else None
    key = standing.keys[one.id] if one else dispatch_key(ticket.id, NO_MESSAGE)
    earlier = last_sent(messages, standing.known) if is_follow_up(ticket, services.settings) else None
    channel, problems = channel_of(ticket, scenario, earlier, services)
    problems += message_problems(fresh, services)
    problems += schedule_of(ticket, services.settings, services.clock()).problems
    if ticket.faults:
        problems = [unreadable("ticket", ticket.id, ticket.faults)]
    return Candidate(
        ticket,
        scenario,
        Wanted.REJECT if problems else Wanted.PLAN,
        key,
        one,
        channel,
        standing.known.get(one.id) if one else None,
        tuple(problems),
        incomplete=bool(problems) and not ticket.faults,
        instead_of=tuple(row for row in standing.unfinished if row.key != key and row.state in NOT_SENT),
        follows=earlier,
    )


def going_on(standing: TicketStanding) -> Dispatch | None:
    """The one dispatch of the ticket that goes on: one that is under way, else one that is stopped.

    A stopped one that does not have the ticket waits for another that is being planned.
    """
    running = [row for row in standing.unfinished if row.state in RUNS]
    stopped = [row for row in standing.unfinished if row.state is DispatchState.STOPPED]
    for rows in (running, stopped):
        if own := next((row for row in rows if row.key == standing.holder), None):
            return own
    if running:
        return running[0]
    planned = any(row and row.state is DispatchState.PLANNING for row in standing.known.values())
    return None if planned or not stopped else stopped[0]


def _beside(
    going: Dispatch, ticket: Ticket, scenario: Scenario, messages: Sequence[Communication], standing: TicketStanding
) -> Candidate:
    """What goes on, and which messages wait for its end."""
    own = next((message for message in messages if standing.keys[message.id] == going.key), None)
    others = [m for m in messages if m is not own and standing.state_of(m) not in SENT_OR_STOPPED | RUNS]
    waiting = tuple(message.id for message in others)
    if going.state is not DispatchState.STOPPED:
        return Candidate(ticket, scenario, Wanted.NOTHING, going.key, own, known=going, beside=waiting)
    if own is None and others:
        # Which of the two is meant nobody knows: the stopped one's text is not in the ticket any more.
        one = others[0] if len(others) == 1 else None
        key = standing.keys[one.id] if one else dispatch_key(ticket.id, NO_MESSAGE)
        known = standing.known[one.id] if one else None
        return Candidate(ticket, scenario, Wanted.REJECT, key, one, known=known, problems=(STOPPED_AND_GONE,))
    return Candidate(ticket, scenario, Wanted.RESUME, going.key, own, known=going, beside=waiting)
