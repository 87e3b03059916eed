"""Every reader of recipients sees what was recorded last, whether their rows hold it yet or only their batch's journal.

The oracle is a plain dictionary of what was recorded; it knows nothing of journals.
"""

import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage import TableLedger, TableReader
from dispatch.core import (
    NOT_HELD,
    Attempt,
    Batch,
    BatchState,
    Dispatch,
    DispatchState,
    Lease,
    LostRace,
    OutcomeCounts,
    Reason,
    Recipient,
    RecipientState,
    RecipientTicket,
    Route,
    Transport,
    has_part,
    name_key,
)
from dispatch.ports import Ledger, LedgerReader, Place
from local.in_memory import MemoryLedger, MemoryReader
from tests.builders import KEY, NOON, a_batch, a_dispatch, a_recipient

B, R = BatchState, RecipientState
BATCHES, SIZE = 3, 5
NAMES = ("Åse Ødegård", 'O\'Hara "Bob" \\ <x>', "Bergen kommune", "Kari 😀 Nordmann", "Bergen brannvesen")


@dataclass
class Recorded:
    """A ledger, its reader, and what was recorded in them."""

    ledger: Ledger
    reader: LedgerReader
    head: Dispatch
    rows: dict[tuple[int, int], Recipient] = field(default_factory=dict)

    async def plan(self, number: int, rows: Sequence[Recipient], **also: Any) -> None:
        """A batch is planned; ``also`` names the batch that it comes from."""
        grown = replace(self.head, plan=replace(self.head.plan, batches=number + 1, recipients=50))
        self.head = await self.ledger.write_batch(grown, a_batch(number, size=SIZE, to_send=SIZE), rows, **also)
        self.note(rows)

    async def batch(self, number: int) -> Batch:
        found = await self.ledger.batch(KEY, number)
        assert found is not None
        return found

    async def record(self, batch: Batch, rows: Iterable[Recipient]) -> None:
        rows = list(rows)
        written = await self.ledger.record(batch, rows)
        self.note(rows)
        assert await self.batch(batch.number) == written, "what is returned is what is read"

    def note(self, rows: Iterable[Recipient]) -> None:
        self.rows |= {(row.batch, row.index): row for row in rows}

    def standing(self, wanted: Callable[[Recipient], bool] = lambda _: True) -> list[Recipient]:
        return [row for _, row in sorted(self.rows.items(), key=lambda item: item[0]) if wanted(row)]


@pytest.fixture(params=["memory", "azurite"])
async def recorded(request: pytest.FixtureRequest, unique: str) -> AsyncIterator[Recorded]:
    ledger: Any
    reader: Any
    if request.param == "memory":
        ledger = MemoryLedger()
        reader = MemoryReader(ledger)
    else:
        connection = request.getfixturevalue("storage_connection_string")
        table = TableClient.from_connection_string(connection, f"dispatches{unique}")
        ledger, reader = TableLedger(table), TableReader(table)
        await ledger.open()
    head = await ledger.create(a_dispatch(state=DispatchState.SENDING))
    assert head is not None
    found = Recorded(ledger, reader, head)
    for number in range(BATCHES):
        rows = [
            a_recipient(number, index, name=name, address=f"nr{index}@b{number}.example")
            for index, name in enumerate(NAMES)
        ]
        await found.plan(number, rows)
    yield found
    if request.param != "memory":
        await ledger.close()


def leased(batch: Batch) -> Batch:
    return replace(batch, state=B.LEASED, lease=Lease("w1", NOON + timedelta(seconds=90)), attempts=batch.attempts + 1)


def put_down(batch: Batch, state: BatchState) -> Batch:
    return replace(batch, state=state, lease=NOT_HELD, counts=OutcomeCounts(delivered=1), due=NOON)


async def every_reader_agrees(recorded: Recorded) -> None:
    ledger, reader = recorded.ledger, recorded.reader
    standing = recorded.standing()
    assert [row async for row in ledger.all_recipients(KEY)] == standing
    batches = await ledger.batches(KEY)
    for batch in batches:
        assert await ledger.recipients(batch) == [row for row in standing if row.batch == batch.number]
    shown = [row for row in standing if not row.superseded]
    for states, text, after, last, limit in SELECTIONS:
        wanted = [
            row
            for row in shown
            if (not states or row.state in states)
            and has_part(row, text)
            and (after is None or (row.batch, row.index) > (after.batch, after.index))
            and (last is None or row.batch <= last)
        ]
        found = await reader.recipients(KEY, states=states, text=text, after=after, last_batch=last, limit=limit)
        assert found == wanted[:limit], (states, text, after, last, limit)
        if after is None and last is None:
            named = await reader.by_name(KEY, states=states, text=text, skip=1, limit=limit)
            assert (named.count, named.rows) == (
                len(wanted), tuple(sorted(wanted, key=name_key)[1 : 1 + limit])
            )  # fmt: skip
    whole = await reader.whole(KEY)
    assert whole is not None
    assert [replace(batch, version="") for batch in whole.batches] == [replace(batch, version="") for batch in batches]


SELECTIONS: list[tuple[frozenset[RecipientState], str, Place | None, int | None, int]] = [
    (frozenset(), "", None, None, 50),
    (frozenset(), "", None, None, 4),
    (frozenset({R.DELIVERED, R.FAILED}), "", None, None, 50),
    (frozenset({R.PLANNED}), "", Place(0, 2), None, 6),
    (frozenset({R.IN_FLIGHT, R.IN_DOUBT}), "", Place(1), None, 50),
    (frozenset({R.DELIVERED}), "", Place(1, 1), 2, 50),
    (frozenset({R.DELIVERED}), "bergen", None, None, 50),
    (frozenset(), "nr3@", Place(1), 1, 50),
    (frozenset(), "", Place(2, 4), None, 50),
]


def moved(row: Recipient, chance: random.Random) -> Recipient:
    state = chance.choice([R.IN_FLIGHT, R.DELIVERED, R.FAILED, R.IN_DOUBT, R.PLANNED, R.UNDER_WAY])
    attempt = Attempt(
        count=row.attempt.count + 1,
        first=NOON,
        transport=chance.choice([Transport.GRAPH, None]),
        message_id=f"<{chance.random()}@x>",
        date=NOON + timedelta(microseconds=chance.randrange(1_000_000)),
        refused_by=chance.choice([(), (Transport.GRAPH, Transport.SMTP)]),
        route=chance.choice([Route("fra@x.example", "til@y.example"), Route("")]),
        waited=chance.choice([0.0, 12.25]),
    )
    return replace(
        row,
        state=state,
        attempt=attempt,
        reason=Reason.GAVE_UP if state is R.FAILED else None,
        detail=chance.choice(["", 'sa "nei"\n\\ ærlig', "x" * 200]),
        not_before=chance.choice([None, NOON]),
        changed=NOON,
        own_ticket=chance.choice([RecipientTicket(), RecipientTicket(1, 2, 3, "told", 4, 5)]),
    )


async def one_act(recorded: Recorded, chance: random.Random) -> None:
    batch = await recorded.batch(chance.randrange(BATCHES))
    mine = recorded.standing(lambda row: row.batch == batch.number and not row.superseded)
    some = [moved(row, chance) for row in chance.sample(mine, min(len(mine), chance.randrange(4)))]
    act = chance.choice(["record", "record", "record", "put down", "save", "set aside"])
    if act == "record":
        await recorded.record(leased(batch), some)
    elif act == "put down":
        await recorded.record(put_down(batch, chance.choice([B.RELEASED, B.PLANNED])), some)
    elif act == "save":
        await recorded.ledger.save_batch(leased(batch) if chance.random() < 0.5 else put_down(batch, B.RELEASED))
    elif mine:
        held = await recorded.ledger.save_batch(leased(batch))
        gone = [replace(row, superseded=True) for row in some]
        number = recorded.head.plan.batches
        anew = [replace(row, batch=number, index=at, superseded=False) for at, row in enumerate(gone)]
        await recorded.plan(number, [*anew, *gone], instead_of=held)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_recorded_in_whatever_order_every_reader_sees_it(recorded, seed):
    chance = random.Random(seed)
    for _ in range(14):
        await one_act(recorded, chance)
        await every_reader_agrees(recorded)


async def test_one_row_is_written_while_a_worker_has_the_batch_and_all_of_them_when_it_is_put_down(recorded):
    rows = [replace(row, state=R.DELIVERED) for row in recorded.standing(lambda row: row.batch == 0)]
    held = leased(await recorded.batch(0))
    await recorded.record(held, rows[:2])
    await recorded.record(leased(await recorded.batch(0)), rows[1:3])
    assert [row.index for row in (await recorded.batch(0)).journal] == [0, 1, 2]

    await recorded.record(put_down(await recorded.batch(0), B.RECORDED), rows[3:])

    assert (await recorded.batch(0)).journal == ()
    assert await recorded.ledger.recipients(await recorded.batch(0)) == rows


async def test_who_lost_the_lease_records_nothing_in_the_journal(recorded):
    mine = await recorded.ledger.save_batch(leased(await recorded.batch(0)))
    (row, *_) = recorded.standing(lambda row: row.batch == 0)
    await recorded.record(replace(mine, lease=Lease("another", NOON)), [])

    with pytest.raises(LostRace):
        await recorded.ledger.record(mine, [replace(row, state=R.DELIVERED)])

    await every_reader_agrees(recorded)


async def test_a_batch_of_the_largest_size_and_the_longest_texts_is_recorded_whole(recorded):
    wide = [
        a_recipient(3, index, name="Ærøskøbing 😀 " * 16, address=f"{index}{'å' * 180}@langt.example")
        for index in range(98)
    ]
    await recorded.plan(3, wide)
    await recorded.ledger.save_batch(leased(await recorded.batch(3)))
    longest = 0
    for start in range(0, len(wide), 7):
        some = [replace(row, state=R.IN_FLIGHT, detail="ø" * 200) for row in wide[start : start + 7]]
        await recorded.record(await recorded.batch(3), some)
        await every_reader_agrees(recorded)
        longest = max(longest, len((await recorded.batch(3)).journal))

    ended = [replace(row, state=R.DELIVERED) for row in recorded.standing(lambda row: row.batch == 3)]
    await recorded.record(put_down(await recorded.batch(3), B.RECORDED), ended[-7:])
    await every_reader_agrees(recorded)
    assert longest < len(wide) or isinstance(recorded.ledger, MemoryLedger), "nothing of it was folded on the way"
