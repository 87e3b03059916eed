"""What Pureservice answers well and does not do, and what is too long for it: the ticket says so in words."""

import sys
from typing import Any

import pytest

from dispatch.core import HalfDone
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from local.simulators.pureservice.errors import bad_request
from local.simulators.pureservice.rules import Rules
from tests.stage import Stage, a_stage

LONGEST = 8000


def ignore_the_status_of(monkeypatch: pytest.MonkeyPatch, *, where: str = "statusId") -> None:
    """Changes of a ticket that name this field leave its status as it was, and are answered with 200."""
    real = Rules.check_change

    def check(self: Rules, row: Any, values: Any) -> None:
        if where in values and "requestNumber" in row:
            values.pop("statusId", None)
        real(self, row, values)

    monkeypatch.setattr(Rules, "check_change", check)


def refuse_long_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(self: Rules, *args: Any) -> None:
        if any(isinstance(value, str) and len(value) > LONGEST for value in args[-1].values()):
            raise bad_request("too long")

    monkeypatch.setattr(Rules, "check_change", check)
    monkeypatch.setattr(Rules, "check_new", check)


async def ticks(stage: Stage, count: int) -> None:
    for _ in range(count):
        await stage.tick()
        await stage.drain(hours=0.1)
        stage.clock.move(300)


async def test_a_ticket_that_was_not_solved_after_all_says_what_is_lacking(monkeypatch):
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        ignore_the_status_of(monkeypatch, where="solution")
        await ticks(stage, 4)

        (note,) = [note for note in stage.notes_on(ticket) if "saken er ikke løst" in note]
        assert "svarte ja" in note
        solution = stage.pureservice.store.tickets[ticket["id"]]["solution"]
        assert "Rapport etter utsendelse" in solution
        assert "Utsendelsen er ferdig, men saken er ikke løst" in solution
        assert stage.status_of(ticket) == "Under arbeid"


async def test_a_ticket_whose_status_never_moves_is_told_once_of_each(monkeypatch):
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        ignore_the_status_of(monkeypatch)
        await ticks(stage, 40)

        notes = stage.notes_on(ticket)
        assert stage.status_of(ticket) == "Til ekspedering"
        assert set(stage.received().values()) == {1}
        for words in ("saken er ikke løst", "sendt ut før", "Saken må få en annen status"):
            assert len([note for note in notes if words in note]) == 1, words


async def test_a_stop_that_was_answered_and_not_done_is_not_called_done(monkeypatch):
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        ignore_the_status_of(monkeypatch)

        with pytest.raises(HalfDone) as told:
            await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="x")
        assert "fikk ikke statusen «Under arbeid»" in told.value.sentences[0]


async def test_a_report_that_is_too_long_leaves_a_few_words(monkeypatch):
    async with a_stage() as stage:
        monkeypatch.setattr(sys.modules[__name__], "LONGEST", 3_000)  # less than the report without names
        ticket = stage.seed(members=30)
        refuse_long_texts(monkeypatch)
        await ticks(stage, 4)

        (note,) = [note for note in stage.notes_on(ticket) if "saken er ikke løst" in note]
        assert "tok ikke imot rapporten" in note
        assert f"{stage.dispatch_of(ticket).key}/report/" in note
        assert stage.dispatch_of(ticket).state == "resolved"
        assert stage.status_of(ticket) == "Under arbeid"


async def test_what_a_case_worker_wrote_stays_below_the_report_round_after_round():
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        store = stage.pureservice.store
        own = "<p>Avtalt på telefon, se journal 12/345</p>"
        stage.graph.faults.add(Fault(match="POST .*/sendMail", drop="after", times=1))
        stage.graph.faults.add(Fault(match="GET .*/messages", status=403, times=None))
        await stage.tick()
        store.update(
            "ticket",
            store.tickets[ticket["id"]],
            {"solution": own, "statusId": seed.status_id(store, "Til ekspedering")},
        )
        await stage.run()
        first = store.tickets[ticket["id"]]["solution"]
        await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="x", uncertain=True)
        await stage.run()
        second = store.tickets[ticket["id"]]["solution"]

        for solution in (first, second):
            assert solution.count("<h2") == 1
            assert solution.count("Avtalt på telefon") == 1
        assert "2. sending" in second


async def test_a_report_that_is_too_long_with_names_solves_the_ticket_without_them(monkeypatch):
    async with a_stage(MAIL_REPLYTO_ADDRESS="post@etat.example") as stage:
        monkeypatch.setattr(sys.modules[__name__], "LONGEST", 12_000)
        ticket = stage.seed(members=60, status=seed.READY_121)
        refuse_long_texts(monkeypatch)
        await ticks(stage, 6)

        solution = stage.pureservice.store.tickets[ticket["id"]]["solution"]
        assert "tok ikke imot hele rapporten" in solution
        assert "kari0@" not in solution
        assert "60 mottakere" in solution.replace("\N{NO-BREAK SPACE}", " ")
        assert f"Se {stage.dispatch_of(ticket).key}" not in solution
        assert stage.status_of(ticket) == "Løst"
        assert set(stage.received().values()) == {1}
