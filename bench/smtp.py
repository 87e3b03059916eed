"""What a letter by SMTP costs the client alone, beside loops without memory, at two distances of the server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bench import processes
from bench.figures import Collector, ratios
from bench.letters import recipients

_OURS = "bench.contestants.smtp_ours"
PLAIN = "plain_smtplib_loop"
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    PLAIN: ("bench.contestants.plain_loop", {}),
    "aiosmtplib_loop": ("bench.contestants.smtp_loop", {}),
    "ours_in_step": (_OURS, {"connections": 1, "own_numbers": False}),
    "ours_at_once": (_OURS, {"connections": 1, "own_numbers": False}),
    "ours_own_numbers": (_OURS, {"connections": 1, "own_numbers": True}),
    "ours_three_connections": (_OURS, {"connections": 3, "own_numbers": False}),
}
IN_STEP = ("ours_in_step",)  # where the server takes one command at a time
DISTANCES = {0: 500, 10: 100}  # milliseconds there and back, and letters


async def measure(collector: Collector, *, quick: bool) -> None:
    """Rounds alternate between the ways; the aiosmtplib loop has its body written once as well."""
    rounds = 1 if quick else 3
    for distance, letters in DISTANCES.items():
        async with _sink(["PIPELINING"], distance) as at_once, _sink([], distance) as in_step:
            reports: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
            for number in range(rounds):
                for way, (module, options) in WAYS.items():
                    people = recipients(letters, run=f"{way}{number}")
                    account = {"host": "127.0.0.1", "username": "utsending", "password": "passord"}
                    port = in_step if way in IN_STEP else at_once
                    spec = {**account, **options, "port": port, "recipients": people}
                    reports[way].append(await processes.run(module, spec))
        _tell(collector, f"{distance}ms", letters, reports)


def _tell(collector: Collector, name: str, letters: int, reports: dict[str, list[dict[str, float]]]) -> None:
    plain = reports[PLAIN]
    for way, found in reports.items():
        collector.samples(f"{name}.{way}", [one["cpu"] / letters * 1e6 for one in found], "CPU microseconds a letter")
        faster = ratios([one["seconds"] for one in plain], [one["seconds"] for one in found])
        collector.samples(f"{name}.{way}.speed", faster, "times the plain loop's letters a second")


@asynccontextmanager
async def _sink(offers: list[str], milliseconds: int) -> AsyncIterator[int]:
    sink = processes.spawn("bench.contestants.smtp_sink", {"offers": offers, "milliseconds": milliseconds})
    try:
        assert sink.stdout is not None
        yield json.loads(await asyncio.to_thread(sink.stdout.readline))["port"]
    finally:
        processes.kill(sink)
