"""Which tickets stand ready, and what should be done about each. Reads only."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dispatch.core import (
    BadConfiguration,
    Channel,
    Communication,
    CommunicationId,
    Dispatch,
    DispatchError,
    DispatchKey,
    DispatchState,
    Scenario,
    Ticket,
    TicketId,
    TicketSystemRefused,
    UnreadableRow,
    dispatch_key,
    message_of,
)
from dispatch.planning.one_at_a_time import RUNS, unfinished
from dispatch.planning.ticket_problems import channel_of, message_problems
from dispatch.planning.unreadable_rows import unreadable
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

NO_MESSAGE = CommunicationId(0)
UNAUTHORISED = 401
STOPPED_AND_GONE = (
    "Saken har en utsendelse som er stoppet, og meldingen i den er slettet eller har fått en annen type. Skal den "
    "fortsette, så slett den nye meldingen. Skal den nye sendes ut, så må den stoppede avsluttes først: det gjøres på "
    "statussiden, eller av den som drifter løsningen."
)
OTHER_STATUS = (
    "Saken har en utsendelse som er stoppet, og den ble startet med statusen «{began}». Skal den fortsette, så sett "
    "«{began}». Skal meldingen heller sendes som «{other}», så avslutt den stoppede først, og skriv en ny melding."
)
STARTED_BY_STATUS = (Scenario.ONE_TO_MANY, Scenario.ONE_TO_ONE)


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


@dataclass(frozen=True, slots=True)
class Ready:
    """What one look at Pureservice found."""

    found: tuple[tuple[Ticket, Scenario], ...]

    @property
    def tickets(self) -> frozenset[TicketId]:
        """Whatever stands ready, readable or not."""
        return frozenset(ticket.id for ticket, _ in self.found)


async def find(services: Services) -> Ready:
    """All tickets in a ready status.

    Raises:
        BadConfiguration: no ready status has a name that Pureservice knows.
        TicketSystemBusy: Pureservice can't be asked now.
    """
    found: list[tuple[Ticket, Scenario]] = []
    unknown: list[str] = []
    for scenario in STARTED_BY_STATUS:
        name = services.ready_status_name(scenario)
        status = await services.statuses.named(name)
        if status is None:
            unknown.append(name)
            continue
        found.extend((ticket, scenario) for ticket in await services.tickets.tickets_in_status(status.id))
    if len(unknown) == len(STARTED_BY_STATUS):
        raise BadConfiguration([f"Pureservice has no ticket status named «{name}»" for name in unknown])
    for name in unknown:
        event(log, Action.STATUS_UNKNOWN, level=logging.WARNING, status=name)
    return Ready(tuple(found))


async def standing_ready(ticket: Ticket, services: Services) -> Scenario | None:
    """What the ticket's status starts; None where it stands in none of the ready ones."""
    for scenario in STARTED_BY_STATUS:
        status = await services.statuses.named(services.ready_status_name(scenario))
        if status is not None and status.id == ticket.status_id:
            return scenario
    return None


async def candidate_for(ticket: Ticket, scenario: Scenario, services: Services) -> Candidate | None:
    """The candidate; None where this one ticket could not be read, which must not keep the others."""
    if "statusId" in ticket.faults:
        # Nobody could take it out of its status, so a note would come at every tick; that it is ready, the server says.
        error = UnreadableRow("ticket", noun="ticket", row=ticket.id, fields=ticket.faults)
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket.id, error=str(error)[:300])
        return None
    try:
        return await look(ticket, scenario, services)
    except TicketSystemRefused as refused:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket.id, error=str(refused)[:300])
        if refused.status == UNAUTHORISED:
            return None
        if going := _going_on(Standing({}, {}, tuple(await unfinished(ticket.id, services)))):
            return Candidate(ticket, scenario, Wanted.NOTHING, going.key, known=going)
        key = dispatch_key(ticket.id, NO_MESSAGE)
        known = await services.ledger.dispatch(key)
        return Candidate(ticket, scenario, Wanted.REJECT, key, known=known, problems=(refusal(refused),))
    except DispatchError as error:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket.id, error=str(error)[:300])
        return None
    except Exception as error:
        # The outermost loop: one ticket that meets a fault of ours must not keep the others from being sent.
        log.exception("ticket %s could not be read", ticket.id)
        event(log, Action.TICKET_FAILED, level=logging.ERROR, ticket=ticket.id, error=type(error).__name__)
        return None


async def look(ticket: Ticket, scenario: Scenario, services: Services) -> Candidate:
    """What the ticket asks for, by its messages and by what the ledger knows."""
    messages = await services.tickets.dispatch_messages(ticket.id)
    return decide(ticket, scenario, messages, await _standing(ticket.id, messages, services), services)


async def not_sent(dispatch: Dispatch, services: Services) -> tuple[CommunicationId, ...]:
    """Messages on the dispatch's ticket that no dispatch has begun to send."""
    messages = await services.tickets.dispatch_messages(dispatch.ticket_id)
    standing = await _standing(dispatch.ticket_id, messages, services)
    return tuple(
        message.id
        for message in messages
        if standing.keys[message.id] != dispatch.key and standing.state_of(message) not in BEGUN | RUNS
    )


async def _standing(ticket_id: TicketId, messages: Sequence[Communication], services: Services) -> Standing:
    keys = {message.id: await _key(ticket_id, message, services) for message in messages}
    known = {number: await services.ledger.dispatch(key) for number, key in keys.items()}
    # A message that was moved here from another ticket takes what has been begun of it along, whatever the index says.
    going = [row for row in known.values() if row and row.state in GOES_ON]
    found = {row.key: row for row in (*await unfinished(ticket_id, services), *going)}
    held = await services.ledger.hold(ticket_id)
    return Standing(known, keys, tuple(found.values()), held.dispatch)


async def _key(ticket_id: TicketId, message: Communication, services: Services) -> DispatchKey:
    """The key by which the message was begun, on whatever ticket it stood then; else the one that it will have."""
    key = dispatch_key(ticket_id, message.id)
    return await services.ledger.key_of(message_of(key)) or key


def refusal(error: TicketSystemRefused) -> str:
    """What the case worker is told where Pureservice refused a look-up, or gave a row that can't be read."""
    if isinstance(error, UnreadableRow):
        return unreadable(error.noun, error.row, error.fields)
    return (
        f"Pureservice svarte nei på et oppslag: {(error.words or error.message)[:300]} "
        "Det gjelder trolig oppsettet av Pureservice Utsendelse; be den som drifter løsningen om å rette det."
    )


GOES_ON = RUNS | {DispatchState.STOPPED}
BEGUN = frozenset({DispatchState.RESOLVED, DispatchState.STOPPED})
NOT_BEGUN = frozenset({DispatchState.PLANNING, DispatchState.REJECTING})


def decide(
    ticket: Ticket, scenario: Scenario, messages: Sequence[Communication], standing: Standing, services: Services
) -> Candidate:
    """What the ticket asks for. What is under way is the ledger's to say: a message may be gone, or of another type."""
    fresh = [message for message in messages if standing.state_of(message) not in BEGUN]
    if going := _going_on(standing):
        return _beside(going, ticket, scenario, messages, standing, services)
    if messages and not fresh:
        newest = messages[-1]
        key = standing.keys[newest.id]
        return Candidate(ticket, scenario, Wanted.ALREADY_SENT, key, newest, known=standing.known[newest.id])
    one = fresh[0] if len(fresh) == 1 else None
    key = standing.keys[one.id] if one else dispatch_key(ticket.id, NO_MESSAGE)
    channel, problems = channel_of(ticket, scenario, services)
    problems += message_problems(fresh, services)
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
        instead_of=tuple(row for row in standing.unfinished if row.key != key and row.state in NOT_BEGUN),
    )


def _going_on(standing: Standing) -> Dispatch | None:
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
    going: Dispatch,
    ticket: Ticket,
    scenario: Scenario,
    messages: Sequence[Communication],
    standing: Standing,
    services: Services,
) -> Candidate:
    """What goes on, and which messages wait for its end."""
    own = next((message for message in messages if standing.keys[message.id] == going.key), None)
    others = [m for m in messages if m is not own and standing.state_of(m) not in BEGUN | RUNS]
    waiting = tuple(message.id for message in others)
    if going.state is DispatchState.STOPPED and going.scenario is not scenario:
        began, other = services.ready_status_name(going.scenario), services.ready_status_name(scenario)
        problem = OTHER_STATUS.format(began=began, other=other)
        key = dispatch_key(ticket.id, NO_MESSAGE)
        return Candidate(ticket, scenario, Wanted.REJECT, key, problems=(problem,))
    if going.state is not DispatchState.STOPPED:
        return Candidate(ticket, scenario, Wanted.NOTHING, going.key, own, known=going, beside=waiting)
    if own is None and others:
        # Which of the two is meant can't be told: the stopped one's text is not in the ticket any more.
        one = others[0] if len(others) == 1 else None
        key = standing.keys[one.id] if one else dispatch_key(ticket.id, NO_MESSAGE)
        known = standing.known[one.id] if one else None
        return Candidate(ticket, scenario, Wanted.REJECT, key, one, known=known, problems=(STOPPED_AND_GONE,))
    return Candidate(ticket, scenario, Wanted.RESUME, going.key, own, known=going, beside=waiting)
