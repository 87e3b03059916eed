"""``python -m local.small_worlds``: every order of every world; ``build/chaos/worlds.json``."""

import argparse
import json
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local.small_worlds.kinds import KINDS
from local.small_worlds.orders import PRESSES, Account, every_order, some_orders

BUILD = Path("build/chaos")
PROCESSES = ("ab", "at", "ad")  # beside a worker: another with its message, the timer, a host that takes what is due
console = Console()

Job = tuple[str, str, str, int]


def main() -> int:
    """Lives through the orders; 0 only if nothing broke."""
    parser = argparse.ArgumentParser(prog="python -m local.small_worlds", description=__doc__)
    parser.add_argument("--kind", choices=sorted(KINDS), action="append", help="default: all of them")
    parser.add_argument("--processes", choices=PROCESSES, action="append", help="default: all of them")
    parser.add_argument("--some", type=int, default=0, help="so many by chance in each world (default: every one)")
    options = parser.parse_args()
    jobs = [
        (kind, press, processes, options.some)
        for processes in options.processes or PROCESSES
        for kind in options.kind or KINDS
        for press in PRESSES
    ]
    begun = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        accounts = [_told(job, account) for job, account in zip(jobs, pool.map(_run, jobs), strict=True)]
    _tell(accounts, time.monotonic() - begun)
    return 1 if any(account.broken for _, account in accounts) else 0


def _run(job: Job) -> Account:
    logging.disable(logging.CRITICAL)
    kind, press, processes, some = job
    if some:
        return some_orders(KINDS[kind], press, count=some, seed=len(press))
    return every_order(KINDS[kind], press, others=processes)


def _told(job: Job, account: Account) -> tuple[Job, Account]:
    """A line for each world as it ends: all of them take hours."""
    kind, press, processes, _ = job
    broken = f", {len(account.broken)} broken: {account.broken[0]}" if account.broken else ""
    console.print(f"{kind} {processes} {press}: {account.orders} orders{broken}", markup=False, highlight=False)
    return job, account


def _tell(accounts: list[tuple[Job, Account]], seconds: float) -> None:
    table = Table(title=f"Small worlds, {seconds:.0f} s", title_justify="left")
    for head in ("kind", "processes", "person", "orders", "broken"):
        table.add_column(head)
    for (kind, press, processes, _), account in accounts:
        table.add_row(kind, processes, press, str(account.orders), str(len(account.broken)))
    table.add_row("all", "", "", *(str(sum(n)) for n in _sums(accounts)))
    console.print(table)
    for _, account in accounts:
        for line in account.broken[:3]:
            console.print(line, markup=False, highlight=False)
    BUILD.mkdir(parents=True, exist_ok=True)
    told = [
        {"kind": kind, "processes": processes, "person": press, "orders": account.orders, "broken": account.broken[:20]}
        for (kind, press, processes, _), account in accounts
    ]
    (BUILD / "worlds.json").write_text(json.dumps({"seconds": round(seconds), "worlds": told}, indent=2) + "\n")


def _sums(accounts: list[tuple[Job, Account]]) -> tuple[list[int], list[int]]:
    return [account.orders for _, account in accounts], [len(account.broken) for _, account in accounts]


if __name__ == "__main__":
    sys.exit(main())
