"""``python -m local.demo``: one dispatch from a ready ticket to a solved one, on real parts."""

import argparse
import asyncio
import sys
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.demo import faults
from local.demo.account import Account, disagreements, settle, status_name, write_summary
from local.demo.case import Case, seed_case
from local.demo.documents import documents
from local.demo.evidence import write_evidence
from local.world import World

BUILD = Path("build/demo")
console = Console()


def main() -> int:
    """Runs the demonstration; 0 only if the outside received what was planned."""
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--recipients", type=int, default=300, help="on the mailing lists (default 300)")
    parser.add_argument("--faults", action="store_true", help="let Graph throttle, fail and run out of quota")
    options = parser.parse_args()
    return asyncio.run(run(max(20, options.recipients), with_faults=options.faults))


async def run(recipients: int, *, with_faults: bool) -> int:
    """One dispatch, from start to account."""
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / "host.log"
    log.unlink(missing_ok=True)
    console.print("[bold]Pureservice Utsendelse[/bold]: starting Azurite, Pureservice, Graph and SMTP ...")
    async with World(settings=faults.SETTINGS if with_faults else {}) as world:
        case = seed_case(world.pureservice.store, recipients=recipients, documents=documents())
        if with_faults:
            faults.inject(world, recipients)
        number = case.ticket["requestNumber"]
        console.print(f"Ticket {number} stands in «Til ekspedering» with {case.recipients} recipients on two lists.")
        started = time.monotonic()
        world.start_host(log=log)
        solved = await _watch(world, case, seconds=120 + recipients * 0.5)
        seconds = time.monotonic() - started
        await world.stop_host()
        if not solved:
            console.print(f"[red]The ticket was not solved in time. See {log}.[/red]")
            return 1
        account, dispatch, rows = await settle(world, case, seconds=seconds)
        wrong = disagreements(account, case, world, rows)
        paths = [write_summary(account, BUILD), *await write_evidence(world, dispatch, case, BUILD)]
    _tell(account, wrong, [*paths, log])
    return 1 if wrong else 0


async def _watch(world: World, case: Case, *, seconds: float) -> bool:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Letters received", total=len(case.reachable))

        def solved() -> bool:
            progress.update(bar, completed=len(world.graph.received) + len(world.smtp.received))
            return world.host_died or status_name(world, case) == "Løst"

        await world.until(solved, seconds=seconds)
    return not world.host_died and status_name(world, case) == "Løst"


def _tell(account: Account, wrong: list[str], paths: list[Path]) -> None:
    table = Table(title="Account of the run", title_justify="left", show_header=False)
    for name, value in asdict(account).items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name.replace("_", " "), shown)
    console.print(table)
    for path in paths:
        console.print(f"  {path}")
    for sentence in wrong:
        console.print(f"[red]Does not agree: {sentence}[/red]")
    if not wrong:
        console.print("[green]What the outside received agrees with what was planned, recipient by recipient.[/green]")


if __name__ == "__main__":
    sys.exit(main())
