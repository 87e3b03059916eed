"""A ledger with one large dispatch in it, half sent or finished, for measuring what reads it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dispatch.core import (
    Attempt,
    Batch,
    BatchState,
    CommunicationId,
    Dispatch,
    DispatchContent,
    DispatchKey,
    DispatchState,
    MemberKind,
    OutcomeCounts,
    Reason,
    Recipient,
    RecipientState,
    TicketId,
    Transport,
)
from dispatch.ports import Ledger

IN_A_BATCH = 96
ONE_IN = 50  # recipients fails, and one has no address


async def fill(
    ledger: Ledger, *, recipients: int, ticket: int = 9001, done: float = 1.0, now: datetime | None = None
) -> DispatchKey:
    """Writes the dispatch; ``done`` is the share of its batches that are recorded."""
    now = now or datetime.now(UTC)
    key = DispatchKey(f"{ticket}-{ticket - 1000}")
    head = await ledger.create(
        Dispatch(
            key=key,
            ticket_id=TicketId(ticket),
            request_number=ticket + 1000,
            communication_id=CommunicationId(ticket - 1000),
            state=DispatchState.PLANNING,
            created=now - timedelta(hours=4),
            content=DispatchContent(subject=f"Høring nr. {ticket}"),
        )
    )
    assert head is not None
    sizes = [min(IN_A_BATCH, recipients - start) for start in range(0, recipients, IN_A_BATCH)]
    for number, size in enumerate(sizes):
        recorded = number < done * len(sizes)
        rows = [_row(number, index, recorded=recorded, now=now) for index in range(size)]
        head = await ledger.write_batch(head, _batch(key, number, rows, recorded=recorded, now=now), rows)
    finished = done >= 1
    head = await ledger.save(
        replace(
            head,
            state=DispatchState.RESOLVED if finished else DispatchState.SENDING,
            plan=replace(
                head.plan,
                recipients=recipients,
                batches=len(sizes),
                lists="Alle kommuner",
                made=now - timedelta(hours=3),
            ),
            resolved_at=now if finished else None,
        )
    )
    if finished:
        await ledger.retire(head)
    return key


def _row(batch: int, index: int, *, recorded: bool, now: datetime) -> Recipient:
    number = batch * IN_A_BATCH + index
    state = RecipientState.DELIVERED if recorded else RecipientState.PLANNED
    reason = None
    if number % ONE_IN == 1:
        state, reason = RecipientState.SKIPPED, Reason.NO_ADDRESS
    elif number % ONE_IN == 2 and recorded:
        state, reason = RecipientState.FAILED, Reason.RECIPIENT_REFUSED
    return Recipient(
        batch=batch,
        index=index,
        kind=MemberKind.PERSON,
        source_id=number + 1,
        name=f"Mottaker {number:05}",
        address="" if reason is Reason.NO_ADDRESS else f"m{number:05}@eksempel.example",
        state=state,
        attempt=Attempt(
            transport=Transport.GRAPH if recorded and reason is None else None,
            message_id=f"<{number:05}.abcdefghijklmnopqrstuvwxyz@eksempel.example>"
            if recorded and reason is None
            else "",
            date=now,
        ),
        reason=reason,
        changed=now,
    )


def _batch(key: DispatchKey, number: int, rows: list[Recipient], *, recorded: bool, now: datetime) -> Batch:
    counted = Counter(row.state for row in rows)
    return Batch(
        dispatch=key,
        number=number,
        state=BatchState.RECORDED if recorded else BatchState.PLANNED,
        size=len(rows),
        to_send=len(rows) - counted[RecipientState.SKIPPED],
        due=now if recorded else None,
        counts=OutcomeCounts(
            delivered=counted[RecipientState.DELIVERED],
            failed=counted[RecipientState.FAILED],
            skipped=counted[RecipientState.SKIPPED],
        ),
    )
