"""Our own storage is out while a message is planned: no letter is blamed, and it goes out when the storage is back."""

from datetime import timedelta
from typing import Any

import pytest

from local.simulators.pureservice import seed
from tests.stage import Stage, a_stage

BLAMED = "for stort eller for innviklet"
KOMMUNE = "910000020"


class StorageDownError(Exception):
    """As the service's own errors: none that a planner knows."""


async def down(*_: Any, **__: Any) -> Any:
    raise StorageDownError


async def an_outage(stage: Stage, monkeypatch: pytest.MonkeyPatch, port: str, call: str, *, ticks: int = 8) -> None:
    """Two hours without the storage, then an hour with it."""
    with monkeypatch.context() as broken:
        broken.setattr(getattr(stage, port), call, down)
        for _ in range(ticks):
            try:
                await stage.tick()
            except StorageDownError:
                stage.queues.messages.clear()  # the host gives up on them, and the timer asks anew
            stage.clock.move(900)
    await stage.run()


@pytest.mark.parametrize(
    ("port", "call"), [("content", "put"), ("content", "get"), ("ledger", "hold"), ("ledger", "write_batch")]
)
async def test_a_dispatch_waits_for_the_storage(port: str, call: str, monkeypatch):
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        await an_outage(stage, monkeypatch, port, call, ticks=4 if call == "write_batch" else 8)

        assert not [note for note in stage.notes_on(ticket) if BLAMED in note]
        assert stage.received() == {"kari0@eksempel.example": 1, "kari1@eksempel.example": 1}
        assert stage.status_of(ticket) == "Løst"


async def test_the_ticket_is_told_that_it_waits_and_for_what(monkeypatch):
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        await an_outage(stage, monkeypatch, "content", "put")

        (note,) = [note for note in stage.notes_on(ticket) if "Utsendelsen er ikke begynt ennå" in note]
        assert "Lagringen til Pureservice Utsendelse" in note


async def test_an_answer_waits_for_the_storage(monkeypatch):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        user = seed.add_user(store, "Postmottak", "Kommunen", email=f"{KOMMUNE}@eformidling.pureservice.local")
        ticket = seed.add_ticket(store, "Spørsmål", user, status=seed.OPEN)
        _, email = seed.add_message(store, ticket, "<p>Svar</p>", "Svar")
        email["created"] = (stage.clock() - timedelta(hours=1)).isoformat()
        await an_outage(stage, monkeypatch, "content", "put")

        assert not stage.notes_on(ticket)
        assert stage.exchange is not None
        assert len(stage.exchange.delivered_to(KOMMUNE)) == 1


async def test_what_is_wrong_with_the_message_itself_still_ends_in_words(monkeypatch):
    async with a_stage() as stage:
        ticket = stage.seed(members=1)
        monkeypatch.setattr(stage.services.letters, "freeze", down)
        for _ in range(8):
            try:
                await stage.tick()
            except StorageDownError:
                stage.queues.messages.clear()
            stage.clock.move(900)

        assert [note for note in stage.notes_on(ticket) if BLAMED in note]
        assert stage.status_of(ticket) == "Under arbeid"
