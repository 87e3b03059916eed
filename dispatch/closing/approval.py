"""A second pair of eyes: a dispatch, or a further round of it, to many waits until another than who asked lets it go.

It is planned whole, and stopped. The ticket goes to a status of its own with a note on what would be sent; whoever
approves sets the ready status again, where Pureservice says who did, or presses on the status page.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.closing.end_now import UNRECORDED
from dispatch.core import (
    EACH_ITS_OWN,
    Approval,
    Dispatch,
    DispatchState,
    Letter,
    Member,
    MemberKind,
    Recipient,
    RecipientState,
    Rejected,
    Ticket,
    TicketSystemRefused,
    merging,
    numbered,
)
from dispatch.report import approval_note
from dispatch.services import Services
from dispatch.settings import Settings
from dispatch.telemetry import Action, event
from dispatch.watching import note_once

log = logging.getLogger(__name__)

NAMED = 10  # recipients, in the note


def waits(dispatch: Dispatch) -> bool:
    """Whether nobody has approved what must be approved."""
    return dispatch.rounds.approval.wanted and dispatch.rounds.approval.approved is None


@dataclass(frozen=True, slots=True)
class Person:
    """Who presses, as far as sign-in says; a command says nothing."""

    name: str = ""
    address: str = ""


NOBODY = Person()


async def for_round(dispatch: Dispatch, letters: int, asker: Person, services: Services) -> Approval:
    """What a further round needs that gets so many letters more: whoever presses last asks for the whole of it.

    Those that an earlier press has planned, and that have not gone, count as well.
    """
    known = dispatch.rounds.approval
    left = await services.ledger.batches(dispatch.key, states=UNRECORDED)
    above = services.settings.dispatch_approval_above
    if above and letters and sum(batch.to_send for batch in left) + letters > above:
        who, name = await _agent(asker.address, services), asker.name or asker.address
        return Approval(wanted=True, asked=services.clock(), asked_by=who, asked_name=name, untold=True)
    if dispatch.state is DispatchState.RESOLVED and waits(dispatch):
        return Approval()  # what an earlier round waited for was ended
    return known


async def may_go(dispatch: Dispatch, ticket: Ticket, services: Services) -> Dispatch | None:
    """The dispatch where the ticket's ready status approves it; else it is asked for, or asked for again, and None.

    Raises:
        LostRace: somebody else has written meanwhile; the next tick looks again.
    """
    known = dispatch.rounds.approval
    if known.asked is None:
        who = known.asked_by or ticket.modified_by
        told = replace(known, asked=services.clock(), asked_by=who, asked_name=await _name(who, services), untold=True)
        dispatch = await _save(dispatch, told, services)
    if dispatch.rounds.approval.untold:
        await ask(dispatch, services)
        return None
    references = [_reference(dispatch, refused=refused) for refused in (False, True)]
    ourselves = await services.tickets.note_authors(ticket.id, references)
    if known.asked_by in ourselves:  # a note of ours hid who asked
        known = replace(known, asked_by=0, asked_name="")
        dispatch = await _save(dispatch, known, services)
    if not _by_another(known, ticket.modified_by, ourselves, services.settings):
        await _tell(dispatch, services, refused=True)
        return None
    name = await _name(ticket.modified_by, services)
    event(log, Action.APPROVED, dispatch=dispatch.key, by="status")
    return await _save(dispatch, replace(known, approved=services.clock(), approved_name=name), services)


async def ask(dispatch: Dispatch, services: Services) -> None:
    """Tells the ticket, and puts it aside: only then may its ready status approve. May be repeated.

    Raises:
        LostRace: somebody else has written meanwhile.
    """
    if await _tell(dispatch, services):
        await _save(dispatch, replace(dispatch.rounds.approval, untold=False), services)


async def by_page(dispatch: Dispatch, services: Services, *, by: Person) -> Dispatch:
    """The dispatch as approved by whoever is signed in to the page.

    Raises:
        Rejected: the same person asked for it, or who asked is not written down yet.
    """
    known = dispatch.rounds.approval
    if known.asked is None:
        raise Rejected(["Utsendelsen er ikke klar til å godkjennes ennå. Vent noen minutter, og prøv igjen."])
    asker = await _agents({known.asked_by}, services)
    names = {known.asked_name, *(one.name for one in asker), *(one.address for one in asker)}
    if not by.name or {by.name.casefold(), by.address.casefold()} & {name.casefold() for name in names if name}:
        raise Rejected(["Du kan ikke godkjenne en utsendelse som du selv har bedt om. En annen må gjøre det."])
    event(log, Action.APPROVED, dispatch=dispatch.key, by="page")
    return await _save(dispatch, replace(known, approved=services.clock(), approved_name=by.name), services)


def _by_another(known: Approval, who: int, ourselves: frozenset[int], settings: Settings) -> bool:
    """Whether a person other than who asked changed the ticket last, and not we: our own writes approve nothing.

    Pureservice names its key's user nowhere but in what that user has made, as the note that asks is: where nobody
    knows who we are, nobody can tell the two apart.
    """
    is_said = bool(who and known.asked_by and ourselves)
    return is_said and settings.dispatch_approval_by_status and who not in {known.asked_by, *ourselves}


async def _save(dispatch: Dispatch, approval: Approval, services: Services) -> Dispatch:
    rounds = replace(dispatch.rounds, approval=approval)
    return await services.ledger.save(replace(dispatch, rounds=rounds))


async def _tell(dispatch: Dispatch, services: Services, *, refused: bool = False) -> bool:
    """A note, and the status in which the ticket waits; whether it has one. May be repeated."""
    settings = services.settings
    reference = _reference(dispatch, refused=refused)
    by_status = settings.dispatch_approval_by_status and dispatch.rounds.approval.asked_by
    note = approval_note(
        dispatch=dispatch,
        count=sum(batch.to_send for batch in await services.ledger.batches(dispatch.key, states=UNRECORDED)),
        letter=await _letter(dispatch, services),
        first=await _first(dispatch, services),
        refused=refused,
        ready_status=services.ready_status_name(dispatch.scenario) if by_status else "",
        reference=reference,
        page=settings.status_page(dispatch.key),
        on_page=bool(settings.web_approver_role),
    )
    await note_once(dispatch.ticket_id, note, reference, services)
    for name in (settings.pureservice_dispatch_approval_status, settings.pureservice_ticket_status_open):
        if (status := await services.statuses.named(name)) is not None:
            await services.tickets.set_status(dispatch.ticket_id, status.id)
            return True
    return False  # the ticket may stand ready still, and nobody has set it so since


def _reference(dispatch: Dispatch, *, refused: bool) -> str:
    """What the note is known by; a further round may be asked for several times, each with more recipients."""
    rounds = dispatch.rounds
    first = f"{dispatch.key}/{'samme' if refused else 'godkjenning'}-{rounds.asked}"
    asked = rounds.approval.asked
    return first if rounds.current == 1 or asked is None else f"{first}-{rounds.current}-{asked:%Y%m%dT%H%M%S}"


async def _letter(dispatch: Dispatch, services: Services) -> Letter:
    """The frozen letter with the names of its fields."""
    letter = merging.as_written(await services.letters.thaw(dispatch.key, dispatch.content.letter_hash))
    return numbered(letter, EACH_ITS_OWN) if dispatch.content.own_ticket_hash else letter


async def _first(dispatch: Dispatch, services: Services) -> list[Recipient]:
    found: list[Recipient] = []
    async for row in services.ledger.all_recipients(dispatch.key):
        if row.state is RecipientState.PLANNED:
            found.append(row)
        if len(found) == NAMED:
            break
    return found


async def _name(agent: int, services: Services) -> str:
    return next((one.name for one in await _agents({agent}, services)), "")


async def _agents(ids: set[int], services: Services) -> Sequence[Member]:
    known = ids - {0}
    return await services.tickets.members_by_id(MemberKind.PERSON, known) if known else ()


async def _agent(address: str, services: Services) -> int:
    """The id of whose address it is; 0 where that is nobody's, or can't be asked for."""
    if not address:
        return 0
    try:
        found = await services.own_tickets.end_users([address])
    except TicketSystemRefused:
        return 0
    return found[address.casefold()].id if address.casefold() in found else 0
