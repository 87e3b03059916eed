"""Growth of the loop itself: letters through it by the hundred thousand, with ports in memory.

What the emulator can't show, since it looks through all rows for each that it writes: whether CPU, calls and memory of
a letter stay what they are. What the twins hold lies in the table in production; it is told apart.
"""

from typing import Any

from bench import processes
from bench.figures import Collector, growth

SIZES = (1_000, 10_000, 100_000)
LONGEST = 3_600.0  # seconds


async def measure(collector: Collector, *, quick: bool, recipients: int = 0) -> None:
    """Each size in a process of its own; ``recipients`` is one size more."""
    sizes = [size // 10 for size in SIZES] if quick else sorted({*SIZES, recipients} - {0})
    cpu = []
    for size in sizes:
        report = await processes.run("bench.contestants.twin_run", {"people": size}, seconds=LONGEST)
        _tell(collector, size, report)
        cpu.append(report["sending"]["cpu"])
    collector.add("cpu_exponent", growth(sizes, cpu), "1.0 is a straight line, CPU of the sending")


def _tell(collector: Collector, size: int, report: dict[str, Any]) -> None:
    stages = {"planning": "planned and released", "sending": "sent and recorded", "resolving": "reported and solved"}
    for stage, words in stages.items():
        collector.add(f"{size}.{stage}_cpu", report[stage]["cpu"] / size * 1000, f"CPU ms a recipient, {words}")
    collector.add(f"{size}.calls", sum(report["calls"].values()) / size, "calls to storage a recipient, while sending")
    collector.add(f"{size}.rows", report["rows"] / size, "rows written a recipient, while sending")
    held = report["held_mb"]
    collector.add(f"{size}.held", held, "MB, the ledger's rows in the twin")
    for stage in stages:
        peak = report[stage]["peak_mb"]
        collector.add(f"{size}.{stage}_peak", peak, "MB, the process with the twin in it")
        collector.add(f"{size}.{stage}_peak_alone", peak - held, "MB, without the ledger's rows")
