"""The application's process is killed with SIGKILL at its work, and started again: nobody twice, nobody missed."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.sending import WHERE_IT_CAN_BE_ASKED
from local.azurite import Azurite
from local.demo.account import disagreements, settle, status_name
from local.demo.case import seed_case
from local.simulators.faults import Fault
from local.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RECIPIENTS = 60
QUICK = {
    "DISPATCH_BATCH_SIZE": "20",
    "DISPATCH_LEASE_SECONDS": "2",
    "DISPATCH_SWEEP_SECONDS": "3",
    "DISPATCH_RECONCILE_LOOKS": "0.5,1,2",
    "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:01",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:01",
}


async def killed_at(moment, faults, azurite: Azurite, log: Path, **settings: str):
    """Runs a dispatch, kills the process when ``moment`` holds, starts it again, and waits for the ticket."""
    async with World(azurite=azurite, settings={**QUICK, **settings}) as world:
        case = seed_case(world.pureservice.store, recipients=RECIPIENTS, documents=(b"%PDF-1", b"%PDF-2"))
        world.pureservice.faults.add(*faults)
        world.start_host(log=log, visibility_seconds=4)
        assert await world.until(lambda: moment(world), seconds=60), log.read_text()[-3000:]
        assert await world.kill_host() == -9
        world.pureservice.faults.clear()
        world.start_host(log=log, visibility_seconds=4)
        assert await world.until(lambda: status_name(world, case) == "Løst", seconds=90), log.read_text()[-3000:]
        await asyncio.sleep(0.5)
        assert await world.stop_host() == 0
        account, _, rows = await settle(world, case, seconds=0)
        return disagreements(account, case, world, rows), account, rows


def asked(world: World, what: str) -> int:
    return sum(1 for _, path, _ in world.pureservice.requests if what in path)


@pytest.fixture
def storage() -> Iterator[Azurite]:
    with Azurite() as own:
        yield own


async def test_killed_while_planning(storage, tmp_path):
    slow = Fault(match="fromAsset", delay_seconds=1.0, times=None)

    wrong, account, _ = await killed_at(
        lambda world: asked(world, "fromAsset") >= 1, [slow], storage, tmp_path / "host.log"
    )

    assert wrong == []
    assert account.uncertain == 0


@pytest.mark.parametrize("after", [1, 9, 30])
async def test_killed_while_sending(storage, tmp_path, after):
    wrong, account, rows = await killed_at(
        lambda world: len(world.graph.received) >= after, [], storage, tmp_path / "host.log"
    )

    assert wrong == []
    assert account.uncertain == 0
    assert Counter(row.attempt.count for row in rows if row.attempt.count)[1] >= RECIPIENTS - 6 - WHERE_IT_CAN_BE_ASKED


async def test_killed_while_resolving(storage, tmp_path):
    # The report reaches the ticket within the change that solves it, or as a file by itself.
    slow = Fault(match="^(PUT|PATCH) .*/ticket/|^POST .*attachment", delay_seconds=3.0, times=1)

    wrong, _, _ = await killed_at(
        lambda world: len(world.graph.received) >= RECIPIENTS - 6 and slow.hits == 1,
        [slow],
        storage,
        tmp_path / "host.log",
    )

    assert wrong == []
