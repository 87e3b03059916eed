"""Section 2: the same letters by SMTP to the same server, by us and by what one would pick instead.

Everybody gets 2,000 letters of about 10 kB, in rounds that are interleaved, since a machine drifts. What counts is the
whole job: from handing over the recipients until everything is sent and, with us, the ticket is solved.
"""

import asyncio
import statistics
from collections import Counter
from dataclasses import dataclass
from typing import Any

from bench import node, processes
from bench.figures import Collector, ratios
from bench.letters import recipients
from bench.limit import CONCURRENCY, account
from bench.pipeline import Bench, Case, a_bench
from bench.processes import BUILD
from dispatch.core import CommunicationId, RecipientState, TicketId, dispatch_key
from local.simulators.smtp import SmtpFault

RIVALS = {
    "plain_smtplib_loop": "bench.contestants.plain_loop",
    "django_post_office": "bench.contestants.post_office_queue",
    "django_mailer": "bench.contestants.django_mailer",
    "nodemailer_pool": "bench.contestants.nodemailer_pool",
}
OURS, BY_GRAPH = "ours", "ours_by_graph"
LETTERS, SLOW_LETTERS, KILLED_LETTERS = 2_000, 480, 1_000
SLOW_MS = 20  # what a server in the same country takes to accept a letter
SETTINGS = {"MAIL_MAILER": "smtp", "MAIL_CONCURRENCY": str(CONCURRENCY)}
# How soon a dead worker is missed is a choice; what happens then is not.
SOON = {"DISPATCH_LEASE_SECONDS": "5", "DISPATCH_SWEEP_SECONDS": "5", "DISPATCH_RECONCILE_LOOKS": "1,2,4"}
KILLED_MS = 5  # so that there is something to be killed in the middle of


@dataclass(frozen=True, slots=True)
class Round:
    """One contestant's round."""

    rate: float
    cpu: float  # seconds per 1,000 letters
    peak_mb: float


async def measure(collector: Collector, *, quick: bool) -> None:
    """Rounds at two speeds of the server, then one SIGKILL for each."""
    rounds = 1 if quick else 3
    node.install()
    async with a_bench("contest", SETTINGS) as bench:
        await bench.dispatch(48)
        for name, milliseconds, count in (("fast", 0, LETTERS), ("slow", SLOW_MS, SLOW_LETTERS)):
            _slow_down(bench, milliseconds)
            await _contest(collector, name, bench, count=count // (4 if quick else 1), rounds=rounds)
    await _crashes(collector, count=400 if quick else KILLED_LETTERS)


def _slow_down(bench: Bench, milliseconds: int) -> None:
    bench.world.graph.switches.latency_ms = milliseconds
    bench.world.smtp.faults.clear()
    if milliseconds:
        bench.world.smtp.faults.add(SmtpFault("slow", delay_seconds=milliseconds / 1000, times=None))


async def _contest(collector: Collector, name: str, bench: Bench, *, count: int, rounds: int) -> None:
    results: dict[str, list[Round]] = {who: [] for who in (OURS, *RIVALS)}
    order = list(results)
    for number in range(rounds):
        for who in order[number % len(order) :] + order[: number % len(order)]:
            results[who].append(await _round(who, bench, count, f"{name}{number}"))
            bench.forget()
    plain = [one.rate for one in results["plain_smtplib_loop"]]
    collector.add(f"{name}.letters", count, "letters a round")
    ours = [one.rate for one in results[OURS]]
    for rival in ("django_post_office", "nodemailer_pool"):
        short = rival.removeprefix("django_")
        theirs = [one.rate for one in results[rival]]
        collector.samples(f"{name}.{OURS}.against_{short}", ratios(ours, theirs), f"of {rival}")
    for who, found in results.items():
        rates = [one.rate for one in found]
        collector.samples(f"{name}.{who}", rates, "letters/s")
        collector.samples(f"{name}.{who}.ratio", ratios(rates, plain), "of the plain loop")
        collector.add(f"{name}.{who}.cpu", statistics.median(one.cpu for one in found), "CPU-s per 1,000")
        collector.add(f"{name}.{who}.peak", max(one.peak_mb for one in found), "MB")


async def _round(who: str, bench: Bench, count: int, label: str) -> Round:
    if who == OURS:
        run = await bench.dispatch(count)
        return Round(run.whole_rate, run.host.cpu * 1000 / count, run.host.peak_mb)
    spec = {**account(bench), **_queue(who, label), "recipients": recipients(count, run=f"{label}.{who}")}
    report = await processes.run(RIVALS[who], spec)
    if len(bench.world.smtp.received) != count:
        raise RuntimeError(f"{who} sent {len(bench.world.smtp.received)} of {count} letters")
    return Round(count / report["seconds"], report["cpu"] * 1000 / count, report["peak_mb"])


def _queue(who: str, label: str) -> dict[str, Any]:
    database = BUILD / "queues" / f"{who}-{label}.sqlite3"
    for left in database.parent.glob(f"{database.stem}*"):
        left.unlink()
    return {"database": str(database), "fresh": True}


# --- a SIGKILL in the middle


async def _crashes(collector: Collector, *, count: int) -> None:
    async with a_bench("contest-crash", {**SETTINGS, **SOON}, started=False) as bench:
        _slow_down(bench, KILLED_MS)
        for who in RIVALS:
            lost, doubled = await _rival_crash(who, bench, count)
            _tell(collector, who, count, lost, doubled, 0)
        await _our_crash(collector, OURS, bench, bench.case(count))
    by_graph = {"MAIL_CONCURRENCY": str(CONCURRENCY), **SOON}
    async with a_bench("contest-crash-graph", by_graph, started=False) as bench:
        _slow_down(bench, KILLED_MS)
        await _our_crash(collector, BY_GRAPH, bench, bench.case(count))


async def _rival_crash(who: str, bench: Bench, count: int) -> tuple[int, int]:
    """Started, killed when half has arrived, and started again as its operator would."""
    bench.forget()
    people = recipients(count, run=f"crash.{who}")
    spec = {**account(bench), **_queue(who, "crash"), "recipients": people}
    process = processes.spawn(RIVALS[who], spec)
    await bench.world.until(lambda: len(bench.world.smtp.received) >= count // 2, seconds=300)
    processes.kill(process)
    await processes.run(RIVALS[who], {**spec, "fresh": False})
    return _counted(bench, {address for address, _ in people})


async def _our_crash(collector: Collector, who: str, bench: Bench, case: Case) -> None:
    """Likewise; whose intent is written and whose outcome is not is counted before it is started again."""
    bench.forget()
    await bench.start_host(visibility_seconds=5)
    await bench.tick()
    await bench.world.until(lambda: len(bench.arrivals()) >= len(case.people) // 2, seconds=300)
    await bench.world.kill_host()
    in_doubt = await _in_state(bench, case, RecipientState.IN_FLIGHT)
    await bench.start_host(visibility_seconds=5)
    for _ in range(60):
        if await bench.world.until(lambda: bench.solved(case), seconds=5):
            break
        await bench.tick()
    else:
        raise RuntimeError("the dispatch did not end after the kill")
    await asyncio.sleep(0.3)
    uncertain = await _in_state(bench, case, RecipientState.UNCERTAIN)
    lost, doubled = _counted(bench, case.addresses - uncertain)
    collector.add(f"kill.{who}.in_doubt", len(in_doubt), "whose outcome was not written when the process was killed")
    _tell(collector, who, len(case.people), lost, doubled, len(uncertain))


async def _in_state(bench: Bench, case: Case, state: RecipientState) -> set[str]:
    """The addresses of those who stand so in the ledger."""
    ticket = case.ticket["id"]
    rows = bench.world.pureservice.store.communications.values()
    message = next(row["id"] for row in rows if row.get("ticketId") == ticket)
    ledger = bench.world.ledger()
    try:
        key = dispatch_key(TicketId(ticket), CommunicationId(message))
        return {row.address async for row in ledger.all_recipients(key) if row.state is state}
    finally:
        await ledger.close()


def _counted(bench: Bench, wanted: set[str]) -> tuple[int, int]:
    """How many of them received nothing, and how many more than one."""
    received = Counter(address for address, _ in bench.arrivals())
    return sum(not received[address] for address in wanted), sum(count > 1 for count in received.values())


def _tell(collector: Collector, who: str, count: int, lost: int, doubled: int, uncertain: int) -> None:
    collector.add(f"kill.{who}.lost", lost, f"of {count} received nothing, and nobody is told")
    collector.add(f"kill.{who}.doubled", doubled, f"of {count} received the letter twice")
    collector.add(f"kill.{who}.uncertain", uncertain, "named as uncertain in the report")
