"""An outage of ours is not the letter's fault."""

import contextlib

from tests.stage import a_stage


async def test_an_outage_of_the_storage_is_not_blamed_on_the_message():
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        real = stage.content.put

        async def out(*_, **__):
            raise RuntimeError("503 ServerBusy")

        stage.content.put = out
        for _ in range(6):
            with contextlib.suppress(RuntimeError):
                await stage.tick()
            stage.clock.move(900)
        stage.content.put = real
        for _ in range(3):
            await stage.tick()
            await stage.drain()
            stage.clock.move(300)
        assert not any("for stort eller for innviklet" in note for note in stage.notes_on(ticket))
        assert sum(stage.received().values()) == 1
