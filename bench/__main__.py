"""``python -m bench``: measures, prints a table, writes ``build/bench/results.json``. Never asserts a time."""

import argparse
import asyncio
import importlib
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import figures, machine
from bench.figures import Collector, Figure

SECTIONS = (
    *("machine", "limit", "contest", "work", "growth", "twin", "journal", "cold", "pages", "sdk", "smtp", "profile"),
    *(("scale",) if Path(__file__).with_name("scale.py").exists() else ()),
)
MODULES = {"scale": "bench.scale_figures"}  # the others are named as their section
console = Console(width=140)


def main() -> int:
    """Runs the sections that were asked for, one after another."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round and smaller numbers: under five minutes")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="these sections; the others stay as they are")
    parser.add_argument("--recipients", type=int, default=0, help="one size more for the section twin: 1000000")
    options = parser.parse_args()
    chosen = [name for name in SECTIONS if not options.only or name in options.only]
    for name in chosen:
        began = time.monotonic()
        console.print(f"[bold]{name}[/bold] ...")
        measured = asyncio.run(_measure(name, quick=options.quick, recipients=options.recipients))
        known = figures.merged(figures.load(), measured)
        figures.save(known)
        _tell(name, measured, seconds=time.monotonic() - began)
        console.print(f"{figures.RESULTS}: {len(known)} figures")
    return 0


async def _measure(name: str, *, quick: bool, recipients: int) -> list[Figure]:
    more = {"recipients": recipients} if name == "twin" and recipients else {}
    given = [f"RECIPIENTS={number}" for number in more.values()] + (["QUICK=1"] if quick else [])
    command = " ".join((f"make bench ONLY={name}", *given))
    collector = Collector(name, command)
    if name == "machine":
        machine.describe(collector, quick=quick)
    else:
        await importlib.import_module(MODULES.get(name, f"bench.{name}")).measure(collector, quick=quick, **more)
    return collector.figures


def _tell(name: str, measured: list[Figure], *, seconds: float) -> None:
    table = Table(title=f"{name} ({seconds:.0f} s)", title_justify="left")
    for heading in ("figure", "value", "unit", "target", "held"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for figure in measured:
        short = figure.name.removeprefix(f"{name}.")
        table.add_row(short, figure.shown, figure.unit, figure.target, figure.verdict)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
