"""One dispatch over ports in memory: CPU, wall and peak of each stage, and what the ledger's twin holds of it."""

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil

from bench.in_memory import a_flow
from bench.processes import MEGABYTE, peak_mb, specification
from dispatch.core import Batch, Recipient
from local.in_memory import MemoryLedger, MemoryReader

ALIGNED = 16  # bytes; what Python takes for an object is a multiple


class CountingLedger(MemoryLedger):
    """Counts the rows that are written, a batch's row and those of recipients alike."""

    rows_written = 0

    def _keep_batch(self, batch: Batch, recipients: Sequence[Recipient]) -> Batch:
        self.rows_written += 1 + len(recipients)
        return super()._keep_batch(batch, recipients)


async def main() -> None:
    """``{"people"}``. Prints the stages' figures, and calls and rows of the stage that sends."""
    people = specification()["people"]
    ledger, calls = CountingLedger(), Counter[str]()
    flow = a_flow(ledger=ledger, reader=MemoryReader(ledger), people=people, calls=calls)
    report: dict[str, Any] = {"at_start_mb": _now_mb()}
    report["planning"] = await _stage(flow.plan())
    calls.clear()
    ledger.rows_written = 0
    report["sending"] = await _stage(flow.send())
    report["calls"], report["rows"] = dict(calls), ledger.rows_written
    report["resolving"] = await _stage(flow.resolve())
    report["held_mb"] = _held(ledger)
    print(json.dumps(report))


async def _stage(work: Coroutine[Any, Any, None]) -> dict[str, float]:
    _forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    used = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return {**used, "peak_mb": peak_mb(psutil.Process().pid) or _now_mb()}


def _forget_peak() -> None:
    """The high-water mark begins anew, where the system lets it."""
    mark = Path("/proc/self/clear_refs")
    if mark.exists():
        mark.write_text("5", encoding="ascii")


def _now_mb() -> float:
    return float(psutil.Process().memory_info().rss / MEGABYTE)


def _held(ledger: MemoryLedger) -> float:
    """What the twin's rows take: in production they lie in the table."""
    return _size([ledger.written, ledger.batch_rows]) / MEGABYTE


def _size(things: Sequence[object]) -> int:
    """Bytes of all that hangs on them, each once; classes and constants belong to nobody."""
    seen: dict[int, object] = {}
    left = list(things)
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, type | Enum | ModuleType):
            continue
        seen[id(one)] = one
        left += gc.get_referents(one)
    return sum(-(-sys.getsizeof(one) // ALIGNED) * ALIGNED for one in seen.values())


if __name__ == "__main__":
    asyncio.run(main())
