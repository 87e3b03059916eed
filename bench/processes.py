"""Processes that are measured: CPU seconds and peak memory of each, and contestants that report on themselves."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since the process began, and the most memory that it has held, in MB."""

    cpu: float
    peak_mb: float

    def since(self, before: "Usage") -> "Usage":
        """The CPU of the time between; the peak is the later one."""
        return Usage(self.cpu - before.cpu, self.peak_mb)


def usage(pid: int) -> Usage:
    """What the process and those that it started have used so far: the functions run in the host's worker process."""
    process, cpu, peak = psutil.Process(pid), 0.0, 0.0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended, and counts as its parent's
            times = each.cpu_times()
            cpu += times.user + times.system + times.children_user + times.children_system
            peak = max(peak, peak_mb(each.pid) or each.memory_info().rss / MEGABYTE)
    return Usage(cpu, peak)


def peak_mb(pid: int) -> float:
    """The high-water mark where the system keeps one; 0 elsewhere."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next((row for row in status.read_text().splitlines() if row.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) / 1024


def environment(**extra: str) -> dict[str, str]:
    """What a measured process inherits: nothing of the shell but what it needs to start."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, **extra}


def spawn(module: str, spec: dict[str, Any], *, log: Path | None = None, **extra: str) -> subprocess.Popen[str]:
    """Starts ``python -m module`` with the name of the specification's file as its only argument."""
    BUILD.mkdir(parents=True, exist_ok=True)
    path = BUILD / f"{module}.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    errors = (log or BUILD / "contestants.log").open("ab")
    with errors:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(path)],
            cwd=ROOT,
            env=environment(**extra),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


async def run(module: str, spec: dict[str, Any], *, seconds: float = 900) -> dict[str, Any]:
    """Runs a contestant to its end; the last line that it prints is its report.

    Raises:
        RuntimeError: it failed, or took too long.
    """
    process = spawn(module, spec)
    try:
        out, _ = await asyncio.to_thread(process.communicate, None, seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise RuntimeError(f"{module} took longer than {seconds} s") from None
    if process.returncode:
        raise RuntimeError(f"{module} ended with {process.returncode}; see {BUILD / 'contestants.log'}")
    report: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return report


def kill(process: subprocess.Popen[str]) -> None:
    """Ends it at whatever instruction it is."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


class Stopwatch:
    """Used by a contestant: wall and CPU seconds of its work, without its start."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self._cpu = time.process_time()

    def report(self, **more: float) -> None:
        """Prints the last line that ``run`` reads."""
        seconds, cpu = time.monotonic() - self.began, time.process_time() - self._cpu
        print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": usage(os.getpid()).peak_mb, **more}))


def specification() -> dict[str, Any]:
    """What the contestant was started with."""
    given: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return given
