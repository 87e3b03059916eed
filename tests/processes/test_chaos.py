"""A fixed sample of the crash sweep; ``make chaos`` takes every call."""

from dataclasses import asdict

import pytest

from local.chaos.sweep import MODES, SETTINGS, Kill, Sweep, Tally
from local.simulators.pureservice import seed
from local.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.mark.parametrize(
    ("mode", "scenario", "channel", "kills"),
    [
        ("sent-items", 1, "email", 2),
        ("draft", 1, "email", 1),
        ("sent-items", 2, "email", 2),
        ("sent-items", 1, "eformidling", 1),
    ],
)
async def test_killed_at_any_call_nobody_is_lost_and_nobody_gets_two(tmp_path, mode, scenario, channel, kills):
    tally = Tally(mode=mode, scenario=scenario, channel=channel)
    async with World(settings={**SETTINGS, **MODES[mode]}, with_exchange=channel == "eformidling") as world:
        seed.seed_basics(world.pureservice.store)
        sweep = Sweep(world, tmp_path, tally)
        calls = await sweep.count_calls()
        for number in range(1, kills + 1):
            await sweep.kill(Kill(calls * number // (kills + 1), "after" if number % 2 else "before"))

    assert tally.good, asdict(tally)
    assert tally.kills == kills
