"""``python -m local.demo``: one dispatch from a ready ticket to a solved one, on real parts."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dispatch.core import Recipient
from local.demo import communication, faults, government, returns
from local.demo.account import disagreements, settle, status_name, write_summary
from local.demo.case import WITH_CASES, Case, seed_case
from local.demo.cases import CaseFigures, examine
from local.demo.communication import ReportFigures
from local.demo.documents import documents
from local.demo.evidence import write_evidence
from local.demo.merged import examine_merged, seed_merged
from local.demo.returns import ReturnFigures
from local.merged_case import Person
from local.pool import pool_settings
from local.world import World

BUILD = Path("build/demo")
REACHABLE, UNREACHABLE = 357, 6  # in scenario 2: as many as there are municipalities
UNHURRIED = {"PURESERVICE_REQUESTS_PER_MINUTE": "100000"}  # the simulator has no limit unless it is given one
console = Console()


def main() -> int:
    """Runs the demonstration; 0 only if the outside received what was planned."""
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument(
        "--recipients", type=int, default=0, help="on the mailing lists (default 300; 363 in scenario 2)"
    )
    parser.add_argument("--scenario", type=int, choices=(1, 2), default=1, help="2: a ticket of its own for everyone")
    parser.add_argument("--channel", choices=("email", "eformidling"), default="email")
    parser.add_argument("--senders", type=int, default=1, help="mailboxes that share the sending")
    parser.add_argument("--mailer", choices=("", communication.MAILER), default="", help="what carries the letters")
    parser.add_argument("--faults", action="store_true", help="let Graph throttle, fail and run out of quota")
    parser.add_argument("--returns", action="store_true", help="let a twentieth come back in the days that follow")
    parser.add_argument(
        "--merge", action="store_true", help="recipients from a spreadsheet, each with values and a file of their own"
    )
    options = parser.parse_args()
    if options.merge and options.channel == "eformidling":
        parser.error("--merge goes with --channel email; make chaos MERGE=1 CHANNEL=eformidling tries the other")
    if options.mailer and (options.faults or options.returns or options.channel == "eformidling"):
        parser.error("--mailer has faults and returned letters of its own")
    if options.channel == "eformidling":
        return asyncio.run(run_government())
    recipients = options.recipients or (REACHABLE + UNREACHABLE if options.scenario == WITH_CASES else 300)
    return asyncio.run(
        run(
            max(20, recipients),
            with_faults=options.faults,
            with_returns=options.returns,
            scenario=options.scenario,
            merge=options.merge,
            senders=options.senders,
            mailer=options.mailer,
        )
    )


async def run(
    recipients: int,
    *,
    with_faults: bool,
    with_returns: bool,
    scenario: int,
    merge: bool = False,
    senders: int = 1,
    mailer: str = "",
) -> int:
    """One dispatch, from start to account."""
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / "host.log"
    log.unlink(missing_ok=True)
    console.print("[bold]Pureservice Utsendelse[/bold]: starting Azurite, Pureservice, Graph and SMTP ...")
    settings = _settings(with_faults=with_faults, scenario=scenario, senders=senders, mailer=mailer)
    clock = returns.MovedClock()
    async with World(settings=settings, mail_clock=clock.monotonic) as world:
        case, rows_of_file = _seeded(world, recipients, scenario=scenario, merge=merge)
        _inject(world, case, recipients, with_faults=with_faults, with_returns=with_returns, mailer=mailer)
        started = time.monotonic()
        world.start_host(log=log)
        solved = await _watch(world, case, seconds=120 + recipients * 0.5)
        seconds = time.monotonic() - started
        if solved and mailer:
            await communication.reports_arrive(world, case)
        await world.stop_host()
        if not solved:
            console.print(f"[red]The ticket was not solved in time. See {log}.[/red]")
            return 1
        if with_returns:
            console.print(f"The clock is moved {returns.HOURS} hours on, in which letters come back.")
            await returns.days_pass(world, clock)
        account, dispatch, rows = await settle(world, case, seconds=seconds)
        wrong = disagreements(account, case, world, rows)
        figures = asdict(account)
        for more, what in _verdicts(
            world,
            case,
            rows,
            scenario=scenario,
            with_returns=with_returns,
            mailer=mailer,
            rows_of_file=rows_of_file if merge else None,
        ):
            figures |= more
            wrong += what
        paths = [write_summary(figures, BUILD), *write_evidence(world, dispatch, case, BUILD)]
    _tell(figures, wrong, [*paths, log])
    return 1 if wrong else 0


def _settings(*, with_faults: bool, scenario: int, senders: int, mailer: str) -> dict[str, str]:
    settings = {**(faults.SETTINGS if with_faults or mailer else {}), **(UNHURRIED if scenario == WITH_CASES else {})}
    settings |= {**pool_settings(senders), "DISPATCH_BATCH_SIZE": "24"} if senders > 1 else {}
    return settings | (communication.SETTINGS if mailer else {})


def _inject(world: World, case: Case, recipients: int, *, with_faults: bool, with_returns: bool, mailer: str) -> None:
    if with_faults:
        faults.inject(world, recipients)
    if with_returns:
        returns.inject(world, case)
    if mailer:
        communication.inject(world, case)


def _seeded(world: World, recipients: int, *, scenario: int, merge: bool) -> tuple[Case, Sequence[Person]]:
    """The ticket as a case worker leaves it, and the rows of its file where it has one."""
    store = world.pureservice.store
    rows: Sequence[Person] = ()
    if merge:
        case, rows = seed_merged(store, recipients=recipients, scenario=scenario)
    else:
        case = seed_case(store, recipients=recipients, documents=documents(), scenario=scenario)
    console.print(
        f"Ticket {case.ticket['requestNumber']} stands in «{status_name(world, case)}» with {case.recipients} "
        f"recipients {'in a spreadsheet' if merge else 'on two lists'}."
    )
    return case, rows


def _verdicts(
    world: World,
    case: Case,
    rows: list[Recipient],
    *,
    scenario: int,
    with_returns: bool,
    mailer: str,
    rows_of_file: Sequence[Person] | None,
) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """What else the run is held against: figures for the summary, and what does not agree."""
    parts: list[CaseFigures | ReturnFigures | ReportFigures] = [examine(world, case)] if scenario == WITH_CASES else []
    parts += [returns.examine(world, case, rows)] if with_returns else []
    parts += [communication.examine(world, rows)] if mailer else []
    for found in parts:
        yield {name: value for name, value in asdict(found).items() if name != "wrong"}, found.wrong
    if rows_of_file is not None:
        verdict = asdict(examine_merged(world, case, rows_of_file))
        yield verdict, [f"{name.replace('_', ' ')}: {count}" for name, count in verdict.items() if count]


async def run_government() -> int:
    """A circular through eFormidling, with e-mail for those whom it can't reach."""
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / "host.log"
    log.unlink(missing_ok=True)
    console.print(
        "[bold]Pureservice Utsendelse[/bold]: starting Azurite, Pureservice, Graph, the integration point ..."
    )
    schema = government.schema()
    async with World(settings=government.SETTINGS, with_exchange=True, schema=schema) as world:
        case = government.seed_government(world, documents=documents())
        console.print(
            f"Ticket {case.ticket['requestNumber']} asks for eFormidling to {case.recipients} recipients. "
            "One message is let expire, which takes the better part of a minute."
        )
        started = time.monotonic()
        world.start_host(log=log)
        solved = await _watch(world, case, seconds=300)
        seconds = time.monotonic() - started
        await world.stop_host()
        if not solved:
            console.print(f"[red]The ticket was not solved in time. See {log}.[/red]")
            return 1
        account, dispatch, rows = await settle(world, case, seconds=seconds)
        found = government.examine(world, case, rows)
        wrong = [*disagreements(account, case, world, rows), *found.wrong]
        figures = asdict(account) | {name: value for name, value in asdict(found).items() if name != "wrong"}
        paths = [write_summary(figures, BUILD), *write_evidence(world, dispatch, case, BUILD)]
    _tell(figures, wrong, [*paths, log])
    return 1 if wrong else 0


async def _watch(world: World, case: Case, *, seconds: float) -> bool:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Letters received", total=len(case.reachable))

        def solved() -> bool:
            progress.update(bar, completed=sum(map(len, world.received)))
            return world.host_died or status_name(world, case) == "Løst"

        await world.until(solved, seconds=seconds)
    return not world.host_died and status_name(world, case) == "Løst"


def _tell(figures: dict[str, Any], wrong: list[str], paths: list[Path]) -> None:
    table = Table(title="Account of the run", title_justify="left", show_header=False)
    for name, value in figures.items():
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
