"""What the Graph SDK costs a call, against plain httpx for the same request, and what a write to the table costs."""

import asyncio
import json
from typing import Any

from bench import processes
from bench.contestants import table_calls
from bench.figures import Collector, ratios
from local.azurite import Azurite

WAYS = (
    "plain_httpx",
    "plain_httpx_template",
    "sdk_default_middleware",
    "sdk_our_client",
    "sdk_adapter_template",
    "sdk_native_template",
)


async def measure(collector: Collector, *, quick: bool) -> None:
    """Rounds alternate between the ways; CPU is that of the client alone."""
    rounds, calls = (2, 300) if quick else (3, 1000)
    sink = processes.spawn("bench.contestants.http_sink", {})
    try:
        assert sink.stdout is not None
        port = json.loads(await asyncio.to_thread(sink.stdout.readline))["port"]
        for label, attachment, count in (("10kB", 0, calls), ("200kB", 200 * 1024, calls // 4)):
            reports: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way in WAYS:
                    spec = {"port": port, "way": way, "calls": count, "attachment": attachment}
                    reports[way].append(await processes.run("bench.contestants.graph_calls", spec))
            plain = [one["cpu"] for one in reports["plain_httpx"]]
            for way in WAYS:
                cpu = [one["cpu"] for one in reports[way]]
                collector.samples(f"graph.{label}.{way}", [one / count * 1e6 for one in cpu], "CPU microseconds a call")
                collector.samples(f"graph.{label}.{way}.ratio", ratios(cpu, plain), "of plain httpx")
    finally:
        processes.kill(sink)
    async with Azurite() as azurite:
        for name, wall, cpu in await table_calls.measured(azurite.connection_string, calls=100 if quick else 300):
            collector.add(f"table.{name}.wall", wall * 1e3, "ms a call")
            collector.add(f"table.{name}.cpu", cpu * 1e3, "CPU ms a call, client")
