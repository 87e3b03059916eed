"""The journal: what is written while letters leave, how often rows are brought up to date, and what the ledger costs.

The worker's loop with the ledger of production on Azurite, and a transport that takes each letter after so long. What
is counted is the sending alone, without plan and report. The ledger's CPU is what the loop takes above the same loop
with the ledger's twin in memory, round by round.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import processes
from bench.figures import Collector
from local.azurite import Azurite

RUN = "bench.contestants.journal_run"
WAYS = ("journal", "rows", "twin")
IN_A_BATCH = 96


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent: by which transport, answered after so long, to how many; the permits are those of production."""

    transport: str
    milliseconds: int
    people: int
    concurrency: int
    longer: str = ""


CASES = {
    "graph_0ms": Case("graph", 0, 288, 4),
    "graph_50ms": Case("graph", 50, 192, 4),
    "smtp_0ms": Case("smtp", 0, 288, 3),
    "smtp_50ms": Case("smtp", 50, 192, 3),
    "graph_long_names": Case("graph", 0, 192, 4, longer="a-long-name-of-an-authority-and-of-its-department"),
}


async def measure(collector: Collector, *, quick: bool) -> None:
    """Rounds alternate between the ways; each run begins with an empty table."""
    rounds = 1 if quick else 3
    async with Azurite() as azurite:
        for name, case in CASES.items():
            people = IN_A_BATCH if quick else case.people
            found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way in WAYS:
                    found[way].append(await processes.run(RUN, _spec(case, way, people, azurite)))
            collector.add(f"{name}.recipients", people, f"recipients in batches of {IN_A_BATCH}")
            _tell(collector, name, found, people=people)


def _spec(case: Case, way: str, people: int, azurite: Azurite) -> dict[str, Any]:
    return {
        "way": way,
        "connection": azurite.connection_string,
        "transport": case.transport,
        "milliseconds": case.milliseconds,
        "people": people,
        "longer": case.longer,
        "concurrency": case.concurrency,
    }


def _tell(collector: Collector, name: str, found: dict[str, list[dict[str, Any]]], *, people: int) -> None:
    batches = -(-people // IN_A_BATCH)
    runs, twin = found["journal"], found["twin"]
    kinds = runs[-1]["kinds"]
    collector.samples(f"{name}.bytes", [one["bytes"] / people for one in runs], "bytes written a recipient")
    row_writes = kinds.get("table: write batch", 0) / batches
    collector.add(f"{name}.row_writes", row_writes, "writes of the batch's row alone, a batch")
    collector.add(
        f"{name}.folds.put_down", runs[-1]["folds"].get("put_down", 0) / batches, "a batch, since it was done"
    )
    collector.add(f"{name}.folds.too_long", runs[-1]["folds"].get("too_long", 0) / batches, "a batch, for lack of room")
    collector.add(f"{name}.largest_row", max(one["largest_row"] for one in runs), "bytes of a batch's row")
    largest = max(one["largest_transaction"] for one in runs)
    collector.add(f"{name}.largest_transaction", largest, "bytes that bring rows up to date")
    _shared(collector, name, runs, twin, people=people)
    without = found["rows"]
    collector.samples(
        f"{name}.without_journal.bytes", [one["bytes"] / people for one in without], "bytes written a recipient"
    )
    _shared(collector, f"{name}.without_journal", without, twin, people=people)
    alone = [one["cpu"] / people * 1000 for one in twin]
    collector.samples(f"{name}.loop_alone.cpu", alone, "CPU ms a recipient, ledger's twin in memory")


def _shared(
    collector: Collector, name: str, runs: Sequence[dict[str, Any]], twin: Sequence[dict[str, Any]], *, people: int
) -> None:
    calls = statistics.median(sum(one["kinds"].values()) for one in runs)
    collector.add(f"{name}.calls", calls / people, "table requests a recipient")
    own = [(one["cpu"] - other["cpu"]) / people * 1000 for one, other in zip(runs, twin, strict=True)]
    collector.samples(f"{name}.ledger_cpu", own, "CPU ms a recipient, the ledger's part")
    collector.samples(f"{name}.wall", [one["seconds"] / people * 1000 for one in runs], "ms a recipient")
