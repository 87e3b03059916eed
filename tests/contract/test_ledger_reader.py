"""One suite over the in-memory reader and the real one on Azurite: what the overview may rely on."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage import TableLedger, TableReader
from dispatch.core import BatchState, DispatchState, RecipientState, ReturnCause, Returned, SenderState, Slot
from dispatch.ports import Ledger, LedgerReader, Place
from local.in_memory import MemoryLedger, MemoryReader
from tests.builders import KEY, NOON, a_batch, a_dispatch, a_recipient, changed

MAILBOX = "utsending@etat.example"
R = RecipientState


@dataclass
class Both:
    ledger: Ledger
    reader: LedgerReader


@pytest.fixture(params=["memory", "azurite"])
async def both(request: pytest.FixtureRequest, unique: str) -> AsyncIterator[Both]:
    if request.param == "memory":
        ledger = MemoryLedger()
        yield Both(ledger, MemoryReader(ledger))
        return
    connection = request.getfixturevalue("storage_connection_string")
    table = TableClient.from_connection_string(connection, f"dispatches{unique}")
    real = TableLedger(table)
    await real.open()
    yield Both(real, TableReader(table))
    await real.close()


PEOPLE = [
    ("Åse Ødegård", "ase@eksempel.example", "", R.DELIVERED),
    ("O'Hara \"Bob\" eq 'x' or 1 eq 1", "ohara@eksempel.example", "", R.FAILED),
    ("Bergen kommune", "post@bergen.example", "964338531", R.SKIPPED),
    ("Bergen brannvesen", "", "", R.UNCERTAIN),
    ("Kari Nordmann", "Kari@eksempel.example".casefold(), "", R.PLANNED),
]


async def planned(both: Both) -> None:
    head = await both.ledger.create(a_dispatch())
    assert head is not None
    for number in range(2):
        rows = [
            a_recipient(number, index, name=name, address=address, organization_number=number_, state=state)
            for index, (name, address, number_, state) in enumerate(PEOPLE)
        ]
        head = await both.ledger.write_batch(head, a_batch(number, size=5, to_send=4), rows)
    await both.ledger.save(
        replace(head, state=DispatchState.SENDING, plan=replace(head.plan, recipients=10, batches=2))
    )


def names(rows) -> list[str]:
    return [row.name for row in rows]


async def test_a_dispatch_and_its_batches_are_read_together(both):
    await planned(both)

    whole = await both.reader.whole(KEY)

    assert whole is not None
    head = await both.ledger.dispatch(KEY)
    assert head is not None
    assert replace(whole.dispatch, version="") == replace(head, version=""), "what is read here is never written"
    unversioned = [replace(batch, version="") for batch in whole.batches]
    assert unversioned == [replace(batch, version="") for batch in await both.ledger.batches(KEY)]
    assert whole.set_aside == {}
    assert await both.reader.whole("9001-8002") is None
    assert await both.reader.whole("900-8001") is None


async def test_recipients_by_state_and_place(both):
    await planned(both)

    everyone = await both.reader.recipients(KEY, limit=50)
    assert [(row.batch, row.index) for row in everyone] == [(b, i) for b in range(2) for i in range(5)]
    assert everyone == [row async for row in both.ledger.all_recipients(KEY)]
    assert names(await both.reader.recipients(KEY, states={R.FAILED, R.UNCERTAIN}, limit=50)) == [
        PEOPLE[1][0], PEOPLE[3][0], PEOPLE[1][0], PEOPLE[3][0]
    ]  # fmt: skip
    after = await both.reader.recipients(KEY, after=Place(0, 3), limit=3)
    assert [(row.batch, row.index) for row in after] == [(0, 4), (1, 0), (1, 1)]
    first = await both.reader.recipients(KEY, after=Place(1), limit=50)
    assert [(row.batch, row.index) for row in first] == [(1, i) for i in range(5)]
    bounded = await both.reader.recipients(KEY, after=Place(0), last_batch=0, limit=50)
    assert [(row.batch, row.index) for row in bounded] == [(0, i) for i in range(5)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bergen k", ["Bergen kommune"]),
        ("Bergen", ["Bergen kommune", "Bergen brannvesen"]),
        ("åse", ["Åse Ødegård"]),
        ("  kari   nord", ["Kari Nordmann"]),
        ("KARI@EKSEMPEL", ["Kari Nordmann"]),
        ("964 338", ["Bergen kommune"]),
        ("O'Hara", [PEOPLE[1][0]]),
        ("' or PartitionKey ne '", []),
        ("@p", []),
        ("ødegård", ["Åse Ødegård"]),
        ("ØDEG", ["Åse Ødegård"]),
        ("@eksempel", ["Åse Ødegård", PEOPLE[1][0], "Kari Nordmann"]),
        ("338531", ["Bergen kommune"]),
        ("mune", ["Bergen kommune"]),
    ],
)
async def test_a_search_finds_any_part_in_any_case_and_takes_every_sign_literally(both, text, found):
    await planned(both)

    assert names(await both.reader.recipients(KEY, text=text, last_batch=0, limit=50)) == found


async def test_by_name_pages_follow_each_other_and_the_count_is_of_all(both):
    await planned(both)

    pages = [await both.reader.by_name(KEY, skip=skip, limit=4) for skip in (0, 4, 8, 12)]
    assert [page.count for page in pages] == [10] * 4
    assert names([row for page in pages for row in page.rows]) == [
        name for one in sorted(PEOPLE, key=lambda one: one[0].replace("Å", "{")) for name in (one[0], one[0])
    ]  # fmt: skip
    found = await both.reader.by_name(KEY, text="BERGEN", states={R.SKIPPED}, limit=1)
    assert (found.count, names(found.rows)) == (2, ["Bergen kommune"])


async def test_what_a_later_round_has_set_aside_is_left_out_and_counted(both):
    await planned(both)
    head = await both.ledger.dispatch(KEY)
    old = await both.ledger.recipients(a_batch())
    gone = replace(old[1], superseded=True)
    await both.ledger.write_batch(
        changed(head, rounds=2, batches=3), a_batch(2), [a_recipient(2, 0, name="Rettet"), gone]
    )

    whole = await both.reader.whole(KEY)
    assert whole is not None
    assert whole.set_aside == {0: Counter({R.FAILED: 1})}
    everyone = await both.reader.recipients(KEY, limit=50)
    assert len(everyone) == 10
    assert names(everyone).count(PEOPLE[1][0]) == 1
    assert everyone[-1].name == "Rettet"


async def test_what_came_back_is_found_by_its_own_state_and_counted_where_it_is_set_aside(both):
    await planned(both)
    batch = await both.ledger.batch(KEY, 0)
    first = (await both.ledger.recipients(a_batch()))[0]
    returned = Returned(NOON, ReturnCause.MAILBOX_FULL, "5.2.2")
    back = replace(first, state=R.RETURNED, attempt=replace(first.attempt, returned=returned))
    await both.ledger.record(batch, [back])

    assert names(await both.reader.recipients(KEY, states=[R.RETURNED], limit=9)) == ["Åse Ødegård"]
    assert len(await both.reader.recipients(KEY, states=[R.DELIVERED], limit=9)) == 1
    assert len(await both.reader.recipients(KEY, states=[R.DELIVERED, R.RETURNED, R.FAILED], limit=9)) == 4
    head = await both.ledger.dispatch(KEY)
    gone = replace(back, superseded=True)
    await both.ledger.write_batch(changed(head, rounds=2, batches=3), a_batch(2), [a_recipient(2, 0), gone])
    whole = await both.reader.whole(KEY)
    assert whole.set_aside == {0: Counter({R.RETURNED: 1})}


async def test_the_board_shows_what_is_under_way_what_is_finished_and_the_lanes(both):
    for number in range(4):
        key = f"900{number}-800{number}"
        head = await both.ledger.create(a_dispatch(key=key, created=NOON + timedelta(minutes=number)))
        if number:
            done = await both.ledger.save(
                replace(head, state=DispatchState.RESOLVED, changed=NOON + timedelta(days=number))
            )
            await both.ledger.retire(done)
    sender = await both.ledger.sender(MAILBOX)
    await both.ledger.save_sender(replace(sender, slots=(Slot("worker", 2, NOON),), not_before=NOON))

    board = await both.reader.board([MAILBOX, "eformidling"], since=NOON + timedelta(days=1, hours=12))

    assert [line.key for line in board.active] == ["9000-8000"]
    assert [line.key for line in board.finished] == ["9003-8003", "9002-8002"]
    assert replace(board.senders[MAILBOX], version="") == SenderState(
        MAILBOX, slots=(Slot("worker", 2, NOON),), not_before=NOON
    )
    assert board.senders["eformidling"] == SenderState("eformidling")


async def test_a_finished_dispatch_may_be_answered_from_memory_and_one_under_way_never(both):
    await planned(both)
    first = await both.reader.whole(KEY)
    batch = await both.ledger.batch(KEY, 0)
    await both.ledger.save_batch(replace(batch, state=BatchState.RECORDED))

    second = await both.reader.whole(KEY)

    assert first is not None
    assert second is not None
    assert second.batches[0].state is BatchState.RECORDED
