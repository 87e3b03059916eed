"""Section 3: what one recipient takes: storage transactions by kind, requests, bytes, and the bill for 100,000."""

import json
from collections import Counter
from pathlib import Path

from bench import bill
from bench.figures import Collector
from bench.pipeline import a_bench
from bench.processes import BUILD

Calls = list[dict[str, str | int]]
CONCURRENCY = {"graph": 4, "smtp": 3}  # as much at once as Exchange allows a mailbox by it


async def measure(collector: Collector, *, quick: bool) -> None:
    """A dispatch by each transport, counted inside the application's process; the host's own polling stands apart."""
    count = 480 if quick else 1920
    for transport, concurrency in CONCURRENCY.items():
        calls = await _counted(transport, concurrency, count)
        batches = len([one for one in calls if one["kind"] == "queue dispatch-batches: put"])
        kinds = Counter(str(one["kind"]) for one in calls if counts(one))
        collector.add(f"{transport}.recipients", count, "recipients")
        collector.add(f"{transport}.batches", batches, "batches")
        _storage(collector, transport, calls, kinds, count=count, batches=batches)
        if transport == "graph":
            _requests(collector, calls, count=count, batches=batches)
            _bill(collector, kinds, count, batches)


async def _counted(transport: str, concurrency: int, count: int) -> Calls:
    path = BUILD / f"calls-{transport}.jsonl"
    path.unlink(missing_ok=True)
    mailer = {"MAIL_MAILER": "smtp"} if transport == "smtp" else {}
    async with a_bench(f"work-{transport}", {"MAIL_CONCURRENCY": str(concurrency), **mailer}, started=False) as bench:
        await bench.start_host(module="bench.counting_host", BENCH_CALLS=str(path))
        await bench.dispatch(count)
        return read(path)


def _storage(collector: Collector, name: str, calls: Calls, kinds: Counter[str], *, count: int, batches: int) -> None:
    collector.add(f"{name}.storage", sum(kinds.values()) / count, "transactions a recipient")
    for kind, number in kinds.most_common():
        each = f"a recipient ({number} in all, {number / batches:.2f} a batch)"
        collector.add(f"{name}.storage.{kind}", number / count, each)
    polls = sum(one["service"] == "storage" and not counts(one) for one in calls)
    collector.add(f"{name}.host_polling", polls, "transactions of the host itself (time, not recipients)")
    written = sum(int(one["bytes"]) for one in calls if one["service"] == "storage")
    collector.add(f"{name}.bytes_written", written / count, "bytes to storage a recipient")


def _requests(collector: Collector, calls: Calls, *, count: int, batches: int) -> None:
    graph = [one for one in calls if one["service"] == "graph"]
    collector.add("graph_requests", len(graph) / count, "requests a recipient", "= 1")
    collector.add("graph_bytes", sum(int(one["bytes"]) for one in graph) / count, "bytes a recipient")
    pureservice = [one for one in calls if one["service"] == "pureservice"]
    collector.add("pureservice_requests", len(pureservice) / batches, "requests a batch")


def read(path: Path) -> Calls:
    """What the counting host wrote down."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def counts(call: dict[str, str | int]) -> bool:
    """Whether it is a transaction of the dispatch: a function's own, or the host's for a message that was there."""
    if call["service"] != "storage":
        return False
    return call["who"] != "host" or str(call["kind"]).endswith(": delete")


def _bill(collector: Collector, kinds: Counter[str], count: int, batches: int) -> None:
    def share(mark: str) -> float:
        return sum(number for kind, number in kinds.items() if kind.startswith(mark)) / count

    work = bill.Work(
        table=share("table"),
        queue=share("queue") + batches / count,  # and the poll that found the message
        blob_writes=share("blob: write"),
        blob_reads=share("blob: read"),
        executions=(batches + 1) / count,
    )
    collector.add("bill.prices", bill.PRICES_FROM, "")
    for recipients in (10_000, 100_000):
        collector.add(f"bill.{recipients}.storage", bill.storage(work, recipients), "US$ for the storage transactions")
        gb_seconds, dollars = bill.compute(work, recipients, concurrency=4, timer=True)
        collector.add(f"bill.{recipients}.gb_seconds", gb_seconds, "GB-seconds a month, timer and batches")
        collector.add(f"bill.{recipients}.compute", dollars, "US$ after the free grant")
