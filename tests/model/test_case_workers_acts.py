"""Random orders of what a case worker does with two tickets and on the page, with ticks and deliveries between.

Judged from outside: nobody gets the same message twice, two dispatches of a ticket never run at once, none is stopped
by anybody but a person, and no ticket that was asked to send is left without words. ``ACTS=200`` before the command
tries so many histories, others each time.
"""

import contextlib
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import FINISHED, DispatchKey, HalfDone, LostRace, Rejected
from dispatch.steering import actions
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

READY, OPEN = "Til ekspedering", "Under arbeid"
WHO = "test@etat.example"
STEPS = 40
MORE = int(os.environ.get("ACTS", "0"))
SEEDS = [random.SystemRandom().randrange(10**9) for _ in range(MORE)] if MORE else list(range(8))
Act = Callable[[], Awaitable[None]]


class History:
    """Two tickets that share a list, and what is done with them."""

    def __init__(self, stage: Stage, seed_number: int) -> None:
        self.stage, self.random = stage, random.Random(seed_number)
        self.done: list[str] = []
        self.written = 0
        self.members = 3
        self.asked: set[int] = set()  # tickets that were set to the ready status
        first = stage.seed(members=3, status=seed.OPEN)
        second = seed.add_ticket(stage.pureservice.store, "Den andre", status=seed.OPEN)
        self.tickets = [first, second]
        self.list = next(row for row in stage.pureservice.store.assets.values() if row["name"] == "Listen")
        seed.relate_list_to_ticket(stage.pureservice.store, self.list, second)
        for message in self.messages():
            message["text"] = self._words()
        seed.add_dispatch_text(stage.pureservice.store, second, self._words())

    # --- what a case worker does

    async def write(self) -> None:
        seed.add_dispatch_text(self.stage.pureservice.store, self.ticket(), self._words())

    async def delete(self) -> None:
        if message := self.message():
            del self.stage.pureservice.store.communications[message["id"]]

    async def replace(self) -> None:
        if message := self.message():
            ticket = self.row_of(message["ticketId"])
            del self.stage.pureservice.store.communications[message["id"]]
            seed.add_dispatch_text(self.stage.pureservice.store, ticket, self._words())

    async def retype(self) -> None:
        if message := self.message():
            message["customTypeId"] = None

    async def move(self) -> None:
        if message := self.message():
            self.stage.pureservice.store.update("communication", message, {"ticketId": self.ticket()["id"]})

    async def set_ready(self) -> None:
        ticket = self.ticket()
        self.asked.add(ticket["id"])
        self.stage.set_status(ticket, READY)

    async def take_back(self) -> None:
        self.stage.set_status(self.ticket(), OPEN)

    async def add_member(self) -> None:
        store = self.stage.pureservice.store
        user = seed.add_user(store, "Kari", f"Nr {self.members}", email=f"kari{self.members}@eksempel.example")
        self.members += 1
        seed.add_member(store, self.list, user)

    async def add_file(self) -> None:
        ticket = self.ticket()
        content = f"fil {self.written}".encode()
        seed.add_attachment(self.stage.pureservice.store, ticket, "notat.txt", content, "text/plain")

    async def press(self) -> None:
        if not self.stage.ledger.heads:
            return
        key = self.random.choice(sorted(self.stage.ledger.heads))
        what: Any = self.random.choice(
            [
                actions.stop,
                actions.resume,
                actions.retry_failed,
                actions.send_to_added,
                actions.resolve_now,
                actions.purge,
            ]
        )
        self.done[-1] += f" {what.__name__} {key}"
        with contextlib.suppress(Rejected, HalfDone, LostRace):
            await what(key, self.stage.services, who=WHO)

    # --- what the application does meanwhile

    async def tick(self) -> None:
        await self.stage.tick()

    async def timer_alone(self) -> None:
        from dispatch import tick

        await tick.run(self.stage.services)

    async def deliver(self) -> None:
        message = self.stage.queues.take()
        if message is not None:
            await self.stage.handle(message)

    async def time_passes(self) -> None:
        self.stage.clock.move(self.random.choice([20, 300, 3600]))
        self.stage.services.watch.forget()

    # --- one history

    async def run(self) -> None:
        acts: dict[Act, int] = {
            self.write: 1,
            self.delete: 1,
            self.replace: 2,
            self.retype: 1,
            self.move: 2,
            self.set_ready: 8,
            self.take_back: 1,
            self.add_member: 1,
            self.add_file: 1,
            self.press: 4,
            self.tick: 6,
            self.timer_alone: 3,
            self.deliver: 6,
            self.time_passes: 2,
        }
        await self.set_ready()
        await self.tick()
        for _ in range(STEPS):
            (act,) = self.random.choices(list(acts), weights=list(acts.values()))
            self.done.append(act.__name__)
            going = self.going()
            await act()
            self.check()
            if act in (self.tick, self.timer_alone, self.deliver):
                assert not [key for key in going if self.stage.ledger.heads[key].state == "stopped"], self.told()
        await self.stage.run(hours=12)
        self.check()
        self.check_the_end()

    def going(self) -> list[DispatchKey]:
        """Dispatches that are being sent, and whose ticket stands ready."""
        return [
            key
            for key, head in self.stage.ledger.heads.items()
            if head.state == "sending" and self.stage.status_of(self.row_of(head.ticket_id)) == READY
        ]

    def row_of(self, ticket_id: int) -> Row:
        (found,) = [ticket for ticket in self.tickets if ticket["id"] == ticket_id]
        return found

    def check(self) -> None:
        running: Counter[int] = Counter()
        for head in self.stage.ledger.heads.values():
            running[head.ticket_id] += head.state in ("sending", "resolving")
        assert max(running.values(), default=0) <= 1, self.told()
        got = Counter((mail.to, mail.html[mail.html.index("Melding ") :][:12]) for mail in self.stage.graph.received)
        assert max(got.values(), default=0) <= 1, self.told()

    def check_the_end(self) -> None:
        for ticket in self.tickets:
            if ticket["id"] not in self.asked:
                continue
            assert self.stage.status_of(ticket) != READY, self.told()
        for head in self.stage.ledger.heads.values():
            assert head.state in FINISHED or head.state == "stopped", (head, self.told())
            if head.plan.batches and not head.content.purged:
                ticket = self.row_of(head.ticket_id)
                assert self.stage.notes_on(ticket) or self.stage.solutions_on(ticket), (head, self.told())

    def told(self) -> str:
        return "\n".join(self.done)

    def ticket(self) -> Row:
        return self.random.choice(self.tickets)

    def messages(self) -> list[Row]:
        return [row for row in self.stage.pureservice.store.communications.values() if row.get("customTypeId")]

    def message(self) -> Row | None:
        """One of the messages; mostly one that something is begun of."""
        found = self.messages()
        begun = {int(key.partition("-")[2]) for key in self.stage.ledger.heads}
        some = [row for row in found if row["id"] in begun] if self.random.random() < 0.8 else found
        return self.random.choice(some) if some else None

    def _words(self) -> str:
        self.written += 1
        return f"<p>Melding {self.written:04}</p>"


@pytest.mark.parametrize("seed_number", SEEDS)
async def test_whatever_a_case_worker_does_nobody_gets_it_twice_and_no_ticket_is_left_without_words(seed_number):
    async with a_stage(DISPATCH_BATCH_SIZE="1", MAIL_MAILER="microsoft-graph") as stage:
        stage.clock.now += timedelta(seconds=seed_number % 7)
        await History(stage, seed_number).run()
