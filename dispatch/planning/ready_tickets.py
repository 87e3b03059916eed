"""Which tickets stand ready, and what should be done about each. Reads only."""

import logging
from collections.abc import Sequence
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
)
from dispatch.planning.unreadable_rows import unreadable
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

NO_MESSAGE = CommunicationId(0)
UNAUTHORISED = 401
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


async def candidate_for(ticket: Ticket, scenario: Scenario, services: Services) -> Candidate | None:
    """The candidate; None where this one ticket could not be read, which must not keep the others."""
    if "statusId" in ticket.faults:
        # Nobody could take it out of its status, so a note would come at every tick; that it is ready, the server says.
        error = UnreadableRow("ticket", noun="ticket", row=ticket.id, fields=ticket.faults)
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket.id, error=str(error)[:300])
        return None
    try:
        return await _candidate(ticket, scenario, services)
    except TicketSystemRefused as refused:
        event(log, Action.TICKET_FAILED, level=logging.WARNING, ticket=ticket.id, error=str(refused)[:300])
        if refused.status == UNAUTHORISED:
            return None
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


async def _candidate(ticket: Ticket, scenario: Scenario, services: Services) -> Candidate:
    messages = await services.tickets.dispatch_messages(ticket.id)
    known = {message.id: await services.ledger.dispatch(dispatch_key(ticket.id, message.id)) for message in messages}
    return decide(ticket, scenario, messages, known, services)


def refusal(error: TicketSystemRefused) -> str:
    """What the case worker is told where Pureservice refused a look-up, or gave a row that can't be read."""
    if isinstance(error, UnreadableRow):
        return unreadable(error.noun, error.row, error.fields)
    return (
        f"Pureservice svarte nei på et oppslag: {(error.words or error.message)[:300]} "
        "Det gjelder trolig oppsettet av Pureservice Utsendelse; be den som drifter løsningen om å rette det."
    )


UNDER_WAY = frozenset({DispatchState.SENDING, DispatchState.RESOLVING})
BEGUN = frozenset({DispatchState.RESOLVED, DispatchState.STOPPED})


def decide(
    ticket: Ticket,
    scenario: Scenario,
    messages: Sequence[Communication],
    known: dict[CommunicationId, Dispatch | None],
    services: Services,
) -> Candidate:
    """What the ticket asks for, by its messages and what the ledger knows of each."""
    states = {message.id: row.state if (row := known.get(message.id)) else None for message in messages}
    if found := _going_on(messages, states):
        wanted = Wanted.RESUME if states[found.id] is DispatchState.STOPPED else Wanted.NOTHING
        return Candidate(ticket, scenario, wanted, dispatch_key(ticket.id, found.id), found, known=known[found.id])
    fresh = [message for message in messages if states[message.id] not in BEGUN]
    if messages and not fresh:
        newest = messages[-1]
        key = dispatch_key(ticket.id, newest.id)
        return Candidate(ticket, scenario, Wanted.ALREADY_SENT, key, newest, known=known[newest.id])
    one = fresh[0] if len(fresh) == 1 else None
    key = dispatch_key(ticket.id, one.id if one else NO_MESSAGE)
    channel, problems = _channel(ticket, scenario, services)
    problems += _message_problems(fresh, services)
    if ticket.faults:
        problems = [unreadable("ticket", ticket.id, ticket.faults)]
    wanted = Wanted.REJECT if problems else Wanted.PLAN
    return Candidate(ticket, scenario, wanted, key, one, channel, known.get(one.id) if one else None, tuple(problems))


def _going_on(
    messages: Sequence[Communication], states: dict[CommunicationId, DispatchState | None]
) -> Communication | None:
    """The one dispatch of the ticket that goes on: one that is under way, else one that is stopped.

    A stopped one waits for another that is being planned, or it would solve the ticket under it.
    """
    under_way = next((message for message in messages if states[message.id] in UNDER_WAY), None)
    if under_way or DispatchState.PLANNING in states.values():
        return under_way
    return next((message for message in messages if states[message.id] is DispatchState.STOPPED), None)


def _channel(ticket: Ticket, scenario: Scenario, services: Services) -> tuple[Channel, list[str]]:
    settings = services.settings
    user = ticket.user_address.strip().casefold()
    if user == settings.pureservice_dispatch_ef.casefold():
        if services.exchange is None:
            return Channel.EFORMIDLING, [
                "Utsending gjennom eFormidling er ikke satt opp. Velg en annen sluttbruker, "
                "eller be den som drifter løsningen om å sette EF_IP_URL."
            ]
        if settings.mail_redirect_to:
            return Channel.EFORMIDLING, [
                "Løsningen står i prøvemodus (MAIL_REDIRECT_TO), og en prøve kan ikke sendes gjennom eFormidling. "
                f"Sett sluttbruker til {settings.pureservice_dispatch_email}."
            ]
        return Channel.EFORMIDLING, []
    by_mail = Channel.TICKET if scenario is Scenario.ONE_TO_ONE else Channel.EMAIL
    if user == settings.pureservice_dispatch_email.casefold():
        return by_mail, []
    return by_mail, [
        "Sluttbrukeren på saken sier ikke hvordan meldingen skal sendes. "
        f"Sett sluttbruker til {settings.pureservice_dispatch_email}."
    ]


def _message_problems(fresh: Sequence[Communication], services: Services) -> list[str]:
    kind = services.settings.pureservice_dispatch_commtype_name
    if not fresh:
        return [f"Saken mangler meldingen som skal sendes ut. Skriv den som kommunikasjonstypen «{kind}»."]
    if len(fresh) > 1:
        return [
            f"Saken har {len(fresh)} meldinger av typen «{kind}» som ikke er sendt ut. "
            "Det må være nøyaktig én. Slett de som ikke skal sendes."
        ]
    if fresh[0].faults:
        return [unreadable("communication", fresh[0].id, fresh[0].faults)]
    if not fresh[0].html.strip():
        return ["Meldingen som skal sendes ut, er tom."]
    return []
