"""The storage has written, and its answer is lost: the SDK asks once more, and is told that the row has changed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage import TableLedger
from dispatch.core import (
    NOT_HELD,
    Batch,
    BatchState,
    Dispatch,
    DispatchState,
    Lease,
    LostRace,
    Recipient,
    RecipientState,
    SenderState,
    TicketHold,
)
from tests.builders import KEY, NOON, a_batch, a_dispatch, a_recipient


class Line:
    """The line to the storage: the next answers to a write never arrive, though the request has.

    Then the line is dead for so many requests, and ``meanwhile`` happens before it lives again.
    """

    def __init__(self) -> None:
        self.transport: Any = AioHttpTransport()
        self.spared = 0
        self.lose = 0
        self.dead = 0
        self.meanwhile: Callable[[], Awaitable[Any]] | None = None
        self._send = self.transport.send
        self.transport.send = self._lossy

    async def _lossy(self, request: Any, **options: Any) -> Any:
        if not self.lose and self.dead:
            self.dead -= 1
            raise ServiceRequestError("the connection was refused")
        answer = await self._send(request, **options)
        if request.method in ("PUT", "POST", "PATCH") and (self.lose or self.spared):
            self.spared, spared = max(self.spared - 1, 0), self.spared
            if spared:
                return answer
            self.lose -= 1
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile is not None:
                await meanwhile()
            raise ServiceResponseError("the connection was reset")
        return answer


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
async def ledger(storage_connection_string: str, unique: str, line: Line) -> AsyncIterator[TableLedger]:
    table = TableClient.from_connection_string(
        storage_connection_string, f"lost{unique}", transport=line.transport, retry_backoff_factor=0
    )
    opened = TableLedger(table)
    await opened.open()
    yield opened
    await opened.close()


async def a_leased_batch(ledger: TableLedger) -> tuple[Batch, list[Recipient]]:
    dispatch = await ledger.create(a_dispatch())
    assert dispatch is not None
    rows = [a_recipient(index=index) for index in range(3)]
    await ledger.write_batch(dispatch, a_batch(size=3, to_send=3), rows)
    planned = await ledger.batch(KEY, 0)
    assert planned is not None
    until = NOON + timedelta(seconds=300, microseconds=17)
    return replace(planned, state=BatchState.LEASED, lease=Lease("owner", until), attempts=1), rows


def sent(rows: list[Recipient]) -> list[Recipient]:
    return [replace(row, state=RecipientState.DELIVERED, changed=NOON, detail="Åse") for row in rows]


@pytest.mark.parametrize(("lost", "dead"), [(1, 0), (2, 0), (1, 4)])
async def test_what_was_written_is_the_writers_own(ledger, line, lost, dead):
    """Also where nothing was answered to any of the tries, and the first of them was taken."""
    leased, rows = await a_leased_batch(ledger)
    line.lose, line.dead = lost, dead

    kept = await ledger.record(leased, sent(rows))

    assert (line.lose, line.dead) == (0, 0)
    assert kept == await ledger.batch(KEY, 0)
    ended = replace(kept, state=BatchState.RECORDED, lease=NOT_HELD)
    line.lose = 1
    recorded = await ledger.record(ended, sent(rows[:1]))  # a transaction
    assert recorded == await ledger.batch(KEY, 0)
    assert await ledger.recipients(recorded) == sent(rows)


async def test_what_another_has_written_is_not(ledger, line):
    leased, rows = await a_leased_batch(ledger)
    other = replace(leased, lease=replace(leased.lease, owner="another"))
    await ledger.record(other, sent(rows))

    with pytest.raises(LostRace):
        await ledger.record(leased, sent(rows))
    with pytest.raises(LostRace):
        await ledger.record(replace(leased, state=BatchState.RECORDED, lease=NOT_HELD), sent(rows))


async def test_batches_that_were_written_together_are_the_writers_own(ledger, line):
    dispatch = await ledger.create(a_dispatch())
    for number in range(3):
        dispatch = await ledger.write_batch(dispatch, a_batch(number), [a_recipient(number, 0)])
    released = [replace(batch, state=BatchState.RELEASED, release=1, due=NOON) for batch in await ledger.batches(KEY)]
    line.lose = 1

    assert await ledger.save_batches(released) == await ledger.batches(KEY)


async def test_a_batch_that_another_has_changed_since_it_was_written_with_others_is_not_the_writers(ledger, line):
    """Else a release would put on the queue, as it was released, a batch that a person has ended since."""
    dispatch = await ledger.create(a_dispatch())
    for number in range(3):
        dispatch = await ledger.write_batch(dispatch, a_batch(number), [a_recipient(number, 0)])
    released = [replace(batch, state=BatchState.RELEASED, release=1, due=NOON) for batch in await ledger.batches(KEY)]

    async def ended() -> None:
        second = await ledger.batch(KEY, 1)
        assert second is not None
        await ledger.record(replace(second, state=BatchState.RECORDED), [])

    line.lose, line.meanwhile = 1, ended

    with pytest.raises(LostRace):
        await ledger.save_batches(released)
    with pytest.raises(LostRace):
        await ledger.save_batch(replace(released[1], state=BatchState.LEASED))


Act = Callable[[TableLedger, Dispatch], Awaitable[Any]]
ACTS: dict[str, Act] = {
    "a dispatch is changed": lambda ledger, dispatch: ledger.save(replace(dispatch, state=DispatchState.STOPPED)),
    "a batch is planned": lambda ledger, dispatch: ledger.write_batch(dispatch, a_batch(1), [a_recipient(1)]),
    "a plan is cleared": lambda ledger, dispatch: ledger.clear_plan(dispatch),
    "a plan is purged": lambda ledger, dispatch: ledger.purge(dispatch),
    "a ticket is taken": lambda ledger, dispatch: ledger.save_hold(TicketHold(dispatch.ticket_id, dispatch.key)),
    "a mailbox rests": lambda ledger, _: ledger.save_sender(SenderState("post@kommune.no", not_before=NOON)),
}


@pytest.mark.parametrize("what", ACTS)
async def test_each_conditional_write_whose_answer_is_lost_is_the_writers_own(ledger, line, what):
    """Else a person is told that the dispatch was changed meanwhile, by the very press that was done."""
    created = await ledger.create(a_dispatch())
    assert created is not None
    dispatch = await ledger.write_batch(created, a_batch(), [a_recipient()])
    line.lose = 1

    row = await ACTS[what](ledger, dispatch)

    assert line.lose == 0
    if isinstance(row, Dispatch):
        await ledger.save(row)  # the version that was returned is the row's


@pytest.mark.parametrize("spared", [0, 2], ids=["the message's row", "the dispatch's row"])
async def test_a_dispatch_whose_creation_was_answered_by_nobody_is_the_creators(ledger, line, spared):
    """Two planners with one message make the same row at the same moment: one of them is told that it was first."""
    line.spared, line.lose = spared, 1

    created = [await ledger.create(a_dispatch()), await ledger.create(a_dispatch())]

    assert line.lose == 0
    assert [made is not None for made in created] == [True, False]
