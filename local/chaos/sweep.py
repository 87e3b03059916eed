"""Runs dispatches one after another, each with one kill, and counts what the outside received."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dispatch.core import OUTCOMES, CommunicationId, Recipient, RecipientState, TicketId, dispatch_key
from local.chaos.merged import seed_merged, verdict
from local.chaos.tally import RECIPIENTS, SECONDS, WITH_CASES, Kill, Tally
from local.chaos.worker import died_file
from local.demo.government import organisation_numbers
from local.merged_case import Person
from local.pool import strays
from local.simulators.pureservice import Row, seed
from local.world import World

NOTE = 1  # the type of an internal note


class Sweep:
    """One world, some dispatches."""

    def __init__(self, world: World, folder: Path, tally: Tally) -> None:
        self._world = world
        self._folder = folder
        self._runs = 0
        self._judged: list[Recipient] = []  # of the runs before
        self._merged: Sequence[Person] = ()  # whom the run is for, where each has values and a file of their own
        self.tally = tally
        self._users_doubled = tally.users_doubled  # in worlds before this one
        self.ways = Counter[bytes]()  # of the calls that were counted

    async def count_calls(self) -> int:
        """Calls to the outside that one dispatch makes when nothing goes wrong."""
        ticket = self._seed()
        counter = self._folder / "calls"
        counter.unlink(missing_ok=True)
        self._start(counter, None)
        await self._until_solved(ticket)
        await self._world.stop_host()
        made = counter.read_bytes()
        self.ways = Counter(made[place : place + 1] for place in range(len(made)))
        self.tally.calls = len(made)
        return self.tally.calls

    async def kill(self, kill: Kill) -> None:
        """One dispatch whose worker dies at the call, and another that takes over."""
        before = replace(self.tally, kills=0, in_doubt_most=0)
        await self._kill(kill)
        if replace(self.tally, kills=0, in_doubt_most=0) != before:
            self.tally.fallen.append(f"{kill.when} call {kill.call} of run {self._runs}")

    async def _kill(self, kill: Kill) -> None:
        ticket = self._seed()
        counter = self._folder / "calls"
        counter.unlink(missing_ok=True)
        died_file(counter).unlink(missing_ok=True)
        self._start(counter, kill)
        await self._world.until(lambda: self._world.host_died or self._solved(ticket), seconds=SECONDS)
        self.tally.kills += died_file(counter).exists()
        if self._world.host_died:
            await self._world.kill_host()
            await self._count_in_doubt(ticket)
            self._start(counter, None)
        if not await self._until_solved(ticket):
            self.tally.unfinished += 1
        await asyncio.sleep(0.2)
        await self._world.stop_host()
        await self._judge(ticket)

    def _start(self, counter: Path, kill: Kill | None) -> None:
        extra = {
            "CHAOS_COUNT": str(counter.resolve()),
            "LOCAL_HOST_WORKER": "local.chaos.worker",
            "AzureFunctionsWebHost__hostid": uuid.uuid4().hex[:12],
        }
        if kill is not None:
            extra |= {"CHAOS_AT": str(kill.call), "CHAOS_WHEN": kill.when, "CHAOS_DEATH": self.tally.death}
        log = self._folder / "host.log"
        self._world.start_host(log=log, visibility_seconds=3, extra=extra)

    def _seed(self) -> Row:
        self._runs += 1
        store = self._world.pureservice.store
        with_cases = self.tally.scenario == WITH_CASES
        exchange = self.tally.channel == "eformidling"
        numbers = organisation_numbers()
        for _ in range(self._runs * RECIPIENTS):
            next(numbers)
        if self.tally.merge:
            ticket, self._merged = seed_merged(self._world, self.tally, self._runs, numbers, RECIPIENTS)
            return ticket
        people = [
            self._organisation(next(numbers), n)
            if exchange
            else seed.add_company(store, f"Kommune {self._runs}.{n}", email=f"run{self._runs}.nr{n}@eksempel.example")
            if with_cases and n % 2
            else seed.add_user(store, "Kari", f"Nr {n}", email=f"run{self._runs}.nr{n}@eksempel.example")
            for n in range(RECIPIENTS)
        ]
        mailing_list = seed.add_list(store, f"Liste {self._runs}", members=people)
        status = seed.READY_121 if with_cases else seed.READY
        user = seed.EF_USER if exchange else None
        ticket = seed.add_ticket(store, f"Utsendelse {self._runs}", user, status=status)
        seed.relate_list_to_ticket(store, mailing_list, ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei</p>")
        return ticket

    def _organisation(self, number: str, index: int) -> Row:
        self._world.exchange.add_organisation(number, service=("DPO", "DPF", "DPV")[index % 3])
        name = f"Etat {self._runs}.{index}"
        return seed.add_company(self._world.pureservice.store, name, organization_number=number)

    def _solved(self, ticket: Row) -> bool:
        store = self._world.pureservice.store
        return str(store.statuses[store.tickets[ticket["id"]]["statusId"]]["name"]) == "Løst"

    async def _until_solved(self, ticket: Row) -> bool:
        await self._world.until(lambda: self._solved(ticket) or self._world.host_died, seconds=SECONDS)
        if self._solved(ticket):
            await asyncio.sleep(0.3)  # the last writes come after the status
        return self._solved(ticket)

    async def _count_in_doubt(self, ticket: Row) -> None:
        waiting = (RecipientState.IN_FLIGHT, RecipientState.IN_DOUBT)
        left = Counter(row.batch for row in await self._rows(ticket) if row.state in waiting)
        self.tally.in_doubt_most = max(self.tally.in_doubt_most, *left.values(), 0)

    async def _judge(self, ticket: Row) -> None:
        rows = await self._rows(ticket)
        if self.tally.merge:
            found = verdict(self._world, ticket, self._merged, with_exchange=self.tally.channel == "eformidling")
            self.tally.values_wrong += found.values_wrong
            self.tally.files_wrong += found.files_wrong
        if self.tally.channel == "eformidling":
            self._judge_messages(rows)
            self._judge_solution(ticket)
            return
        letters: dict[str, list[str]] = {row.address: [] for row in rows}
        carried = [(mail.to, mail.message_id) for mail in self._world.graph.received]
        carried += [(mail.to, mail.message_id) for mail in self._world.smtp.received]
        carried += [(mail.to, mail.message_id) for mail in self._world.communication.received]
        for address, message_id in carried:
            if address in letters:
                letters[address].append(message_id)
        for row in rows:
            ids = letters[row.address]
            known = row.state in OUTCOMES
            reached = row.state is RecipientState.DELIVERED
            self.tally.lost += (reached and not ids) or not known
            self.tally.uncertain += row.state is RecipientState.UNCERTAIN
            if len(ids) > 1:
                self.tally.repeated_same_id += len(set(ids)) == 1
                self.tally.doubled += len(set(ids)) > 1
        self.tally.lost += RECIPIENTS - len(rows)
        self.tally.wrong_mailbox = strays(self._world.graph, [*self._judged, *rows])
        self._judged += rows
        if self.tally.scenario == WITH_CASES:
            self._judge_cases(ticket)
        self._judge_solution(ticket)

    def _judge_messages(self, rows: Sequence[Recipient]) -> None:
        exchange = self._world.exchange
        for row in rows:
            sent = [message for message in exchange.messages.values() if message.receiver == row.organization_number]
            self.tally.lost += row.state is not RecipientState.DELIVERED or not exchange.delivered_to(
                row.organization_number
            )
            self.tally.doubled += len(sent) > 1 or any(message.sent > 1 for message in sent)
            self.tally.uncertain += row.state is RecipientState.UNCERTAIN
        self.tally.lost += RECIPIENTS - len(rows)

    def _judge_solution(self, ticket: Row) -> None:
        solved = Counter(
            str(write.payload["solution"])
            for write in self._world.pureservice.history
            if write.resource == "ticket" and write.id == ticket["id"] and write.payload.get("solution")
        )
        self.tally.tickets_solved_twice += sum(solved.values()) != 1

    def _judge_cases(self, mother: Row) -> None:
        store = self._world.pureservice.store
        start = f"utsendelse-{mother['id']}-"
        cases = [row for row in store.tickets.values() if str(row.get("customerReference") or "").startswith(start)]
        self.tally.cases_doubled += len(cases) - len({row["customerReference"] for row in cases})
        self.tally.lost += RECIPIENTS - len({row["customerReference"] for row in cases})
        made = Counter(row["lastName"] for row in store.users.values() if row["firstName"] == "Postmottak")
        self.tally.users_doubled = self._users_doubled + sum(count - 1 for count in made.values())
        numbers = {row["id"] for row in cases}
        notes = Counter(
            row["ticketId"]
            for row in store.communications.values()
            if row.get("type") == NOTE and row.get("ticketId") in numbers
        )
        self.tally.notes_doubled += sum(count - 1 for count in notes.values())
        self.tally.notes_missing += len(numbers - set(notes))

    async def _rows(self, ticket: Row) -> list[Recipient]:
        store = self._world.pureservice.store
        number = next(
            row["id"]
            for row in store.communications.values()
            if row.get("ticketId") == ticket["id"] and "Hei" in str(row.get("text"))
        )
        ledger = self._world.ledger()
        try:
            key = dispatch_key(TicketId(ticket["id"]), CommunicationId(number))
            return [row async for row in ledger.all_recipients(key)]
        finally:
            await ledger.close()
