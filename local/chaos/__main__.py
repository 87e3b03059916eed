"""``python -m local.chaos``: the crash sweep, its table, and ``build/chaos/summary.json``."""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from local.chaos.forked import forked_host
from local.chaos.outage import outage
from local.chaos.sweep import Sweep
from local.chaos.tally import CHANNELS, MERGED, MODES, SETTINGS, Tally, places
from local.pool import pool_settings
from local.simulators.pureservice import seed
from local.world import World

DEATHS = (
    "what ends: host and worker; the worker alone; the worker, because another run in it passed its time; "
    "the storage, for 25 s"
)
BUILD = Path("build/chaos")
KILLS_OF_A_WORLD = 15  # a tick looks at all that ended lately, so that each is slower than the one before
console = Console()


def main() -> int:
    """Runs the sweep; 0 only if every target is met."""
    parser = argparse.ArgumentParser(prog="python -m local.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, help="so many places at random (default: every one)")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--mode", choices=sorted(MODES), default="sent-items")
    parser.add_argument("--scenario", type=int, choices=(1, 2), default=1)
    parser.add_argument(
        "--death", choices=("machine", "worker", "neighbour", "storage"), default="machine", help=DEATHS
    )
    parser.add_argument("--channel", choices=sorted(CHANNELS), default="email")
    parser.add_argument("--senders", type=int, default=1, help="mailboxes that share the sending")
    parser.add_argument("--part", type=_part, default=(1, 1), metavar="1/3", help="one of so many parts of the places")
    parser.add_argument("--merge", action="store_true", help="each with values and a file of their own")
    options = parser.parse_args()
    if options.death == "storage":
        BUILD.mkdir(parents=True, exist_ok=True)
        wrong = asyncio.run(outage(BUILD / "outage.log"))
        console.print("\n".join(wrong) or "The storage was gone for 25 s: nobody lost, nobody doubled.")
        return bool(wrong)
    chosen_seed = random.randrange(10**6) if options.seed is None else options.seed
    tally = Tally(
        mode=options.mode,
        death=options.death,
        seed=chosen_seed,
        scenario=options.scenario,
        channel=options.channel,
        senders=options.senders,
        merge=options.merge,
    )
    asyncio.run(sweep(tally, options.kills, options.part))
    _tell(tally)
    return 0 if tally.good else 1


def _part(given: str) -> tuple[int, int]:
    number, _, parts = given.partition("/")
    if not (1 <= int(number) <= int(parts)):
        raise ValueError
    return int(number), int(parts)


async def sweep(tally: Tally, kills: int, part: tuple[int, int]) -> None:
    """One kill after another; the tally is counted on."""
    number, parts = part
    folder = BUILD if parts == 1 else BUILD / f"{number}-of-{parts}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "host.log").unlink(missing_ok=True)
    async with _begun(tally, folder) as running:
        chosen = places(await running.count_calls(), kills=kills, chosen_seed=tally.seed)[number - 1 :: parts]
    left = iter(track(chosen, description=f"{len(chosen)} kills", console=console))
    while some := list(islice(left, KILLS_OF_A_WORLD)):
        async with _begun(tally, folder) as running:
            for place in some:
                await running.kill(place)
                (folder / "summary.json").write_text(json.dumps(asdict(tally), indent=2) + "\n", encoding="utf-8")


@asynccontextmanager
async def _begun(tally: Tally, folder: Path) -> AsyncIterator[Sweep]:
    merged = MERGED[tally.channel] if tally.merge else {}
    settings = {**SETTINGS, **CHANNELS[tally.channel], **merged, **MODES[tally.mode], **pool_settings(tally.senders)}
    async with World(settings=settings, with_exchange=tally.channel != "email", launch=forked_host) as world:
        seed.seed_basics(world.pureservice.store)
        yield Sweep(world, folder, tally)


def _tell(tally: Tally) -> None:
    table = Table(title="Crash sweep", title_justify="left", show_header=False)
    for name, value in asdict(tally).items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
