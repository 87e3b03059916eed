"""The storage is out of reach for 25 s while letters go out: the host rides it out, or ends and is started anew."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from local.azurite import Azurite
from local.chaos.tally import SETTINGS
from local.demo.account import disagreements, settle, status_name
from local.demo.case import Case, seed_case
from local.simulators.faults import Fault
from local.world import World

RECIPIENTS, BEFORE = 60, 9
SECONDS = 25.0
PATIENT = {"DISPATCH_SWEEP_SECONDS": "20"}  # a sweep that runs every other second takes a slow host for one that fails


async def outage(log: Path) -> list[str]:
    """What the outside and the report disagree about afterwards; nothing, where nobody is lost or doubled."""
    with TemporaryDirectory() as place, Azurite(location=place) as first:
        ports, settings = first.ports, {**SETTINGS, **PATIENT, "AzureWebJobsStorage": first.connection_string}
        async with World(azurite=first, settings=settings) as world:
            case = seed_case(world.pureservice.store, recipients=RECIPIENTS, documents=(b"%PDF-1", b"%PDF-2"))
            world.graph.faults.add(Fault(match="sendMail", delay_seconds=0.3, times=None))
            world.start_host(log=log)
            if not await world.until(lambda: len(world.graph.received) >= BEFORE, seconds=60):
                return ["nothing was sent before the outage"]
            await asyncio.to_thread(first.stop)
            await asyncio.sleep(SECONDS)
            if len(world.graph.received) >= RECIPIENTS:
                return ["no letter was under way during the outage"]
            with Azurite(location=place, ports=ports) as world.azurite:
                return await _afterwards(world, case, log)


async def _afterwards(world: World, case: Case, log: Path) -> list[str]:
    for _ in range(10):
        await world.until(lambda: world.host_died or status_name(world, case) == "Løst", seconds=400)
        if not world.host_died:
            break
        await world.kill_host()
        world.start_host(log=log)  # as the platform does
    if status_name(world, case) != "Løst":
        return ["the ticket was not solved"]
    await world.stop_host()
    account, _, rows = await settle(world, case, seconds=0)
    return disagreements(account, case, world, rows)
