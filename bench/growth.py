"""Section 4: growth. A hundred times as many recipients, and ten thousand finished dispatches in the table."""

import asyncio
import contextlib
import json
import re
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from bench.figures import Collector, growth
from bench.pipeline import Bench, Run, a_bench
from bench.processes import ROOT, environment, usage
from dispatch.adapters.azure_storage.table_rows import to_entity
from dispatch.core import CommunicationId, Dispatch, DispatchState, TicketId, dispatch_key

WRITTEN = (1_000, 5_000)  # on the emulator, which takes the longer for each row the more there are
SIZES = (1_000, 10_000, 100_000)
FINISHED = (0, 100, 10_000)
TICKS = 7
LONGEST_PLAN = 300.0
SETTINGS = {"MAIL_CONCURRENCY": "4"}
_TICK = re.compile(r"Executed 'Functions.find_dispatches' \(Succeeded, Id=[^,]+, Duration=(\d+)ms\)")


async def measure(collector: Collector, *, quick: bool) -> None:
    """Each size in a process of its own; then the timer over a table that fills up.

    The emulator looks through a partition's rows for every row that it writes and every range that is asked for: at
    100,000 rows it needs a quarter of an hour for what the service's index does at once. The largest list is therefore
    planned without being written: ``preview`` is the planner itself over a ledger that only counts. The loop's own
    growth is the section ``twin``.
    """
    written = tuple(size // 10 for size in WRITTEN) if quick else WRITTEN
    for size in written:
        await _plan(collector, size)
    for size in SIZES:
        looked = size // 10 if quick else size
        await _look_through(collector, looked, last=looked == SIZES[-1])
    runs: list[Run] = []
    for size in written:
        async with a_bench(f"growth-{size}", SETTINGS) as bench:
            run = await bench.dispatch(size, seconds=3600)
        runs.append(run)
        collector.add(f"{size}.sending", 1000 / run.sending_rate, "ms a recipient, with the emulator")
        collector.add(f"{size}.resolving", (run.solved - run.last) / size * 1000, "ms a recipient")
        collector.add(f"{size}.host_cpu", run.host.cpu / size * 1000, "CPU ms a recipient, our process")
        collector.add(f"{size}.azurite_cpu", run.storage.cpu / size * 1000, "CPU ms a recipient, the emulator")
        collector.add(f"{size}.peak", run.host.peak_mb, "MB, our process from start to solved ticket")
    collector.add("cpu_exponent", growth(written, [run.host.cpu for run in runs]), "1.0 is a straight line, our CPU")
    async with a_bench("growth-ticks") as bench:
        await bench.dispatch(10)
        there = 0
        for count in FINISHED:
            wanted = count // 10 if quick else count
            await _fill(bench, there, wanted)
            there = wanted
            collector.samples(f"tick.{wanted}", await _ticks(bench), "ms a tick, with so many finished dispatches")


async def _look_through(collector: Collector, size: int, *, last: bool) -> None:
    """The planner over so many members, without its writes: time, CPU and memory of the process that does it."""
    async with a_bench(f"growth-preview-{size}", SETTINGS, started=False) as bench:
        case = bench.case(size)
        command = [sys.executable, "-m", "dispatch", "preview", str(case.ticket["requestNumber"]), "--json"]
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment(**bench.world.environ()), stdout=asyncio.subprocess.PIPE
        )
        reading = asyncio.create_task(process.communicate())
        used = usage(process.pid)
        while not reading.done():
            with contextlib.suppress(psutil.Error, OSError):
                used = usage(process.pid)
            await asyncio.sleep(0.02)
        told = json.loads((await reading)[0])
        seconds = time.monotonic() - began
    if told["recipients"] != size:
        raise RuntimeError(f"the preview counts {told['recipients']} of {size}")
    collector.add(f"{size}.looking", seconds / size * 1000, "ms a recipient, planned without being written")
    collector.add(f"{size}.looking_cpu", used.cpu / size * 1000, "CPU ms a recipient, start of the process included")
    collector.add(f"{size}.looking_peak", used.peak_mb, "MB, the planner's process", "<= 250" if last else "")


async def _plan(collector: Collector, size: int) -> None:
    """Plans and releases one dispatch that nobody sends."""
    async with a_bench(f"growth-plan-{size}", SETTINGS, started=False) as bench:
        await bench.start_host(AzureWebJobs__send_batch__Disabled="1")
        bench.case(size)
        before, began = usage(bench.pid), time.monotonic()
        await bench.tick()
        while '"action":"tick_done"' not in bench.log_text():
            if bench.world.host_died or time.monotonic() - began > LONGEST_PLAN:
                raise RuntimeError("the dispatch was not planned")
            await asyncio.sleep(0.05)
        seconds, used = time.monotonic() - began, usage(bench.pid)
    collector.add(f"{size}.planning", seconds / size * 1000, "ms a recipient, planned and released")
    collector.add(f"{size}.planning_cpu", used.since(before).cpu / size * 1000, "CPU ms a recipient, our process")
    collector.add(f"{size}.planning_peak", used.peak_mb, "MB, our process")


async def _ticks(bench: Bench) -> list[float]:
    before = len(_TICK.findall(bench.log_text()))
    for number in range(TICKS):
        await bench.tick()
        while len(_TICK.findall(bench.log_text())) <= before + number:
            await asyncio.sleep(0.02)
    found = [float(took) for took in _TICK.findall(bench.log_text())[before:]]
    return [statistics.median(found), *found]


async def _fill(bench: Bench, first: int, end: int) -> None:
    """Finished dispatches: a row of their own, and a line in the index."""
    table = TableClient.from_connection_string(bench.world.azurite.connection_string, "dispatches")
    now = datetime.now(UTC)
    async with table:
        lines = []
        for number in range(first, end):
            key = dispatch_key(TicketId(1_000_000 + number), CommunicationId(number))
            finished = now - timedelta(minutes=number)
            head = Dispatch(
                key,
                TicketId(1_000_000 + number),
                number,
                CommunicationId(number),
                DispatchState.RESOLVED,
                created=finished,
                changed=finished,
                resolved_at=finished,
            )
            await table.upsert_entity(to_entity(head, partition=key, row="dispatch"), mode=UpdateMode.REPLACE)
            lines.append({"PartitionKey": "index", "RowKey": f"done|{finished:%Y%m%dT%H%M%S}|{key}", "key": key})
        for start in range(0, len(lines), 100):
            await table.submit_transaction([("upsert", line) for line in lines[start : start + 100]])
