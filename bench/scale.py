"""Planning and reporting by the size of the list: ``python -m bench.scale plan|report [sizes] [--azurite]``.

The simulators run in this process; what is measured runs in one of its own, which holds no simulator. With the twins in
memory its peak has the whole ledger in it. One line a size; the last one says by which power of the size the CPU grows.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench import processes
from bench.figures import growth
from bench.letters import SENDER, SUBJECT, the_letter
from bench.processes import ROOT, environment
from dispatch.closing import resolve
from dispatch.core import (
    Attempt,
    Batch,
    BatchState,
    CommunicationId,
    Dispatch,
    DispatchContent,
    DispatchKey,
    DispatchPlan,
    DispatchState,
    MemberKind,
    OutcomeCounts,
    PlanDispatch,
    Reason,
    Recipient,
    RecipientState,
    ResolveTicket,
    Route,
    TicketId,
    Transport,
    dispatch_key,
)
from dispatch.mail import FrozenLetters
from dispatch.planning import candidate_for, find, plan_requests
from dispatch.services import Services
from dispatch.settings import Settings
from dispatch.wiring import warming
from dispatch.wiring.wiring import Wiring
from local.in_memory import MemoryContent, MemoryLedger, MemoryQueues, MemoryReader

BEAT = 0.002  # seconds
SIZES = {"plan": (10_000, 20_000, 40_000, 100_000), "report": (10_000, 20_000, 40_000, 100_000)}
FAILING = 50  # every so many recipients fail
BATCH = 98


@dataclass(slots=True)
class LoopWatch:
    """The longest time that the loop was held: by the clock, and by the CPU of its own thread."""

    held: float = 0.0
    held_cpu: float = 0.0
    where: float = 0.0
    began: float = field(default_factory=time.perf_counter)

    async def beat(self) -> None:
        """Until it is cancelled."""
        last, cpu = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(BEAT)
            now, used = time.perf_counter(), time.thread_time()
            if now - last - BEAT > self.held:
                self.held, self.where = now - last - BEAT, now - self.began
            self.held_cpu = max(self.held_cpu, used - cpu)
            last, cpu = now, used


def peak_mb() -> float:
    """The most memory that this process has held.

    ``ru_maxrss`` survives the exec: it begins at what the parent held, and with it all that the simulators hold.
    """
    return processes.peak_mb(os.getpid()) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@asynccontextmanager
async def measured(figures: dict[str, float]) -> AsyncIterator[None]:
    """CPU, wall, peak and the longest time the loop was held of what is done inside."""
    watch = LoopWatch()
    beating = asyncio.create_task(watch.beat())
    await asyncio.sleep(0.01)
    began, cpu, before = time.perf_counter(), time.process_time(), peak_mb()
    try:
        yield
    finally:
        figures |= {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}
        figures |= {"peak_mb": peak_mb(), "at_start_mb": before}
        await asyncio.sleep(0.01)
        beating.cancel()
        figures |= {"held_ms": watch.held * 1000, "held_cpu_ms": watch.held_cpu * 1000, "held_at": watch.where}


@asynccontextmanager
async def opened(*, in_memory: bool, ledger: MemoryLedger | None = None) -> AsyncIterator[Services]:
    """The services as in production, storage aside where the twins stand in for it."""
    settings = Settings.from_environ()
    wiring = Wiring(settings)
    if not in_memory:
        services = await wiring.open()
    else:
        services = await _on_twins(wiring, ledger or MemoryLedger())
    try:
        yield services
    finally:
        await wiring.close()


async def _on_twins(wiring: Wiring, ledger: MemoryLedger) -> Services:
    from dispatch.services import Statuses, TicketWatch
    from dispatch.typesetting import set_letter
    from dispatch.wiring import now, open_pureservice, open_transport
    from dispatch.wiring.resources import Resources

    resources = Resources(wiring.settings)
    tickets = open_pureservice(resources)
    content = MemoryContent()
    return Services(
        settings=wiring.settings,
        clock=now,
        tickets=tickets,
        own_tickets=tickets.own_tickets,
        undelivered_mail=tickets.undelivered_mail,
        ledger=ledger,
        reader=MemoryReader(ledger),
        content=content,
        templates=MemoryContent(),
        queues=MemoryQueues(now),
        transports=tuple(open_transport(name, resources) for name in wiring.settings.transports),
        exchange=None,
        statuses=Statuses(tickets, now),
        watch=TicketWatch(tickets, now),
        letters=FrozenLetters(content),
        typesetter=set_letter,
    )


async def plan(spec: dict[str, Any]) -> dict[str, float]:
    """What the message on the queue of plans starts: the lists read, the plan written, the first batches released."""
    figures: dict[str, float] = {}
    async with opened(in_memory=spec["in_memory"]) as services:
        ready = await find(services)
        ((ticket, scenario),) = ready.found
        candidate = await candidate_for(ticket, scenario, services)
        assert candidate is not None
        await plan_requests.ask(candidate, services)
        await warm()
        before = set(sys.modules)
        async with measured(figures):
            await plan_requests.run(PlanDispatch(dispatch=candidate.key), services)
        whole = await services.ledger.dispatch(candidate.key)
    told_of_imports(before)
    if whole is None or whole.plan.recipients != spec["size"]:
        raise RuntimeError(
            f"planned: {whole and (whole.plan.recipients, whole.state, whole.problems)} of {spec['size']}"
        )
    return figures


async def warm() -> None:
    """Waits until all is loaded that a start loads ahead."""
    await warming.done()
    for thread in threading.enumerate():
        if thread.name == "warming":
            await asyncio.to_thread(thread.join)


def told_of_imports(before: set[str]) -> None:
    """What was imported meanwhile, and held the loop: what the first invocation needs is to be loaded ahead."""
    if late := sorted(set(sys.modules) - before):
        print(f"{len(late)} modules imported meanwhile: {', '.join(late)}", file=sys.stderr)


class DrawnLedger(MemoryLedger):
    """Recipients are made while they are read, so that what the process holds is what the report holds."""

    size = 0

    async def all_recipients(self, key: DispatchKey) -> AsyncIterator[Recipient]:  # noqa: ARG002 - the port's
        for row in _recipients(self.size):
            yield row


def _recipients(size: int) -> Iterator[Recipient]:
    moment = datetime(2026, 11, 30, 12, tzinfo=UTC)
    for number in range(size):
        failed = number % FAILING == 0
        yield Recipient(
            batch=number // BATCH,
            index=number % BATCH,
            kind=MemberKind.PERSON,
            source_id=number + 1,
            name=f"Kåre Nordmann {number}",
            address=f"nr{number}@innbygger.example",
            state=RecipientState.FAILED if failed else RecipientState.DELIVERED,
            reason=Reason.RECIPIENT_REFUSED if failed else None,
            detail="550 5.1.1 no such user" if failed else "",
            changed=moment,
            attempt=Attempt(
                count=1,
                first=moment,
                transport=Transport.GRAPH,
                message_id=f"<{number}.abcdef@dibk.example>",
                date=moment,
                route=Route(sender=SENDER),
            ),
        )


async def report(spec: dict[str, Any]) -> dict[str, float]:
    """What the message on the queue of finished dispatches starts: report, PDF, list, and the ticket solved."""
    size, figures = int(spec["size"]), dict[str, float]()
    ledger = DrawnLedger()
    ledger.size = size
    async with opened(in_memory=True, ledger=ledger) as services:
        head = await _sent(spec, services, size)
        await warm()
        before = set(sys.modules)
        async with measured(figures):
            await resolve.run(ResolveTicket(dispatch=head.key), services)
        ended = await services.ledger.dispatch(head.key)
    told_of_imports(before)
    if ended is None or ended.state is not DispatchState.RESOLVED:
        raise RuntimeError("the ticket was not solved")
    return figures


async def _sent(spec: dict[str, Any], services: Services, size: int) -> Dispatch:
    """A dispatch of which every batch is recorded."""
    key, now = dispatch_key(TicketId(spec["ticket"]), CommunicationId(1)), services.clock()
    letter = the_letter()
    digest = await services.letters.freeze(key, letter)
    head = await services.ledger.create(
        Dispatch(
            key,
            TicketId(spec["ticket"]),
            spec["number"],
            CommunicationId(1),
            DispatchState.SENDING,
            created=now,
            changed=now,
            content=DispatchContent(subject=SUBJECT, letter_hash=digest, letter_bytes=letter.size),
            plan=DispatchPlan(recipients=size, batches=-(-size // BATCH), made=now),
        )
    )
    assert head is not None
    for number in range(-(-size // BATCH)):
        counts = OutcomeCounts(delivered=BATCH)
        batch = Batch(head.key, number, BatchState.RECORDED, size=BATCH, to_send=BATCH, counts=counts)
        head = await services.ledger.write_batch(head, batch, ())
    return head


def child(spec: dict[str, Any]) -> None:
    """The measured process; with ``profile`` it also writes where its CPU went."""
    warming.begin()
    work = {"plan": plan, "report": report}[spec["what"]]
    if spec["profile"]:
        import cProfile
        import pstats

        profile = cProfile.Profile()
        profile.enable()
        figures = asyncio.run(work(spec))
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(70)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(45)
    else:
        figures = asyncio.run(work(spec))
    print(json.dumps(figures))


async def _run(what: str, size: int, options: argparse.Namespace) -> dict[str, float]:
    from bench.pipeline import Bench
    from local.simulators.pureservice import seed
    from local.world import World

    settings = {"DISPATCH_MAX_RECIPIENTS": "0", "PURESERVICE_REQUESTS_PER_MINUTE": "100000"}
    async with World(settings=settings) as world:
        seed.seed_basics(world.pureservice.store)
        case = Bench(world, ROOT / "build" / "bench" / "scale.log").case(size if what == "plan" else 1)
        spec = {
            "what": what,
            "size": size,
            "ticket": case.ticket["id"],
            "number": case.ticket["requestNumber"],
            "in_memory": not options.azurite,
            "profile": options.profile,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.scale",
            "child",
            cwd=ROOT,
            env=environment(**world.environ(), BENCH_SPEC=json.dumps(spec)),
            stdout=subprocess.PIPE,
        )
        out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{what} of {size} ended with {process.returncode}")
    figures: dict[str, float] = json.loads(out.decode().strip().splitlines()[-1])
    return figures


def main() -> int:
    """Measures one size after another."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("what", choices=("plan", "report", "child"))
    parser.add_argument("sizes", type=int, nargs="*")
    parser.add_argument("--azurite", action="store_true", help="the plan on the emulator in place of the twins")
    parser.add_argument("--profile", action="store_true", help="also where the CPU went")
    options = parser.parse_args()
    if options.what == "child":
        child(json.loads(os.environ["BENCH_SPEC"]))
        return 0
    sizes = options.sizes or SIZES[options.what]
    used: list[float] = []
    heads = ("CPU s", "wall s", "peak MB", "(before)", "held ms")
    print(f"{'recipients':>10} {' '.join(f'{head:>8}' for head in heads)} {'held CPU ms':>11}")
    for size in sizes:
        one = asyncio.run(_run(options.what, size, options))
        used.append(one["cpu"])
        shown = f"{size:>10} {one['cpu']:>8.2f} {one['wall']:>8.2f} {one['peak_mb']:>8.0f} {one['at_start_mb']:>8.0f}"
        print(f"{shown} {one['held_ms']:>8.0f} {one['held_cpu_ms']:>11.0f}  at {one['held_at']:.1f} s", flush=True)
    if len(sizes) > 1:
        print(f"CPU grows by the power {growth(sizes, used):.2f} of the size")
    return 0


if __name__ == "__main__":
    sys.exit(main())
