"""Batches that fall back to one address at the same moment: one letter. Each reads under the fence of what it read."""

import asyncio
from datetime import timedelta

import pytest

from dispatch.core import DispatchKey
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

NUMBERS = ("910000020", "910000039", "910000047")
SHARED = "felles@kommuner.example"
WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"
REPLY = {"MAIL_REPLYTO_ADDRESS": "post@etat.example"}


class Together:
    """Holds the first so many readers of the ledger's rows until all of them have read."""

    def __init__(self, stage: Stage, many: int) -> None:
        self._read, self._left = stage.ledger.all_recipients, many
        self._barrier = asyncio.Barrier(many)
        setattr(stage.ledger, "all_recipients", self)  # noqa: B010 - a method is replaced

    async def __call__(self, key: DispatchKey):
        rows = [row async for row in self._read(key)]
        if self._left:
            self._left -= 1
            async with asyncio.timeout(10):
                await self._barrier.wait()
        for row in rows:
            yield row

    @property
    def happened(self) -> bool:
        return not self._left


def organisations(stage: Stage, *, status: str, addresses: list[str]) -> Row:
    """A ticket for eFormidling, whose organisations all fail there."""
    assert stage.exchange is not None
    store = stage.pureservice.store
    members = [
        seed.add_company(store, f"Kommune {number}", email=address, organization_number=number)
        for number, address in zip(NUMBERS, addresses, strict=False)
    ]
    for number in NUMBERS[: len(members)]:
        stage.exchange.behave(number, fails=True)
    row = seed.add_ticket(store, "Rundskriv", seed.EF_USER, status=status)
    seed.relate_list_to_ticket(store, seed.add_list(store, "Kommuner", members=members), row)
    seed.add_dispatch_text(store, row, "<p>Hei, dette er et rundskriv.</p>")
    return row


@pytest.mark.parametrize("many", [2, 3])
async def test_batches_that_fall_back_to_one_address_at_once_send_one_letter(many):
    settings = {**REPLY, "DISPATCH_BATCH_SIZE": "1", "EF_CONCURRENCY": "9", "DISPATCH_WINDOW_SIZE": "2"}
    async with a_stage(WITH_EXCHANGE="1", **settings) as stage:
        ticket = organisations(stage, status="Til ekspedering", addresses=[SHARED] * many)
        await stage.tick()
        together = Together(stage, many)
        while messages := [message for _ in range(many) if (message := stage.queues.take())]:
            await asyncio.gather(*(stage.handle(message) for message in messages))
            if together.happened:
                break
            stage.clock.now += timedelta(seconds=16)
        await stage.run()

        assert together.happened
        assert stage.received() == {SHARED: 1}
        kept = sorted(str(row.state) for row in stage.rows_of(ticket) if not row.superseded)
        assert kept == ["delivered", *["failed"] * (many - 1)]
        assert stage.status_of(ticket) == "Løst"
        assert "eFormidling feilet" in stage.solutions_on(ticket)[-1], "the others are told why they got nothing"


async def test_an_own_tickets_organisation_still_falls_back_to_an_address_of_its_own():
    async with a_stage(WITH_EXCHANGE="1", **REPLY) as stage:
        ticket = organisations(stage, status="Klar til splitt", addresses=["a@kommune.example", "b@kommune.example"])
        await stage.run()
        assert stage.received() == {"a@kommune.example": 1, "b@kommune.example": 1}
        assert stage.states_of(ticket)["delivered"] == 2


async def test_an_address_whose_letter_is_in_doubt_is_not_fallen_back_to_in_any_round():
    one_way = {"MAIL_MAILER": "microsoft-graph", "MAIL_RECONCILE": "off"}
    async with a_stage(WITH_EXCHANGE="1", DISPATCH_BATCH_SIZE="1", **one_way) as stage:
        ticket = organisations(stage, status="Til ekspedering", addresses=[SHARED])
        store = stage.pureservice.store
        person = seed.add_user(store, "Kari", "Postmottak", email=SHARED)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Personer", members=[person]), ticket)
        stage.graph.faults.add(Fault(match=r"POST .*/sendMail", drop="after"))
        await stage.run()
        assert stage.states_of(ticket) == {"failed": 1, "uncertain": 1}
        assert stage.received() == {SHARED: 1}

        key = DispatchKey(stage.dispatch_of(ticket).key)
        assert await actions.retry_failed(key, stage.services, who=WHO) == 1, "by eFormidling, which failed for certain"
        await stage.run()
        assert stage.received() == {SHARED: 1}
