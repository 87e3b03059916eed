"""Which tickets stand ready, and what is known of each. Reads only."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.core import (
    BadConfiguration,
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
from dispatch.planning.candidates import (
    GOES_ON,
    NO_MESSAGE,
    SENT_OR_STOPPED,
    Candidate,
    TicketStanding,
    Wanted,
    decide,
    going_on,
)
from dispatch.planning.one_at_a_time import RUNS, unfinished
from dispatch.planning.unreadable_rows import refusal
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

STARTED_BY_STATUS = (Scenario.ONE_TO_MANY, Scenario.ONE_TO_ONE)


@dataclass(frozen=True, slots=True)
class Ready:
    """What one look at Pureservice found."""

    found: tuple[tuple[Ticket, Scenario], ...]

    @property
    def standing(self) -> frozenset[tuple[TicketId, Scenario]]:
        """Whatever stands ready, readable or not, and for what."""
        return frozenset((ticket.id, scenario) for ticket, scenario in self.found)


@dataclass(frozen=True, slots=True)
class Beside:
    """Messages that no dispatch has begun to send, and other dispatches that are stopped."""

    not_begun: tuple[CommunicationId, ...]
    stopped: tuple[Dispatch, ...]


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


async def unknown_statuses(services: Services) -> tuple[str, ...]:
    """The names that are to start something and that no status in Pureservice has."""
    names = [services.ready_status_name(scenario) for scenario in STARTED_BY_STATUS]
    return tuple([name for name in names if await services.statuses.named(name) is None])


async def candidate_for(ticket: Ticket, scenario: Scenario, services: Services) -> Candidate | None:
    """The candidate; None where this one ticket could not be read, which must not keep the others."""
    if "statusId" in ticket.faults:
        # Nobody could take it out of its status, so a note would come at every tick; that it is ready, the server says.
        error = UnreadableRow("ticket", noun="ticket", row=ticket.id, fields=ticket.faults)
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket.id, error=str(error)[:300])
        return None
    try:
        return _by_its_own_status(await look(ticket, scenario, services), services)
    except TicketSystemRefused as refused:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket.id, error=str(refused)[:300])
        if refused.is_of_the_key_itself:
            return None
        if going := going_on(TicketStanding({}, {}, tuple(await unfinished(ticket.id, services)))):
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


def _by_its_own_status(found: Candidate, services: Services) -> Candidate:
    """A stopped dispatch goes on by the status that started it; the other one is answered, and not obeyed."""
    going = found.known
    if found.wanted is not Wanted.RESUME or going is None or going.scenario is found.scenario:
        return found
    own, other = (services.ready_status_name(scenario) for scenario in (going.scenario, found.scenario))
    why = (
        f"Saken har en utsendelse som er stoppet. Den ble startet med statusen «{own}», og kan ikke fortsette med "
        f"«{other}». Skal meldingen sendes på den andre måten, så avslutt den stoppede utsendelsen først: det gjøres "
        "på statussiden, eller av den som drifter løsningen. Skriv så meldingen på nytt."
    )
    key = dispatch_key(found.ticket.id, NO_MESSAGE)
    return Candidate(found.ticket, going.scenario, Wanted.REJECT, key, channel=going.channel, problems=(why,))


async def look(ticket: Ticket, scenario: Scenario, services: Services) -> Candidate:
    """What the ticket asks for, by its messages and by what the ledger knows."""
    messages = await services.tickets.dispatch_messages(ticket.id)
    return decide(ticket, scenario, messages, await _standing(ticket.id, messages, services), services)


async def others_on_ticket(dispatch: Dispatch, services: Services) -> Beside:
    """What else is on the dispatch's ticket and is not finished."""
    messages = await services.tickets.dispatch_messages(dispatch.ticket_id)
    standing = await _standing(dispatch.ticket_id, messages, services)
    others = [message for message in messages if standing.keys[message.id] != dispatch.key]
    return Beside(
        not_begun=tuple(m.id for m in others if standing.state_of(m) not in SENT_OR_STOPPED | RUNS),
        stopped=tuple(
            row for row in standing.unfinished if row.state is DispatchState.STOPPED and row.key != dispatch.key
        ),
    )


async def _standing(ticket_id: TicketId, messages: Sequence[Communication], services: Services) -> TicketStanding:
    keys = {message.id: await _key(ticket_id, message, services) for message in messages}
    known = {number: await services.ledger.dispatch(key) for number, key in keys.items()}
    # A message that was moved here from another ticket takes what has been begun of it along, whatever the index says.
    going = [row for row in known.values() if row and row.state in GOES_ON]
    found = {row.key: row for row in (*await unfinished(ticket_id, services), *going)}
    held = await services.ledger.hold(ticket_id)
    return TicketStanding(known, keys, tuple(found.values()), held.dispatch)


async def _key(ticket_id: TicketId, message: Communication, services: Services) -> DispatchKey:
    """The key by which the message was begun, on whatever ticket it stood then; else the one that it will have."""
    key = dispatch_key(ticket_id, message.id)
    return await services.ledger.key_of(message_of(key)) or key
