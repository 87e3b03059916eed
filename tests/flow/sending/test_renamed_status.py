"""A status that Pureservice knows by another name, for a while or for good, is nobody's stop."""

from tests.stage import a_stage


async def test_a_status_that_was_renamed_is_not_a_ticket_that_was_moved():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        await stage.handle(stage.queues.take())
        statuses = stage.pureservice.store.statuses.values()
        status = next(row for row in statuses if row["name"] == "Til ekspedering")
        status["name"] = "Klar til utsending"
        stage.clock.move(700)
        await stage.run(hours=2)
        assert not any("Saken står ikke lenger i statusen" in note for note in stage.notes_on(ticket))
        assert stage.dispatch_of(ticket).state == "sending"

        status["name"] = "Til ekspedering"
        stage.clock.move(700)
        await stage.run(hours=2)
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(3)}
