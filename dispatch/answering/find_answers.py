"""Finds the answers that only eFormidling can bring to their end users, and asks for each to be planned.

Each in an invocation of its own, as dispatches are: one that kills or outlasts its process keeps nobody else waiting.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import (
    Channel,
    CommunicationId,
    Dispatch,
    DispatchContent,
    DispatchKey,
    DispatchPlan,
    DispatchState,
    Lease,
    LostRace,
    PlanDispatch,
    Scenario,
    UndeliveredMail,
    addresses,
    message_of,
    text,
)
from dispatch.planning import QUEUED
from dispatch.services import Services

SEPARATORS = re.compile(r"[;,]")
QUOTED = re.compile(r'"[^"]*"(?=\s*<)')  # a name, in which a comma separates nothing


async def find_replies(services: Services) -> int:
    """Asks for the answers that are not under way yet to be planned; returns how many."""
    settings = services.settings
    if are_off(services):
        return 0
    youngest = services.clock() - timedelta(days=settings.ef_reply_days)
    asked = 0
    for mail in await services.undelivered_mail.undelivered(f"@{settings.pureservice_ef_domain}"):
        # From before we were there, or given up: nobody expects it any more.
        if mail.created >= youngest and _is_ours(mail, services):
            asked += await _ask(mail, services)
    return asked


def are_off(services: Services) -> bool:
    """Whether no answer may go out now: without eFormidling, or in a trial, which may not write to organisations."""
    settings = services.settings
    return services.exchange is None or not settings.ef_reply_days or bool(settings.mail_redirect_to)


async def ask_again(begun: Dispatch, services: Services) -> None:
    """An answer that was begun and is not planned yet: how old it is by now decides nothing any more.

    Raises:
        LostRace: somebody else has it.
    """
    until = services.clock() + timedelta(seconds=services.settings.dispatch_sweep_seconds)
    await services.ledger.save(replace(begun, lease=Lease(QUEUED, until)))
    await services.queues.put_plan(PlanDispatch(dispatch=begun.key))


def reply_key(mail: UndeliveredMail) -> DispatchKey:
    """The identity of an answer: its ticket and its e-mail row."""
    return DispatchKey(f"{mail.ticket_id}-e{mail.id}")


def receivers(to: str, domain: str) -> list[str]:
    """What stands before the @ of each address at exactly this domain, names and brackets aside, each once."""
    return list(_apart(to, domain)[0])


def other_receivers(to: str, domain: str) -> list[str]:
    """Whoever else the message is addressed to, each once: what can't be read as an address as it is written."""
    return list(_apart(to, domain)[1])


def _apart(to: str, domain: str) -> tuple[dict[str, None], dict[str, None]]:
    ours: dict[str, None] = {}
    others: dict[str, None] = {}
    for one in SEPARATORS.split(QUOTED.sub("", to)):
        try:
            address = addresses.bare(one)
        except addresses.InvalidAddress:
            others[one.strip()] = None
            continue
        local, _, at = address.rpartition("@")
        if at.strip().casefold() == domain.casefold():
            ours[local.strip()] = None
        elif local.strip():
            others[address.strip()] = None
    return ours, others


def _is_ours(mail: UndeliveredMail, services: Services) -> bool:
    settings = services.settings
    found = [local.casefold() for local in receivers(mail.to, settings.pureservice_ef_domain)]
    return bool(found) and found != [settings.pureservice_dispatch_ef.partition("@")[0].casefold()]


async def _ask(mail: UndeliveredMail, services: Services) -> bool:
    """Puts the answer on the queue, unless it is under way, or its message is trusted to come."""
    key = reply_key(mail)
    key = await services.ledger.key_of(message_of(key)) or key  # begun before its ticket was merged into another
    now = services.clock()
    known = await services.ledger.dispatch(key)
    if known and (known.state is not DispatchState.PLANNING or (known.lease.until and known.lease.until > now)):
        return False
    lease = Lease(QUEUED, now + timedelta(seconds=services.settings.dispatch_sweep_seconds))
    try:
        if known:
            asked: Dispatch | None = await services.ledger.save(replace(known, lease=lease, ticket_id=mail.ticket_id))
        else:
            asked = await services.ledger.create(_fresh(key, mail, lease, now))
    except LostRace:
        return False
    if asked is None:
        return False
    await services.queues.put_plan(PlanDispatch(dispatch=key))
    return True


def _fresh(key: DispatchKey, mail: UndeliveredMail, lease: Lease, now: datetime) -> Dispatch:
    return Dispatch(
        key=key,
        ticket_id=mail.ticket_id,
        request_number=0,
        communication_id=CommunicationId(0),
        state=DispatchState.PLANNING,
        created=now,
        scenario=Scenario.REPLY,
        channel=Channel.EFORMIDLING,
        content=DispatchContent(subject=text.cut(mail.subject, most=text.Limit.SHORT)),
        plan=DispatchPlan(asked=now),
        email_id=mail.id,
        lease=lease,
        changed=now,
    )
