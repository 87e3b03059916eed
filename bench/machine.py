"""What was measured on: without it no figure can be compared."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from bench import node
from bench.figures import Collector
from bench.processes import MEGABYTE

LIBRARIES = ("httpx", "msgraph-sdk", "azure-data-tables", "azure-storage-queue", "aiosmtplib", "aiosmtpd")
RIVALS = ("django", "django-post-office", "django-mailer")


def describe(collector: Collector, *, quick: bool) -> None:
    """Processor, memory, system and versions."""
    collector.add("measured", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC") + (", quick" if quick else ""), "")
    collector.add("processor", _processor(), "")
    collector.add("cores", os.cpu_count() or 0, "")
    collector.add("memory", psutil.virtual_memory().total / MEGABYTE / 1024, "GB")
    collector.add("load", os.getloadavg()[0], "runnable processes before the first round")
    collector.add("system", f"{platform.system()} {platform.release()}", "")
    collector.add("python", platform.python_version(), "")
    for name in (*LIBRARIES, *RIVALS):
        collector.add(name, version(name), "")
    for name, found in node.versions().items():
        collector.add(name, found, "")


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        line = next((row for row in told.read_text().splitlines() if row.startswith("model name")), "")
        if line:
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
