"""Section 5: a process that has done nothing yet: imports, the first letter, memory, and what is deployed."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from bench.figures import Collector
from bench.pipeline import a_bench
from bench.processes import BUILD, MEGABYTE, ROOT, environment, usage
from scripts.package import pack

IMPORT = """
import time, sys
began = time.perf_counter()
import {module}
print((time.perf_counter() - began) * 1000, len([name for name in sys.modules if name.startswith("msgraph")]))
"""
LARGEST = 6


async def measure(collector: Collector, *, quick: bool) -> None:
    """Medians of three starts; the package and what comes with it are weighed once."""
    rounds = 2 if quick else 3
    for name, module in (("function_app", "function_app"), ("graph_sdk", "dispatch.adapters.graph_mail.sdk")):
        collector.samples(f"import.{name}", [_import(module)[0] for _ in range(rounds)], "ms")
        uncompiled = [_import(module, compiled=False)[0] for _ in range(1 if quick else 3)]
        collector.samples(f"import.{name}.without_bytecode", uncompiled, "ms, as if the build had compiled nothing")
    collector.add(
        "import.graph_sdk.modules", _import("dispatch.adapters.graph_mail.sdk")[1], "modules of msgraph loaded"
    )
    await _first_letter(collector, rounds)
    for warming in ("on", "off"):
        await _first_invocation(collector, rounds, warming)
    _package(collector)


def _import(module: str, *, compiled: bool = True) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as empty:
        flags = [] if compiled else ["-X", f"pycache_prefix={empty}", "-B"]
        code = IMPORT.format(module=module)
        done = subprocess.run(
            [sys.executable, *flags, "-c", code],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    milliseconds, modules = done.stdout.split()
    return float(milliseconds), float(modules)


async def _first_letter(collector: Collector, rounds: int) -> None:
    """From the start of the process to the first letter at the server, with a ticket that stands ready."""
    listening, letters, resting = [], [], []
    for _ in range(rounds):
        async with a_bench("cold", started=False) as bench:
            case = bench.case(1)
            began = time.monotonic()
            await bench.start_host()
            listening.append(time.monotonic() - began)
            await bench.tick()
            await bench.world.until(lambda bench=bench: bool(bench.arrivals()), seconds=60)  # type: ignore[misc]
            letters.append(time.monotonic() - began)
            await bench.world.until(lambda bench=bench, case=case: bench.solved(case), seconds=60)  # type: ignore[misc]
            await asyncio.sleep(0.5)
            resting.append(usage(bench.pid).peak_mb)
    collector.samples("host_listens", listening, "s from start to open triggers (local host)")
    collector.samples("first_letter", letters, "s from start to the first letter received")
    collector.samples("peak_after_one", resting, "MB after one letter, its report and PDF")


async def _first_invocation(collector: Collector, rounds: int, warming: str) -> None:
    """The timer's first run, at once after the start and a second later: how long anything held the worker's loop."""
    told = "" if warming == "on" else ", nothing imported ahead"
    for later in (0, 1):
        held, took = [], []
        for _ in range(rounds):
            seen = await _watched(later, warming)
            held.append(seen["held_ms"])
            took.append(seen["took_ms"])
        when = "at_once" if not later else "a_second_later"
        name = f"first_invocation.{when}" + ("" if warming == "on" else ".unwarmed")
        collector.samples(f"{name}.held", held, f"ms, the longest that the loop was held{told}")
        collector.samples(f"{name}.took", took, f"ms{told}")


async def _watched(later: float, warming: str) -> dict[str, float]:
    file = BUILD / "held.json"
    file.unlink(missing_ok=True)
    async with a_bench("held", started=False) as bench:
        watched = {"LOCAL_HOST_WORKER": "bench.watched_worker", "BENCH_HELD": str(file), "BENCH_WARMING": warming}
        await bench.start_host(**watched)
        await asyncio.sleep(later)
        await bench.tick()
        await bench.world.until(lambda: file.exists() and file.stat().st_size > 0, seconds=60)
        seen: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
        return seen


def _package(collector: Collector) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "app.zip"
        names = pack(ROOT, path)
        collector.add("package", path.stat().st_size / 1024, f"kB zipped, {len(names)} files")
    sizes = {name: size for name in _locked() if (size := _installed(name))}
    collector.add(
        "installed", sum(sizes.values()) / MEGABYTE, f"MB unpacked in {len(sizes)} packages, without bytecode"
    )
    for name in sorted(sizes, key=lambda name: -sizes[name])[:LARGEST]:
        collector.add(f"installed.{name}", sizes[name] / MEGABYTE, "MB")


def _locked() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line.split("==")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))]


def _installed(name: str) -> int:
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return 0  # for another system or version of Python
    places = (Path(str(file.locate())) for file in files if not str(file).endswith(".pyc"))
    return sum(place.stat().st_size for place in places if place.is_file())
