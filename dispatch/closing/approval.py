"""A second pair of eyes: a dispatch to many waits until a person other than the one who asked lets it go.

It is planned whole, and stopped. The ticket goes to a status of its own with a note on what would be sent; whoever
approves sets the ready status again, where Pureservice says who did, or presses on the status page.
"""

import logging
from dataclasses import replace

from dispatch.core import (
    EACH_ITS_OWN,
    Approval,
    Dispatch,
    Letter,
    MemberKind,
    Recipient,
    RecipientState,
    Rejected,
    Ticket,
    merging,
    numbered,
)
from dispatch.report import approval_note
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import note_once

log = logging.getLogger(__name__)

NAMED = 10  # recipients, in the note


def waits(dispatch: Dispatch) -> bool:
    """Whether nobody has approved what must be approved."""
    return dispatch.rounds.approval.wanted and dispatch.rounds.approval.approved is None


async def may_go(dispatch: Dispatch, ticket: Ticket, services: Services) -> Dispatch | None:
    """The dispatch where the ticket's ready status approves it; else it is asked for, or asked for again, and None.

    Raises:
        LostRace: somebody else has written meanwhile; the next tick looks again.
    """
    known = dispatch.rounds.approval
    if known.asked is None:
        asked = replace(known, asked=services.clock(), asked_by=ticket.modified_by)
        name = await _name(ticket.modified_by, services)
        dispatch = await _save(dispatch, replace(asked, asked_name=name), services)
        await _ask(dispatch, services)
        return None
    who = ticket.modified_by
    if not who or not known.asked_by or who == known.asked_by:
        # Whoever asked, or nobody knows who: only another person lets it go.
        await _ask(dispatch, services, refused=True)
        return None
    approved = replace(known, approved=services.clock(), approved_name=await _name(who, services))
    event(log, Action.APPROVED, dispatch=dispatch.key, by="status")
    return await _save(dispatch, approved, services)


async def by_page(dispatch: Dispatch, services: Services, *, name: str) -> Dispatch:
    """The dispatch as approved by whoever is signed in to the page under that name.

    Raises:
        Rejected: the same person asked for it.
    """
    known = dispatch.rounds.approval
    asked_by = {known.asked_name.casefold(), *(await _addresses(known.asked_by, services))} - {""}
    if not name or name.casefold() in asked_by:
        raise Rejected(["Du kan ikke godkjenne en utsendelse som du selv har bedt om. En annen må gjøre det."])
    event(log, Action.APPROVED, dispatch=dispatch.key, by="page")
    return await _save(dispatch, replace(known, approved=services.clock(), approved_name=name), services)


async def _save(dispatch: Dispatch, approval: Approval, services: Services) -> Dispatch:
    rounds = replace(dispatch.rounds, approval=approval)
    return await services.ledger.save(replace(dispatch, rounds=rounds))


async def _ask(dispatch: Dispatch, services: Services, *, refused: bool = False) -> None:
    """A note, and the status in which the ticket waits; may be repeated."""
    settings = services.settings
    what = "samme" if refused else "godkjenning"
    reference = f"{dispatch.key}/{what}-{dispatch.rounds.asked}"
    note = approval_note(
        dispatch=dispatch,
        letter=await _letter(dispatch, services),
        first=await _first(dispatch, services),
        refused=refused,
        ready_status=services.ready_status_name(dispatch.scenario),
        reference=reference,
        page=settings.status_page(dispatch.key),
    )
    await note_once(dispatch.ticket_id, note, reference, services)
    status = await services.statuses.named(settings.pureservice_dispatch_approval_status)
    if status is not None:
        await services.tickets.set_status(dispatch.ticket_id, status.id)


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
    found = await services.tickets.members_by_id(MemberKind.PERSON, {agent}) if agent else ()
    return next((one.name for one in found), "")


async def _addresses(agent: int, services: Services) -> set[str]:
    found = await services.tickets.members_by_id(MemberKind.PERSON, {agent}) if agent else ()
    return {one.address.casefold() for one in found if one.address}
