"""Our side of every comparison: a ready ticket, one timer tick, and everything until the ticket is solved.

The application runs as a process of its own through the local host. Simulators, SMTP server and Pureservice run in
this process, which otherwise only waits, so that they take no time from the process that is measured. One host serves
many rounds; it is warm, as an instance in Azure is for all batches but the first.
"""

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.letters import SUBJECT, body, recipients
from bench.processes import BUILD, Usage, usage
from local.simulators.pureservice import Row, seed
from local.world import World

# How long an empty queue is left alone is a choice (host.json: 5 s) and no cost of the work, so it is taken out. The
# poison queues stay empty here; in Azure the host polls them in a process of its own.
EAGER = {
    "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.2",
    "AzureWebJobs__abandon_batch__Disabled": "1",
    "AzureWebJobs__abandon_report__Disabled": "1",
}
_URL = re.compile(rb"Host started on (http://\S+)")
_runs = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket with its recipients."""

    ticket: Row
    people: list[tuple[str, str]]

    @property
    def addresses(self) -> set[str]:
        """Everyone who should get a letter."""
        return {address for address, _ in self.people}


@dataclass(frozen=True, slots=True)
class Run:
    """One dispatch, in seconds from the tick; CPU and memory of the two processes that did the work."""

    letters: int
    first: float
    last: float
    solved: float
    host: Usage
    storage: Usage

    @property
    def whole_rate(self) -> float:
        """Letters a second from the tick to the solved ticket."""
        return self.letters / self.solved

    @property
    def sending_rate(self) -> float:
        """Letters a second from the first letter to the last."""
        return (self.letters - 1) / (self.last - self.first)


class Bench:
    """A world with a warm host."""

    def __init__(self, world: World, log: Path) -> None:
        self.world = world
        self._log = log
        self._url = ""

    async def start_host(self, *, visibility_seconds: int = 600, module: str = "local.host", **extra: str) -> None:
        """Starts the application and waits until its triggers listen."""
        before = self._log.stat().st_size if self._log.exists() else 0
        self.world.start_host(
            log=self._log, timers=False, visibility_seconds=visibility_seconds, module=module, extra={**EAGER, **extra}
        )
        found: re.Match[bytes] | None = None

        def listens() -> bool:
            nonlocal found
            found = _URL.search(self._log.read_bytes()[before:])
            return found is not None or self.world.host_died

        await self.world.until(listens, seconds=60)
        if found is None:
            raise RuntimeError(f"the host did not start; see {self._log}")
        self._url = found[1].decode()

    def log_text(self) -> str:
        """What the host has printed."""
        return self._log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        """The application's process."""
        assert self.world.host is not None
        return self.world.host.pid

    def case(self, count: int) -> Case:
        """A ticket that stands ready, with so many people on its list."""
        store = self.world.pureservice.store
        run = f"run{next(_runs)}"
        people = recipients(count, run=run)
        members = [seed.add_user(store, *name.rsplit(" ", 2)[::2], email=address) for address, name in people]
        ticket = seed.add_ticket(store, SUBJECT)
        seed.relate_list_to_ticket(store, seed.add_list(store, f"Liste {run}", members=members), ticket)
        seed.add_dispatch_text(store, ticket, body(), subject=SUBJECT)
        return Case(ticket, people)

    async def tick(self) -> None:
        """The timer fires, by the admin endpoint that Azure has as well."""
        find = f"{self._url}/admin/functions/find_dispatches"
        async with aiohttp.ClientSession() as http, http.post(find, json={}) as answer:
            answer.raise_for_status()

    def solved(self, case: Case) -> bool:
        """Whether the ticket is solved."""
        store = self.world.pureservice.store
        return str(store.statuses[store.tickets[case.ticket["id"]]["statusId"]]["name"]) == "Løst"

    def arrivals(self) -> list[tuple[str, float]]:
        """Who has received a letter by now, in order, and when (wall clock)."""
        apart = time.time() - time.monotonic()
        graph = [(mail.to, mail.at + apart) for mail in self.world.graph.received]
        return graph + [(mail.to, mail.at.timestamp()) for mail in self.world.smtp.received]

    def forget(self) -> None:
        """Lets go of what the simulators hold, so that rounds do not grow."""
        self.world.graph.received.clear()
        self.world.smtp.received.clear()

    async def dispatch(self, count: int, *, seconds: float = 900) -> Run:
        """One dispatch from the tick to the solved ticket.

        Raises:
            RuntimeError: it did not end, or somebody did not get exactly one letter.
        """
        case = self.case(count)
        self.forget()
        before = usage(self.pid), usage(self._storage_pid)
        began = time.time()
        await self.tick()
        if not await self.world.until(lambda: self.solved(case) or self.world.host_died, seconds=seconds):
            raise RuntimeError(f"the ticket was not solved in {seconds} s; see {self._log}")
        solved = time.time()
        await asyncio.sleep(0.3)  # the last writes come after the status
        arrived = self.arrivals()
        if sorted(address for address, _ in arrived) != sorted(case.addresses):
            raise RuntimeError(f"{len(arrived)} letters for {count} recipients")
        return Run(
            letters=count,
            first=min(at for _, at in arrived) - began,
            last=max(at for _, at in arrived) - began,
            solved=solved - began,
            host=usage(self.pid).since(before[0]),
            storage=usage(self._storage_pid).since(before[1]),
        )

    @property
    def _storage_pid(self) -> int:
        assert self.world.azurite.pid is not None
        return self.world.azurite.pid


@asynccontextmanager
async def a_bench(
    name: str, settings: Mapping[str, str] | None = None, *, started: bool = True
) -> AsyncIterator[Bench]:
    """Azurite, the simulators and (unless told not to) the host; its output is in ``build/bench``."""
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / f"{name}.log"
    log.unlink(missing_ok=True)
    async with World(settings={"DISPATCH_MAX_RECIPIENTS": "0", **(settings or {})}) as world:
        seed.seed_basics(world.pureservice.store)
        bench = Bench(world, log)
        if started:
            await bench.start_host()
        yield bench
