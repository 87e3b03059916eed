"""One suite over the in-memory ledger and the real one on Azurite: what a worker may rely on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage import TableLedger
from dispatch.core import (
    BatchState,
    DispatchKey,
    DispatchState,
    LostRace,
    OutcomeCounts,
    Reason,
    RecipientState,
    ReturnCause,
    Returned,
    SenderState,
    Slot,
    TicketId,
    Transport,
)
from dispatch.ports import Ledger
from local.in_memory import MemoryLedger
from tests.builders import KEY, NOON, a_batch, a_dispatch, a_recipient, changed


@pytest.fixture(params=["memory", "azurite"])
async def ledger(request: pytest.FixtureRequest, unique: str) -> AsyncIterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    connection = request.getfixturevalue("storage_connection_string")
    real = TableLedger(TableClient.from_connection_string(connection, f"dispatches{unique}"))
    await real.open()
    yield real
    await real.close()


async def test_a_dispatch_is_created_once(ledger):
    first = await ledger.create(a_dispatch())

    assert first is not None
    assert first.version
    assert await ledger.create(a_dispatch()) is None
    assert await ledger.dispatch(KEY) == first


async def test_every_field_comes_back_as_it_was_written(ledger):
    written = await ledger.create(
        a_dispatch(
            subject="Høring: «æøå» [Sak ID# 1]",
            lists="Alle kommuner\nAndre",
            owner_until=NOON + timedelta(microseconds=123456),
            recipients=12,
        )
    )
    recipient = a_recipient(
        state=RecipientState.FAILED,
        reason=Reason.GAVE_UP,
        transport=Transport.SMTP,
        refused_by=(Transport.GRAPH, Transport.SMTP),
        date=NOON,
        not_before=NOON,
    )
    await ledger.write_batch(written, a_batch(due=NOON), [recipient])

    read = await ledger.dispatch(KEY)
    assert read is not None
    assert replace(read, version="") == replace(written, version="")
    assert await ledger.recipients(a_batch()) == [recipient]
    batch = await ledger.batch(KEY, 0)
    assert replace(batch, version="") == a_batch(due=NOON)


async def test_what_came_back_is_read_as_it_was_written(ledger):
    written = await ledger.create(a_dispatch(state=DispatchState.SENDING))
    back = Returned(NOON, ReturnCause.MAILBOX_FULL, "5.2.2")
    row = a_recipient(state=RecipientState.RETURNED, reason=Reason.GAVE_UP)
    recipient = replace(row, attempt=replace(row.attempt, returned=back))
    counts = OutcomeCounts(delivered=3, returned=1)
    await ledger.write_batch(written, replace(a_batch(), counts=counts), [recipient])

    assert await ledger.recipients(a_batch()) == [recipient]
    batch = await ledger.batch(KEY, 0)
    assert batch is not None
    assert batch.counts == counts


async def test_a_save_with_an_old_version_loses(ledger):
    first = await ledger.create(a_dispatch())
    await ledger.save(replace(first, state=DispatchState.SENDING))

    with pytest.raises(LostRace):
        await ledger.save(replace(first, state=DispatchState.REJECTING))


async def test_a_stalled_planner_is_fenced_out(ledger):
    stalled = await ledger.create(a_dispatch())
    taken_over = await ledger.clear_plan(stalled)
    await ledger.write_batch(taken_over, a_batch(), [a_recipient()])

    with pytest.raises(LostRace):
        await ledger.write_batch(stalled, a_batch(), [a_recipient(state=RecipientState.SKIPPED)])

    assert [row.state for row in await ledger.recipients(a_batch())] == [RecipientState.PLANNED]


async def test_clearing_a_plan_leaves_no_row_of_it(ledger):
    dispatch = await ledger.create(a_dispatch())
    for number in range(3):
        dispatch = await ledger.write_batch(
            dispatch, a_batch(number), [a_recipient(number, index) for index in range(98)]
        )

    await ledger.clear_plan(dispatch)

    assert await ledger.batches(KEY) == []
    assert [row async for row in ledger.all_recipients(KEY)] == []


async def test_a_worker_whose_lease_was_taken_over_writes_nothing(ledger):
    dispatch = await ledger.create(a_dispatch())
    await ledger.write_batch(dispatch, a_batch(), [a_recipient(), a_recipient(index=1)])
    batch = await ledger.batch(KEY, 0)
    await ledger.save_batch(changed(batch, owner="second"))

    with pytest.raises(LostRace):
        await ledger.record(changed(batch, owner="first"), [a_recipient(state=RecipientState.DELIVERED)])

    assert {row.state for row in await ledger.recipients(a_batch())} == {RecipientState.PLANNED}


async def test_batches_are_found_by_state_in_order_and_limited(ledger):
    dispatch = await ledger.create(a_dispatch())
    for number in range(12):
        state = BatchState.RECORDED if number % 2 else BatchState.PLANNED
        dispatch = await ledger.write_batch(dispatch, a_batch(number, state=state), [])

    planned = await ledger.batches(KEY, states={BatchState.PLANNED})
    assert [batch.number for batch in planned] == [0, 2, 4, 6, 8, 10]
    assert [batch.number for batch in await ledger.batches(KEY, states=set(BatchState), limit=2)] == [0, 1]
    assert len(await ledger.batches(KEY)) == 12
    behind = await ledger.batches(KEY, states={BatchState.PLANNED}, after=4, limit=2)
    assert [batch.number for batch in behind] == [6, 8]


async def test_batches_are_saved_together_or_not_at_all(ledger):
    dispatch = await ledger.create(a_dispatch())
    for number in range(3):
        dispatch = await ledger.write_batch(dispatch, a_batch(number), [a_recipient(number)])
    read = await ledger.batches(KEY)

    saved = await ledger.save_batches([replace(batch, state=BatchState.RELEASED, release=1) for batch in read])
    assert saved == await ledger.batches(KEY)
    assert {batch.release for batch in saved} == {1}

    await ledger.save_batch(replace(saved[1], release=2))
    with pytest.raises(LostRace):
        await ledger.save_batches([replace(batch, release=9) for batch in saved])
    assert [batch.release for batch in await ledger.batches(KEY)] == [1, 2, 1]


async def test_recipients_stream_in_the_order_of_the_plan(ledger):
    dispatch = await ledger.create(a_dispatch())
    for number in range(12):
        dispatch = await ledger.write_batch(dispatch, a_batch(number), [a_recipient(number, i) for i in range(11)])

    seen = [(row.batch, row.index) async for row in ledger.all_recipients(KEY)]

    assert seen == [(number, index) for number in range(12) for index in range(11)]


async def test_the_index_follows_a_dispatch_from_active_to_finished_to_purged(ledger):
    dispatch = await ledger.create(a_dispatch())
    assert [line.key for line in await ledger.active()] == [KEY]

    done = await ledger.save(replace(dispatch, state=DispatchState.RESOLVED, changed=NOON + timedelta(hours=1)))
    await ledger.retire(done)
    await ledger.retire(done)
    assert await ledger.active() == []
    assert await ledger.expired(NOON + timedelta(hours=1)) == []

    lines = await ledger.expired(NOON + timedelta(hours=1, seconds=1))
    assert [line.key for line in lines] == [KEY]
    await ledger.purge(done)
    await ledger.forget(lines[0])
    assert await ledger.expired(NOON + timedelta(days=9)) == []
    assert await ledger.dispatch(KEY) is not None, "without its row the message could be sent again"


@pytest.mark.parametrize("seconds", [-61, -1, 0, 1, 61])
async def test_of_two_who_begin_one_message_the_list_names_one_dispatch(ledger, seconds):
    """Each writes its line before the dispatch's row, so that none is unseen after a crash."""
    first = await ledger.create(a_dispatch())
    assert first is not None
    assert await ledger.create(a_dispatch(created=NOON + timedelta(seconds=seconds))) is None

    (line,) = await ledger.active()
    assert line.key == KEY
    for _ in range(2):  # what is not the dispatch's own line is forgotten, as a sweep does, and its own is not
        for line in await ledger.active():
            if not line.is_of(first):
                await ledger.forget(line)
    (line,) = await ledger.active()
    assert line.is_of(first)


async def test_two_workers_can_not_both_change_the_lane(ledger):
    fresh = await ledger.sender("utsending@etat.example")
    assert fresh == SenderState("utsending@etat.example")
    slot = Slot("w1", 3, NOON + timedelta(minutes=2))
    await ledger.save_sender(replace(fresh, slots=(slot,), sent_by_hour={"2026-11-23T12+00:00": 96}))

    with pytest.raises(LostRace):
        await ledger.save_sender(replace(fresh, slots=()))

    known = await ledger.sender("Utsending@etat.example")
    assert known.slots == (slot,)
    assert known.sent_by_hour == {"2026-11-23T12+00:00": 96}
    kept = await ledger.save_sender(replace(known, not_before=NOON))
    assert (await ledger.sender("utsending@etat.example")).not_before == NOON
    with pytest.raises(LostRace):
        await ledger.save_sender(known)
    assert kept.version != known.version


async def test_a_purge_removes_nothing_of_a_dispatch_that_was_begun_again(ledger):
    rejected = await ledger.create(a_dispatch(state=DispatchState.REJECTED))
    anew = await ledger.save(replace(rejected, state=DispatchState.PLANNING))
    await ledger.write_batch(anew, a_batch(), [a_recipient()])

    with pytest.raises(LostRace):
        await ledger.purge(rejected)

    assert len(await ledger.recipients(a_batch())) == 1


async def test_one_that_was_begun_again_stays_active_however_late_it_is_retired(ledger):
    done = await ledger.create(a_dispatch(state=DispatchState.RESOLVED))
    await ledger.revive(done)
    await ledger.save(replace(done, state=DispatchState.STOPPED))

    await ledger.retire(done)

    assert [line.key for line in await ledger.active()] == [KEY]


async def test_a_message_is_begun_once_whatever_ticket_it_is_moved_to(ledger):
    await ledger.create(a_dispatch())
    moved = DispatchKey("9002-8001")

    assert await ledger.create(a_dispatch(key=moved, ticket_id=TicketId(9002))) is None
    assert await ledger.key_of("8001") == KEY
    assert await ledger.key_of("8002") is None
    assert [line.key for line in await ledger.active()] == [KEY]
    for ticket in (9001, 9002):  # what could not be sent has no message, and each ticket is told
        assert await ledger.create(a_dispatch(key=DispatchKey(f"{ticket}-0"))) is not None


async def test_the_index_says_which_ticket_a_dispatch_is_of_now(ledger):
    dispatch = await ledger.create(a_dispatch())
    assert [line.ticket for line in await ledger.active()] == [9001]

    await ledger.revive(replace(dispatch, ticket_id=TicketId(9002)))

    assert [line.ticket for line in await ledger.active()] == [9002]


async def test_a_ticket_is_held_by_one_dispatch_at_a_time(ledger):
    fresh = await ledger.hold(TicketId(9001))
    assert fresh.dispatch is None
    first = await ledger.save_hold(replace(fresh, dispatch=KEY))
    for late in (fresh, replace(fresh, dispatch=DispatchKey("9001-8002"))):
        with pytest.raises(LostRace):
            await ledger.save_hold(late)
    assert await ledger.hold(TicketId(9001)) == first
    again = await ledger.save_hold(first)
    with pytest.raises(LostRace):
        await ledger.save_hold(first)
    assert (await ledger.hold(TicketId(9001))).version == again.version
