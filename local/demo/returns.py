"""``RETURNS=1``: a twentieth of the letters comes back in several forms, days later by a clock that is moved."""

import asyncio
import re
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from dispatch.collecting import collect
from dispatch.core import Recipient, RecipientState
from dispatch.settings import Settings
from dispatch.wiring import Wiring
from local.demo.case import Case
from local.simulators.graph import FORMS, ReturnRule
from local.world import World

ONE_IN = 20
HOURS, STEP = 80, 4  # three days and more, so many hours at a time
SURE = [name for name, form in FORMS.items() if form.says == "failed" and name != "without_letter"]
OTHER = [name for name, form in FORMS.items() if form.says != "failed"]


class MovedClock:
    """The time of this machine, and so much more as it was moved."""

    def __init__(self) -> None:
        self.moved = 0.0

    def monotonic(self) -> float:
        """For the simulators."""
        return time.monotonic() + self.moved

    def now(self) -> datetime:
        """For the application."""
        return datetime.now(UTC) + timedelta(seconds=self.moved)


@dataclass(slots=True)
class ReturnFigures:
    """What ``build/demo/summary.json`` adds."""

    returned: int = 0
    returned_wrong: int = 0  # are said to have come back, and did not
    returned_missed: int = 0  # came back, and are not said to
    wrong: list[str] = field(default_factory=list)


def inject(world: World, case: Case) -> None:
    """Every twentieth recipient's letter comes back; as many others get a mail that only looks like it."""
    addresses = sorted(case.reachable)
    rules = []
    for number, address in enumerate(addresses[::ONE_IN]):
        form, after = SURE[number % len(SURE)], 1800.0 + (number * 37 % 66) * 3600.0
        rules.append(ReturnRule(f"^{re.escape(address)}$", form=form, after=after, copies=1 + number % 2))
    for number, address in enumerate(addresses[ONE_IN // 2 :: ONE_IN]):
        rules.append(ReturnRule(f"^{re.escape(address)}$", form=OTHER[number % len(OTHER)], after=number * 3600.0))
    world.graph.switches.returns = rules


async def days_pass(world: World, clock: MovedClock) -> None:
    """Three days of the timer's step for returned mail, by the real adapters in this process."""
    wiring = Wiring(Settings.from_environ(world.environ()))
    try:
        services = replace(await wiring.open(), clock=clock.now)
        for _ in range(HOURS // STEP):
            clock.moved += STEP * 3600.0
            await collect(services)
            await asyncio.sleep(0)
    finally:
        await wiring.close()


def examine(world: World, case: Case, rows: list[Recipient]) -> ReturnFigures:
    """Compares the ledger and the ticket's note with what the simulator sent back."""
    truth = {one.letter.to.casefold() for one in world.graph.returned if one.says == "failed"}
    said = {row.address.casefold() for row in rows if row.state is RecipientState.RETURNED}
    found = ReturnFigures(returned=len(said), returned_wrong=len(said - truth), returned_missed=len(truth - said))
    notes = [
        str(row["text"])
        for row in world.pureservice.store.communications.values()
        if row.get("ticketId") == case.ticket["id"] and ">Meldinger kom i retur<" in str(row.get("text"))
    ]
    if len(notes) != 1:
        found.wrong.append(f"{len(notes)} notes on returned mail")
    if notes and {address for address in case.reachable if address in notes[0].casefold()} != truth:
        found.wrong.append("the note on returned mail names others than those whose letters came back")
    if found.returned_wrong or found.returned_missed:
        found.wrong.append(f"{found.returned_wrong} wrongly returned, {found.returned_missed} missed")
    if not truth:
        found.wrong.append("nothing came back")
    return found
