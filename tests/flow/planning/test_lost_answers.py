"""Storage that makes a write and loses the answer, so that the client's next try meets its own row."""

from typing import Any

import pytest

from dispatch.core import LostRace
from tests.stage import a_stage

TIMES = 8


@pytest.mark.parametrize("write", ["save", "write_batch", "clear_plan"])
async def test_lost_answers_of_our_storage_are_not_blamed_on_the_message(write, monkeypatch):
    async with a_stage() as stage:
        real = getattr(stage.ledger, write)
        lost = 0

        async def made_and_lost(*args: Any, **more: Any) -> Any:
            nonlocal lost
            made = await real(*args, **more)
            if lost < TIMES:
                lost += 1
                raise LostRace("our own write")
            return made

        monkeypatch.setattr(stage.ledger, write, made_and_lost)
        ticket = stage.seed(members=3)
        await stage.run(hours=6)
        await stage.run(hours=6)

        assert lost == TIMES
        assert set(stage.received().values()) == {1}
        assert len(stage.received()) == 3
        assert not any("Forenkle" in note for note in stage.notes_on(ticket))
        assert len(stage.solutions_on(ticket)) == 1
