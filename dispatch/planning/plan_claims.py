"""Who holds a dispatch that is to be planned, how often planning was begun, and what makes it wait."""

import logging
from dataclasses import replace

from dispatch.core import (
    NOT_HELD,
    Approval,
    BadConfiguration,
    Dispatch,
    DispatchPlan,
    DispatchState,
    Lease,
    LostRace,
    TicketSystemBusy,
    TicketSystemError,
)
from dispatch.planning.candidates import NO_MESSAGE, Candidate
from dispatch.planning.one_at_a_time import QUEUED, is_planned_now
from dispatch.planning.own_outage import StorageOut
from dispatch.planning.plan_writer import planner_lease
from dispatch.planning.rejection import reject
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import standing_notes

log = logging.getLogger(__name__)

MOST_TRIES = 5
SETTINGS = "Oppsettet av Pureservice Utsendelse mangler noe som meldingen trenger."
ANSWERS = "Pureservice har flere ganger ikke svart, eller ikke gitt oss tilgang, da utsendelsen skulle klargjøres."
STORAGE_WAITS = "Lagringen til Pureservice Utsendelse har flere ganger ikke svart da utsendelsen skulle klargjøres."
NOTED_AFTER_REFUSALS, NOTED_AFTER_PAUSES = 2, 5  # long lists are read with a pause or two


async def claim(candidate: Candidate, services: Services, lease: Lease | None = None) -> Dispatch | None:
    """The dispatch as held by the lease, a planner's own unless one is given; None where another has it.

    One that is being rejected gets its note once more by a planner.
    """
    known = candidate.known or await services.ledger.dispatch(candidate.key)
    wished = _wished(candidate, services, lease)
    if known is None:
        return await services.ledger.create(wished)
    now = services.clock()
    if lease is not None and known.lease.until is not None and known.lease.until > now:
        return None
    if known.state is DispatchState.REJECTING:
        if lease is not None:
            return await _save(replace(known, lease=lease), services)
        return await reject(known, tuple(known.problems.split("\n")), candidate.ticket, services)
    anew = known.state is DispatchState.REJECTED
    if not anew and (known.state is not DispatchState.PLANNING or is_planned_now(known, now)):
        return None
    await services.ledger.revive(known)
    plan = wished.plan if anew else replace(wished.plan, asked=known.plan.asked or now, put_off=known.plan.put_off)
    return await _save(
        replace(
            _as_asked(wished, known, anew=anew),
            created=known.created,
            plan=plan if anew else replace(plan, tries=known.plan.tries + wished.plan.tries),
            version=known.version,
        ),
        services,
    )


def _as_asked(wished: Dispatch, known: Dispatch, *, anew: bool) -> Dispatch:
    """Who asked is who set the status at first: notes of ours that came since may hide it."""
    if anew:
        return replace(wished, rounds=replace(wished.rounds, asked=known.rounds.asked + 1))
    before = known.rounds.approval
    approval = before if before.asked_by else wished.rounds.approval
    return replace(wished, rounds=replace(wished.rounds, asked=known.rounds.asked, approval=approval))


def _wished(candidate: Candidate, services: Services, lease: Lease | None) -> Dispatch:
    now = services.clock()
    fresh = Dispatch(
        key=candidate.key,
        ticket_id=candidate.ticket.id,
        request_number=candidate.ticket.number,
        communication_id=candidate.message.id if candidate.message else NO_MESSAGE,
        state=DispatchState.PLANNING,
        created=now,
        scenario=candidate.scenario,
        channel=candidate.channel,
        plan=DispatchPlan(asked=now, tries=0 if lease else 1),
        email_id=(candidate.message.email_id or 0) if candidate.message else 0,
        lease=lease or Lease(owner=services.new_owner(), until=now + planner_lease(services)),
        changed=now,
    )
    asked_by = candidate.ticket.modified_by if services.settings.dispatch_approval_above else 0
    return replace(fresh, rounds=replace(fresh.rounds, approval=Approval(asked_by=asked_by)))


async def _save(wished: Dispatch, services: Services) -> Dispatch | None:
    try:
        return await services.ledger.save(wished)
    except LostRace:
        # Storage may have done the write and lost the answer: the client's next try then meets our own row.
        current = await services.ledger.dispatch(wished.key)
        ours = wished.lease.owner not in ("", QUEUED) and current is not None
        return current if ours and current and current.lease.owner == wished.lease.owner else None


async def put_off(
    claimed: Dispatch,
    candidate: Candidate,
    error: TicketSystemError | BadConfiguration | StorageOut,
    services: Services,
) -> None:
    """Pureservice or our storage is out, or our key or settings are wrong: nobody's try, and the next tick asks again.

    Who waits long gets a note.
    """
    refused = not isinstance(error, (TicketSystemBusy, StorageOut))
    times = claimed.plan.put_off + 1
    event(
        log,
        Action.PLAN_INTERRUPTED,
        level=logging.WARNING if isinstance(error, TicketSystemBusy) else logging.ERROR,
        dispatch=claimed.key,
        status=error.status if isinstance(error, TicketSystemError) else None,
        why=(error.message if isinstance(error, TicketSystemError) else str(error))[:200],
        times=times,
    )
    await let_go(claimed, services, replace(claimed.plan, tries=claimed.plan.tries - 1, put_off=times))
    if times >= (NOTED_AFTER_REFUSALS if refused else NOTED_AFTER_PAUSES):
        await standing_notes.tell_put_off(claimed, candidate.ticket.id, _why(error), services)


def _why(error: TicketSystemError | BadConfiguration | StorageOut) -> str:
    if isinstance(error, StorageOut):
        return STORAGE_WAITS
    return SETTINGS if isinstance(error, BadConfiguration) else ANSWERS


async def let_go(claimed: Dispatch, services: Services, plan: DispatchPlan) -> None:
    """Lets the next planner have it at once, with these tries counted."""
    current = await services.ledger.dispatch(claimed.key)
    if current and current.lease.owner == claimed.lease.owner and current.state is DispatchState.PLANNING:
        await _save(replace(current, lease=NOT_HELD, plan=plan), services)
