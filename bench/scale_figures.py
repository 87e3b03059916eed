"""The section ``scale``: planning and reporting by the size of the list, as ``python -m bench.scale`` measures them."""

import asyncio
import subprocess
import sys

from bench.figures import Collector
from bench.processes import BUILD, ROOT, environment

LOG = BUILD / "scale.log"
SIZES = (10_000, 100_000)
LARGEST = SIZES[-1]
TARGETS = {"wall": "<= 60", "peak": "<= 150"}  # of the largest plan
COLUMNS = {
    "cpu": "CPU s",
    "wall": "s",
    "peak": "MB, twins of storage included",
    "before": "MB before it began",
    "held": "ms, the longest that the loop was held",
    "held_cpu": "ms of CPU, the longest without a pause",
}


async def measure(collector: Collector, *, quick: bool) -> None:
    """Plans, then reports."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for what in ("plan", "report"):
        for size in SIZES:
            looked = size // 10 if quick else size
            for name, value in (await _run(what, looked)).items():
                asked = TARGETS.get(name, "") if what == "plan" and looked == LARGEST else ""
                collector.add(f"{what}.{looked}.{name}", value, COLUMNS[name], asked)


async def _run(what: str, size: int) -> dict[str, float]:
    """The one line of figures that it prints for a size."""
    command = [sys.executable, "-m", "bench.scale", what, str(size)]
    with LOG.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=said
        )
        out, _ = await process.communicate()
    lines = [line.split() for line in out.decode().splitlines()]
    found = next((line for line in lines if line and line[0] == str(size)), None)
    if process.returncode or found is None:
        raise RuntimeError(
            f"python -m bench.scale {what} {size} ended with {process.returncode} and no figures; see {LOG}"
        )
    return dict(zip(COLUMNS, map(float, found[1:]), strict=False))
