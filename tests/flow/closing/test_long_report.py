"""The report of a long list: it holds some rows at a time, and no row is turned into words on the loop."""

import csv
import io
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from dispatch.closing import resolve
from dispatch.core import (
    Attempt,
    BatchState,
    CommunicationId,
    Dispatch,
    DispatchContent,
    DispatchPlan,
    DispatchState,
    MemberKind,
    Reason,
    Recipient,
    RecipientState,
    ResolveTicket,
    TicketId,
    Transport,
    dispatch_key,
)
from local.in_memory import CheckedLedger
from local.simulators.pureservice import Row
from local.typesetter import set_once
from tests.builders import NOON, a_batch, a_letter
from tests.stage import Stage, a_stage

MOST = 2_500  # the report names 200 of each outcome, and some more are held until it is known which; lots of 250
STATES = (RecipientState.DELIVERED, RecipientState.FAILED, RecipientState.SKIPPED, RecipientState.UNCERTAIN)
REASONS = (None, Reason.RECIPIENT_REFUSED, Reason.NO_ADDRESS, Reason.NOTHING_CAN_TELL)


@dataclass(frozen=True, slots=True)
class SeenRow(Recipient):
    """Counts how many of it there are, and notes which threads look into one."""

    alive: ClassVar[int] = 0
    most: ClassVar[int] = 0
    threads: ClassVar[set[int]] = set()

    def __post_init__(self) -> None:
        SeenRow.alive += 1
        SeenRow.most = max(SeenRow.most, SeenRow.alive)

    def __del__(self) -> None:
        SeenRow.alive -= 1

    def redirected_to(self, now: str) -> str:
        SeenRow.threads.add(threading.get_ident())
        return Recipient.redirected_to(self, now)


class LongLedger(CheckedLedger):
    """Makes its recipients while they are read, as a table's pages are."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    async def all_recipients(self, key: Any) -> AsyncIterator[Recipient]:
        for row in rows_of(self.size):
            yield row


def rows_of(size: int) -> Iterator[Recipient]:
    for number in range(size):
        delivered = STATES[number % 4] is RecipientState.DELIVERED
        yield SeenRow(
            batch=number // 98,
            index=number % 98,
            kind=MemberKind.PERSON,
            source_id=number + 1,
            # The last come first by name: whoever keeps the first must let others go until the end.
            name=f"Åse {size - number:06}",
            address=f"nr{number}@eksempel.example",
            state=STATES[number % 4],
            reason=REASONS[number % 4],
            changed=NOON,
            attempt=Attempt(count=1, transport=Transport.GRAPH) if delivered else Attempt(),
        )


async def resolved(stage: Stage, size: int) -> Row:
    """A ticket whose so many recipients all have an outcome, answered."""
    ticket = stage.seed(members=1)
    key = dispatch_key(TicketId(ticket["id"]), CommunicationId(1))
    digest = await stage.services.letters.freeze(key, a_letter())
    ledger = LongLedger(size)
    stage.ledger = ledger
    stage.services = replace(stage.services, ledger=ledger)
    head = await ledger.create(
        Dispatch(
            key,
            TicketId(ticket["id"]),
            ticket["requestNumber"],
            CommunicationId(1),
            DispatchState.SENDING,
            created=NOON,
            content=DispatchContent(subject="Høring", letter_hash=digest),
            plan=DispatchPlan(recipients=size, batches=1, made=NOON),
        )
    )
    assert head is not None
    await ledger.write_batch(head, a_batch(dispatch=key, state=BatchState.RECORDED), ())
    SeenRow.alive = SeenRow.most = 0
    SeenRow.threads.clear()
    await resolve.run(ResolveTicket(dispatch=key), stage.services)
    return ticket


@pytest.mark.parametrize("size", [20_000, 40_000])
async def test_so_many_rows_are_held_at_once_however_long_the_list_is(size):
    async with a_stage() as stage:
        ticket = await resolved(stage, size)

        assert stage.status_of(ticket) == "Løst"
        assert SeenRow.most <= MOST
        (file,) = [name for name in stage.content.blobs if name.endswith(".csv")]
        lines = list(csv.reader(io.StringIO(stage.content.blobs[file].decode("utf-8-sig"), newline=""), delimiter=";"))
        assert [line[3] for line in lines[1:]] == [f"nr{number}@eksempel.example" for number in range(size)]
        (solution,) = set(stage.solutions_on(ticket))
        named = [solution.count(f"nr{n}@") for n in range(size - 800, size)]
        assert named == [1] * 800, "the first 200 of each outcome by name"
        assert f"Og {size // 4 - 200:,} til.".replace(",", "\u00a0") in solution


async def test_neither_report_nor_list_nor_pdf_is_made_on_the_loop():
    set_by: list[int] = []

    def typesetter(*arguments: Any, **options: Any) -> Any:
        set_by.append(threading.get_ident())
        return set_once(*arguments, **options)

    async with a_stage() as stage:
        stage.services = replace(stage.services, typesetter=typesetter)
        await resolved(stage, 1_000)

    assert SeenRow.threads, "rows were looked into"
    assert set_by
    assert threading.get_ident() not in {*SeenRow.threads, *set_by}
