"""A long dispatch tells in its ticket when it will be done: at the start, once more at half way, and never twice."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.adapters.pureservice import Pureservice
from dispatch.report import NO_BREAK, duration_text, finish_text
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.builders import NOON
from tests.stage import Stage, a_stage

SLOW = {"MAIL_RATE_PER_MINUTE": "1", "DISPATCH_BATCH_SIZE": "4"}
NOTE = r"POST .*/communication"


async def ticks(stage: Stage, minutes: float) -> None:
    """The timer every five minutes, and every message when it is due."""
    until = stage.clock() + timedelta(minutes=minutes)
    while stage.clock() < until:
        await stage.tick()
        step = stage.clock() + timedelta(minutes=5)
        await stage.drain(hours=5 / 60)
        stage.clock.now = max(stage.clock.now, step)


async def test_one_note_at_the_start_and_one_at_half_way():
    async with a_stage(**SLOW) as stage:
        ticket = stage.seed(members=40)

        await ticks(stage, 15)
        (start,) = stage.notes_on(ticket)
        assert f"ca. kl.{NO_BREAK}13.40" in start, "noon in London, and forty minutes"

        await ticks(stage, 15)
        assert len(stage.notes_on(ticket)) == 2
        half = stage.notes_on(ticket)[-1]
        assert f"av 40{NO_BREAK}mottakere" in half
        assert f"ferdig ca. kl.{NO_BREAK}13.40" in half

        await stage.run()
        assert len(stage.notes_on(ticket)) == 2
        assert stage.status_of(ticket) == "Løst"
        assert max(row.changed for row in stage.rows_of(ticket)) <= NOON + timedelta(minutes=40)


async def test_numbers_are_written_as_norwegians_do():
    async with a_stage(MAIL_RATE_PER_MINUTE="30") as stage:
        ticket = stage.seed(members=1240)
        await stage.tick()
        (note,) = stage.notes_on(ticket)
        assert f"1{NO_BREAK}240{NO_BREAK}mottakere</strong>. Ferdig <strong>ca. kl.{NO_BREAK}13.45" in note


@pytest.mark.parametrize("settings", [{}, {"MAIL_RATE_PER_MINUTE": "2", "DISPATCH_BATCH_SIZE": "4"}])
async def test_a_short_one_says_nothing(settings: dict[str, str]):
    async with a_stage(**settings) as stage:
        ticket = stage.seed(members=40)
        await stage.run()
        assert stage.status_of(ticket) == "Løst"
        assert stage.notes_on(ticket) == []


async def test_the_quota_of_the_day_makes_a_dispatch_long():
    async with a_stage(MAIL_DAILY_LIMIT="8", DISPATCH_BATCH_SIZE="4") as stage:
        ticket = stage.seed(members=12)
        await stage.tick()
        (note,) = stage.notes_on(ticket)
        assert f"24.{NO_BREAK}november kl.{NO_BREAK}1" in note


@pytest.mark.parametrize("at", [0, 1])
async def test_a_crash_between_the_note_and_the_ledger_does_not_repeat_it(at: int, monkeypatch):
    async with a_stage(**SLOW) as stage:
        ticket = stage.seed(members=40)
        save = stage.ledger.save
        crashed: list[Any] = []

        async def die(dispatch: Any) -> Any:
            known = stage.ledger.heads[dispatch.key]
            told = (dispatch.notes.start, dispatch.notes.half) != (known.notes.start, known.notes.half)
            if told and len(crashed) == 0 and len(stage.notes_on(ticket)) == at + 1:
                crashed.append(dispatch)
                raise KeyboardInterrupt
            return await save(dispatch)

        monkeypatch.setattr(stage.ledger, "save", die)
        for _ in range(3):
            try:
                await ticks(stage, 25)
            except KeyboardInterrupt:
                continue
        await stage.run()

        assert crashed
        assert len(stage.notes_on(ticket)) == 2
        assert stage.status_of(ticket) == "Løst"


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_lost_answer_neither_repeats_nor_loses_a_note(drop: str):
    async with a_stage(**SLOW) as stage:
        stage.pureservice.faults.add(Fault(match=NOTE, drop=drop, times=1))
        ticket = stage.seed(members=40)
        await stage.run()
        assert len(stage.notes_on(ticket)) == 2
        assert set(stage.received().values()) == {1}


async def test_pureservice_that_refuses_notes_stops_no_letter():
    async with a_stage(**SLOW) as stage:
        stage.pureservice.faults.add(Fault(match=NOTE, status=400, times=None))
        ticket = stage.seed(members=40)
        await stage.run()
        assert len(stage.received()) == 40
        assert stage.status_of(ticket) == "Løst"


async def test_a_round_that_sends_again_to_many_counts_as_the_page_does():
    async with a_stage(**SLOW, MAIL_MAILER="microsoft-graph", MAIL_RECONCILE="off") as stage:
        stage.graph.faults.add(Fault(match=r"POST .*/sendMail", drop="before", times=116))
        ticket = stage.seed(members=120)
        await stage.run()
        assert stage.states_of(ticket) == {"uncertain": 116, "delivered": 4}
        before = len(stage.notes_on(ticket))

        key = stage.dispatch_of(ticket).key
        assert await actions.retry_failed(key, stage.services, who="test", uncertain=True) == 116
        await stage.run()

        again = stage.notes_on(ticket)[before:]
        assert len(again) == 2
        assert f"116{NO_BREAK}mottakere</strong>. Ferdig" in again[0]
        assert f"av 120{NO_BREAK}mottakere</strong> er behandlet" in again[1]
        assert set(stage.received().values()) == {1}


async def test_a_stop_in_between_changes_nothing_of_it():
    async with a_stage(**SLOW) as stage:
        ticket = stage.seed(members=40)
        await ticks(stage, 10)
        stage.set_status(ticket, "Under arbeid")
        await ticks(stage, 10)
        stage.set_status(ticket, "Til ekspedering")
        await stage.run()

        headings = [note.split("<h3")[1].split(">")[1].split("<")[0] for note in stage.notes_on(ticket)]
        assert sorted(headings) == ["Utsendelsen er i gang", "Utsendelsen er kommet halvveis", "Utsendelsen er stoppet"]


async def test_the_notes_are_internal(stage):
    assert isinstance(stage.services.tickets, Pureservice)
    async with a_stage(**SLOW) as slow:
        ticket = slow.seed(members=40)
        await slow.run()
        written = [row for row in slow.pureservice.store.communications.values() if row.get("ticketId") == ticket["id"]]
        notes = [row for row in written if "ca. kl." in str(row.get("text"))]
        assert len(notes) == 2
        assert {row["direction"] for row in notes} == {3}
        assert seed.DISPATCH_EMAIL not in slow.received()


# --- words


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0, f"kl.{NO_BREAK}13.00"),
        (1, f"kl.{NO_BREAK}13.05"),
        (80, f"kl.{NO_BREAK}14.20"),
        (659, f"24.{NO_BREAK}november kl.{NO_BREAK}00.00"),
        (60 * 24 * 40, f"2.{NO_BREAK}januar{NO_BREAK}2027 kl.{NO_BREAK}13.00"),
    ],
)
def test_when_it_is_done(minutes: int, told: str):
    assert finish_text(NOON + timedelta(minutes=minutes), NOON) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (20, "under ett minutt"),
        (60, f"1{NO_BREAK}minutt"),
        (42 * 60, f"42{NO_BREAK}minutter"),
        (3600, f"1{NO_BREAK}time"),
        (12_000, f"3{NO_BREAK}timer 20{NO_BREAK}minutter"),
        (2 * 86_400 + 3 * 3600 + 60, f"2{NO_BREAK}døgn 3{NO_BREAK}timer"),
    ],
)
def test_how_long_it_takes(seconds: int, told: str):
    assert duration_text(seconds) == told
