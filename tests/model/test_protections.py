"""Random orders of what protects a dispatch: chosen time, expiry, breaker, approval, stop and go on, further rounds.

Judged by what the mailbox received and the ticket shows: nothing leaves before the chosen moment, nothing when it is
too late, nothing while the ticket is not ready, nothing to many with fewer than two persons behind it, nobody gets it
twice, and the report adds up. ``ACTS=200`` before the command tries so many histories, others each time.
"""

import contextlib
import json
import os
import random
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from dispatch.closing import approval
from dispatch.core import DispatchKey, DispatchState, HalfDone, LostRace, Rejected
from dispatch.steering import actions, approving
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from local.simulators.pureservice.store import API_USER_ID
from tests.stage import Stage, a_stage

WHO, WAITS, ABOVE, DAYS = "0f8fad5b-d9cb-469f-a165-70867728950e", "Til godkjenning", 4, 1
SETTINGS = {
    "MAIL_MAILER": "microsoft-graph",
    "MAIL_RATE_PER_MINUTE": "0",
    "DISPATCH_BATCH_SIZE": "20",
    "DISPATCH_APPROVAL_ABOVE": str(ABOVE),
    "DISPATCH_EXPIRES_DAYS": str(DAYS),
    "PURESERVICE_DISPATCH_APPROVAL_STATUS": WAITS,
    "PURESERVICE_DISPATCH_NOT_BEFORE_FIELD": "cf_3",
    "PURESERVICE_DISPATCH_NOT_AFTER_FIELD": "cf_4",
}
STEPS = 30
MORE = int(os.environ.get("ACTS", "0"))
SEEDS = [random.SystemRandom().randrange(10**9) for _ in range(MORE)] if MORE else list(range(8))
PEOPLE = ("Anne", "Bjarne")
GONE = Fault(match="sendMail", status=400, body=json.dumps({"error": {"code": "ErrorInvalidRecipients"}}), times=None)
SHUT = Fault(match="sendMail", status=403, body=json.dumps({"error": {"code": "ErrorAccessDenied"}}), times=None)
Act = Callable[[], Awaitable[None]]


class History:
    """One ticket with one message, and what is done with it."""

    def __init__(self, stage: Stage, seed_number: int) -> None:
        self.stage, self.random = stage, random.Random(seed_number)
        self.store = stage.pureservice.store
        values = {"userDisplayName": WAITS, "index": 30, "coreStatus": 20, "requestTypeId": 1, "disabled": False}
        self.store.add("status", id=30, name=WAITS, **values)
        self.agents = {name: self._agent(name) for name in PEOPLE}
        self.members = self.random.choice([3, 6, 6, 60])
        self.ticket: Row = self.store.tickets[stage.seed(self.members, status=seed.OPEN)["id"]]
        self.list = next(row for row in self.store.assets.values() if row["name"] == "Listen")
        self.done: list[str] = []
        self.seen = 0  # letters that have been judged
        self.in_force: dict[str, list[float]] = {"cf_3": [], "cf_4": []}  # since the tick before
        self.wished = stage.clock()  # when a person last wanted it to go on, as the tick after that sees it
        self.behind: set[str] = set()  # who wants this round
        self.round, self.of_round = 1, 0

    def _agent(self, name: str) -> int:
        return int(seed.add_user(self.store, name, "Agent", email=f"{name.lower()}@etat.example")["id"])

    # --- what people do

    async def set_ready(self) -> None:
        name = self.random.choice(PEOPLE)
        self.done[-1] += f" {name}"
        self._wants(name)
        self.stage.set_status(self.ticket, seed.READY)
        self.ticket["modifiedById"] = self.agents[name]

    async def take_back(self) -> None:
        self.stage.set_status(self.ticket, seed.OPEN)
        self.ticket["modifiedById"] = self.agents[self.random.choice(PEOPLE)]

    async def we_write(self) -> None:
        self.ticket["modifiedById"] = API_USER_ID

    async def choose_moment(self) -> None:
        self._field("cf_3", [None, -1, 0.2, 3, 20])

    async def choose_deadline(self) -> None:
        self._field("cf_4", [None, None, 2, 30, 50])

    async def press(self) -> None:
        if not self.stage.ledger.heads:
            return
        what = self.random.choice(["stop", "resume", "approve", "approve", "retry", "retry", "added", "resolve"])
        name = self.random.choice([*PEOPLE, "nobody known"])
        self.done[-1] += f" {what} {name}"
        with contextlib.suppress(Rejected, HalfDone, LostRace):
            await self._press(what, name)

    async def _press(self, what: str, name: str) -> None:
        key, services = DispatchKey(next(iter(self.stage.ledger.heads))), self.stage.services
        by = approval.NOBODY if name not in PEOPLE else approval.Person(f"{name} Agent", f"{name.lower()}@etat.example")
        before = self.stage.ledger.heads[key]
        match what:
            case "stop":
                await actions.stop(key, services, who=WHO)
            case "resume":
                await actions.resume(key, services, who=WHO)
            case "approve":
                await approving.approve(key, services, who=WHO, by=by)
            case "retry":
                await actions.retry_failed(key, services, who=WHO, by=by)
            case "added":
                await actions.send_to_added(key, services, who=WHO, by=by)
            case _:
                await actions.resolve_now(key, services, who=WHO)
        self._count_round(fresh=before.state is DispatchState.RESOLVED and what in ("retry", "added"))
        if what not in ("stop", "resolve", "resume"):
            self._wants(name)
        self.wished = self.stage.clock()

    async def add_people(self) -> None:
        for _ in range(self.random.choice([1, ABOVE + 1])):
            number, self.members = self.members, self.members + 1
            user = seed.add_user(self.store, "Kari", f"Nr {number}", email=f"kari{number}@eksempel.example")
            seed.add_member(self.store, self.list, user)

    # --- what the mail system does

    async def refuse_some(self) -> None:
        self.stage.graph.faults.clear()
        fault = self.random.choice([None, GONE, SHUT])
        if fault is not None:
            share = self.random.choice([0.3, 1.0])
            self.stage.graph.faults.add(
                Fault(match=fault.match, status=fault.status, body=fault.body, times=None, probability=share)
            )

    # --- what the application does meanwhile

    async def tick(self) -> None:
        await self.stage.tick()
        for name in self.in_force:
            self.in_force[name] = [self._now(name)]

    async def deliver(self) -> None:
        message = self.stage.queues.take()
        if message is not None:
            await self.stage.handle(message)

    async def time_passes(self) -> None:
        self.stage.clock.move(self.random.choice([20, 300, 300, 3600, 6 * 3600, 25 * 3600]))
        self.stage.services.watch.forget()

    # --- one history

    async def run(self) -> None:
        acts: dict[Act, int] = {
            self.set_ready: 6,
            self.take_back: 1,
            self.we_write: 3,
            self.choose_moment: 2,
            self.choose_deadline: 1,
            self.press: 5,
            self.add_people: 1,
            self.refuse_some: 2,
            self.tick: 8,
            self.deliver: 8,
            self.time_passes: 3,
        }
        for _ in range(STEPS):
            (act,) = self.random.choices(list(acts), weights=list(acts.values()))
            self.done.append(act.__name__)
            ready = self.stage.status_of(self.ticket) == seed.READY
            await act()
            self.check(ready=ready)
        await self.end()

    def check(self, *, ready: bool) -> None:
        """What the mailbox has received since: it was wanted, by whoever had to want it, and its time."""
        new = self.stage.graph.received[self.seen :]
        self.seen += len(new)
        self._count_round(fresh=False)
        self.of_round += len(new)
        assert ready or not new, self.told()
        assert self.of_round <= ABOVE or len(self.behind) > 1, self.told()
        assert max(self.stage.received().values(), default=0) <= 1, self.told()
        for mail in new:
            begins, ends = self.in_force["cf_3"], self.in_force["cf_4"]
            assert any(mail.at >= begin for begin in begins), self.told()
            assert any(mail.at < (end or float("inf")) for end in ends), self.told()
            since = max(self.wished.timestamp(), *begins, self._made())
            assert mail.at < since + DAYS * 86400 + 300, self.told()

    async def end(self) -> None:
        """The mail system works again, and people do what is left to do until the ticket has its report."""
        self.stage.graph.faults.clear()
        self.ticket.update(cf_3=None, cf_4=None)
        for step in range(4):
            self.done.append("the end")
            self.ticket["modifiedById"] = self.agents[PEOPLE[step % 2]]
            self.stage.set_status(self.ticket, seed.READY)
            self.behind |= set(PEOPLE)
            await self.stage.run(hours=0.3)
            with contextlib.suppress(Rejected, StopIteration):
                key = DispatchKey(next(iter(self.stage.ledger.heads)))
                await approving.approve(key, self.stage.services, who=WHO, by=approval.Person("Cecilie Sjef"))
            await self.stage.run(hours=0.3)
            if all(head.state is DispatchState.RESOLVED for head in self.stage.ledger.heads.values()):
                break
        assert max(self.stage.received().values(), default=0) <= 1, self.told()
        self.check_report()

    def check_report(self) -> None:
        """Planned = delivered + returned + failed + skipped + uncertain, and delivered is what arrived."""
        (head,) = self.stage.ledger.heads.values()
        assert head.state is DispatchState.RESOLVED, (head.state, self.told())
        counts = re.findall(
            r"<tr><th[^>]*>([^<]+)</th><td[^>]*>([\d\s\u00a0]+)</td></tr>", str(self.ticket["solution"])
        )
        told = {name: int(re.sub(r"\D", "", count)) for name, count in counts}
        planned = told.pop("Mottakere i alt")
        assert sum(told.values()) == planned, (told, planned, self.told())
        assert told["Levert til e-postsystemet"] == len(self.stage.graph.received), (told, self.told())

    # --- what is known

    def _wants(self, name: str) -> None:
        self.behind.add(name)
        self.wished = self.stage.clock()

    def _count_round(self, *, fresh: bool) -> None:
        current = max((head.rounds.current for head in self.stage.ledger.heads.values()), default=1)
        if current != self.round or fresh:
            self.round, self.of_round, self.behind = current, 0, set()

    def _made(self) -> float:
        (head,) = self.stage.ledger.heads.values()
        return head.plan.made.timestamp() if head.plan.made else 0.0

    def _now(self, name: str) -> float:
        said = self.ticket.get(name)
        return datetime.fromisoformat(said).timestamp() if said else 0.0

    def _field(self, name: str, hours: list[float | None]) -> None:
        chosen = self.random.choice(hours)
        moment = None if chosen is None else self.stage.clock() + timedelta(hours=chosen)
        self.ticket[name] = moment.isoformat() if moment else None
        self.in_force[name].append(moment.timestamp() if moment else 0.0)
        self.done[-1] += f" {moment}"

    def told(self) -> str:
        return "\n".join(self.done)


@pytest.mark.parametrize("seed_number", SEEDS)
async def test_in_whatever_order_nothing_leaves_that_should_not(seed_number: int):
    async with a_stage(**SETTINGS) as stage:
        await History(stage, seed_number).run()
