"""``MAILER=azure-communication``: letters by Communication Services, some of which come back by delivery reports."""

import asyncio
import re
from dataclasses import dataclass, field

from dispatch.core import CommunicationId, Recipient, RecipientState, TicketId, dispatch_key
from local.demo.case import Case
from local.simulators.faults import Fault
from local.world import World

MAILER = "azure-communication"
SETTINGS = {"MAIL_MAILER": MAILER, "ACS_RATE_PER_MINUTE": "0", "ACS_RATE_PER_HOUR": "0", "ACS_DELIVERY_REPORTS": "True"}
ONE_IN, NONE_IN = 20, 50
SEND = "POST /emails:send"
SECONDS = 60.0  # in which the reports are on their way, and the timer's next step notes them


@dataclass(slots=True)
class ReportFigures:
    """What ``build/demo/summary.json`` adds."""

    reported_wrong: int = 0  # are said to have come back, and did not
    reported_missed: int = 0  # came back, and are not said to
    sendings: int = 0  # that the service knows of
    questions: int = 0  # about letters in doubt
    wrong: list[str] = field(default_factory=list)


def inject(world: World, case: Case) -> None:
    """A twentieth bounces, and a fiftieth is on the service's list; with a few lost answers on the way."""
    addresses = sorted(case.reachable)
    switches = world.communication.switches
    switches.bounces, switches.suppressed = _any_of(addresses[::ONE_IN]), _any_of(addresses[7::NONE_IN])
    world.communication.faults.add(
        Fault(SEND, status=504, commit=True, skip=7, times=3),
        Fault(SEND, drop="after", skip=12, times=2),
        Fault(SEND, drop="before", skip=15, times=2),
        Fault(SEND, status=429, headers={"Retry-After": "1"}, skip=25, times=2),
    )


def _any_of(addresses: list[str]) -> str:
    return f"(?i)^({'|'.join(map(re.escape, addresses))})$"


async def reports_arrive(world: World, case: Case) -> None:
    """Waits until what came back is noted, or the time is up."""
    for _ in range(int(SECONDS)):
        if _said(await _rows(world, case)) >= _truth(world):
            return
        await asyncio.sleep(1)


def examine(world: World, rows: list[Recipient]) -> ReportFigures:
    """Compares the ledger with what the service reported, by address."""
    truth, said = _truth(world), _said(rows)
    asked = [one for one in world.communication.requests if one.method == "GET"]
    found = ReportFigures(len(said - truth), len(truth - said), len(world.communication.book.sendings), len(asked))
    if said != truth:
        found.wrong.append(f"{len(said ^ truth)} letters came back and are not told as that, or the other way round")
    if not truth:
        found.wrong.append("nothing came back")
    return found


def _truth(world: World) -> set[str]:
    return {one.recipient.casefold() for one in world.communication.reports if one.status != "Delivered"}


def _said(rows: list[Recipient]) -> set[str]:
    return {row.address.casefold() for row in rows if row.state is RecipientState.RETURNED}


async def _rows(world: World, case: Case) -> list[Recipient]:
    ticket_id = int(case.ticket["id"])
    message = next(row for row in world.pureservice.store.communications.values() if row.get("ticketId") == ticket_id)
    ledger = world.ledger()
    try:
        key = dispatch_key(TicketId(ticket_id), CommunicationId(message["id"]))
        return [row async for row in ledger.all_recipients(key)]
    finally:
        await ledger.close()
