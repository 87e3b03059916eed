"""A fixed sample of the crash sweep; ``make chaos`` takes every call."""

from dataclasses import asdict
from unittest.mock import ANY

import pytest

from local.chaos.forked import forked_host
from local.chaos.sweep import Sweep
from local.chaos.tally import CHANNELS, MODES, RECIPIENTS, SETTINGS, Kill, Tally
from local.chaos.worker import HTTP, SMTP
from local.simulators.pureservice import seed
from local.world import World

#: What the host says of each kind of death; it can say nothing of its own.
SAID = {"machine": "", "worker": "The worker's process has ended", "neighbour": "Its worker is ended"}
LEAST_CALLS = 150  # of a dispatch that nothing delays: on a busy machine one may look again and again
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("mode", "scenario", "channel", "death", "kills"),
    [
        ("sent-items", 1, "email", "machine", 2),
        ("draft", 1, "email", "worker", 1),
        ("smtp-hold", 1, "email", "machine", 1),
        ("sent-items", 2, "email", "neighbour", 2),
        ("sent-items", 1, "eformidling", "machine", 1),
    ],
)
async def test_killed_at_any_call_nobody_is_lost_and_nobody_gets_two(tmp_path, mode, scenario, channel, death, kills):
    tally = Tally(mode=mode, scenario=scenario, channel=channel, death=death)
    async with World(
        settings={**SETTINGS, **CHANNELS[channel], **MODES[mode]},
        with_exchange=channel == "eformidling",
        launch=forked_host,
    ) as world:
        seed.seed_basics(world.pureservice.store)
        sweep = Sweep(world, tmp_path, tally)
        calls = await sweep.count_calls()
        # A letter that goes a way that isn't counted is one at which no process dies.
        assert sweep.ways[SMTP if MODES[mode].get("MAIL_MAILER") == "smtp" else HTTP] >= RECIPIENTS
        for number in range(1, kills + 1):
            place = min(calls, LEAST_CALLS) * number // (kills + 1)
            await sweep.kill(Kill(place, "after" if number % 2 else "before"))

    assert tally.good, asdict(tally)
    assert tally.kills == kills
    assert (tmp_path / "host.log").read_text().count(SAID[death]) == (kills if SAID[death] else ANY)
