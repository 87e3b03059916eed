"""Section 1: our pipeline beside a bare loop that posts the same letters to the same server and keeps no record."""

from collections.abc import Sequence
from typing import Any

from bench import processes
from bench.figures import Collector, ratios
from bench.letters import recipients
from bench.pipeline import Bench, Run, a_bench
from local.simulators.smtp import SmtpFault

LETTERS = 2_000
# By the latency: where all wait for the server, rounds hardly differ, and one of 200 ms lasts over three minutes.
ROUNDS = {0: 5, 50: 2, 200: 1}
SMTP_LETTERS = {0: 2_000, 50: 240}  # the bare loop waits for each letter by itself
WARM_UP = 48
CONCURRENCY = 4  # as much at once as Exchange allows one mailbox


async def measure(collector: Collector, *, quick: bool) -> None:
    """Graph at three latencies, and SMTP; rounds alternate between ours and the bare loop."""
    async with a_bench("limit-graph", {"MAIL_CONCURRENCY": str(CONCURRENCY)}) as bench:
        await bench.dispatch(WARM_UP)
        for latency, rounds in ROUNDS.items():
            bench.world.graph.switches.latency_ms = latency
            await _rounds(
                collector,
                f"graph_{latency}ms",
                bench,
                module="bench.contestants.graph_loop",
                spec={"url": bench.world.graph.url, "concurrency": CONCURRENCY},
                count=LETTERS // 10 if quick else LETTERS,
                rounds=1 if quick else rounds,
            )
    async with a_bench("limit-smtp", {"MAIL_MAILER": "smtp", "MAIL_CONCURRENCY": str(CONCURRENCY)}) as bench:
        await bench.dispatch(WARM_UP)
        for latency, letters in SMTP_LETTERS.items():
            bench.world.smtp.faults.clear()
            if latency:
                bench.world.smtp.faults.add(SmtpFault("slow", delay_seconds=latency / 1000, times=None))
            await _rounds(
                collector,
                f"smtp_{latency}ms",
                bench,
                module="bench.contestants.smtp_loop",
                spec=account(bench),
                count=letters // (4 if quick else 1),
                rounds=1 if quick else ROUNDS[latency],
            )


def account(bench: Bench) -> dict[str, Any]:
    """How a contestant reaches the SMTP server."""
    smtp = bench.world.smtp
    return {"host": smtp.host, "port": smtp.port, "username": "utsending", "password": "passord"}


async def _rounds(
    collector: Collector,
    name: str,
    bench: Bench,
    *,
    module: str,
    spec: dict[str, Any],
    count: int,
    rounds: int,
) -> None:
    ours: list[Run] = []
    bare: list[dict[str, float]] = []
    for number in range(rounds):
        turns = (True, False) if number % 2 == 0 else (False, True)
        for mine in turns:
            if mine:
                ours.append(await bench.dispatch(count))
            else:
                people = recipients(count, run=f"bare{number}")
                bare.append(await processes.run(module, {**spec, "recipients": people}))
            bench.forget()
    _tell(collector, name, ours, bare)


def _tell(collector: Collector, name: str, ours: Sequence[Run], bare: Sequence[dict[str, float]]) -> None:
    letters = ours[0].letters
    theirs = [letters / one["seconds"] for one in bare]
    collector.add(f"{name}.letters", letters, "letters a round")
    collector.samples(f"{name}.bare_loop", theirs, "letters/s")
    collector.samples(f"{name}.ours_sending", [run.sending_rate for run in ours], "letters/s")
    collector.samples(f"{name}.ours_whole", [run.whole_rate for run in ours], "letters/s")
    collector.samples(f"{name}.ratio_sending", ratios([run.sending_rate for run in ours], theirs), "of the bare loop")
    collector.samples(f"{name}.ratio_whole", ratios([run.whole_rate for run in ours], theirs), "of the bare loop")
    collector.samples(f"{name}.plan", [run.first for run in ours], "s until the first letter")
    collector.samples(f"{name}.resolve", [run.solved - run.last for run in ours], "s from the last letter")
    thousand = 1000 / letters
    collector.samples(f"{name}.bare_loop_cpu", [one["cpu"] * thousand for one in bare], "CPU-s per 1,000")
    collector.samples(f"{name}.ours_cpu", [run.host.cpu * thousand for run in ours], "CPU-s per 1,000")
    collector.samples(f"{name}.azurite_cpu", [run.storage.cpu * thousand for run in ours], "CPU-s per 1,000")
    collector.add(f"{name}.bare_loop_peak", max(one["peak_mb"] for one in bare), "MB")
    collector.add(f"{name}.ours_peak", max(run.host.peak_mb for run in ours), "MB")
