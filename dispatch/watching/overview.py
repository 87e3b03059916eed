"""What is said of dispatches, on the status page and in the API: read from the ledger in a few bounded queries."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from dispatch.core import (
    MISSED,
    BatchState,
    ContentMissing,
    DispatchKey,
    DispatchState,
    Letter,
    Recipient,
    is_dispatch_key,
    merging,
    name_key,
)
from dispatch.pacing import Snapshot, Waiting, Waits, forecast, per_minute, standing_before, unsent, waiting
from dispatch.ports import Board, Place, Whole
from dispatch.services import Services
from dispatch.settings import TENANT, senders
from dispatch.watching.lookup import USUALLY_LISTED, by_name, recipients
from dispatch.watching.row_waits import ROWS_TELL, TRIED, told_by_rows
from dispatch.watching.summaries import DispatchDetails, DispatchSummary
from dispatch.watching.tally import Tally, by_channel, tally_of

__all__ = [
    "USUALLY_LISTED",
    "DispatchDetails",
    "DispatchSummary",
    "Tally",
    "Waiting",
    "Waits",
    "by_name",
    "details",
    "recipients",
    "summaries",
]

MOST_FINISHED = 20  # of the latest ones
RECENT = timedelta(days=90)
D = DispatchState


async def summaries(services: Services, *, finished: int = MOST_FINISHED) -> list[DispatchSummary]:
    """Those under way and stopped, oldest first; then the latest finished ones.

    One query for the index and one for each dispatch that is not finished; a finished one is asked for once a process.
    """
    board = await _board(services)
    active = {line.key: "" for line in board.active}
    # The newest first: one that was sent again has an older line too.
    latest: dict[DispatchKey, str] = {}
    for line in board.finished:
        if line.key not in active:
            latest.setdefault(line.key, line.row)
    chosen = [*active.items(), *list(latest.items())[:finished]]
    found = await asyncio.gather(*(services.reader.whole(key, as_of=row) for key, row in chosen))
    known = [whole for whole in found if whole is not None]
    return [summary_of(whole, services, board, known) for whole in known]


async def outline(key: DispatchKey, services: Services) -> DispatchDetails | None:
    """One dispatch without those who were not reached, by one query; None where there is none.

    What it waits for and when it will be done is only guessed: the state of the mailboxes was not asked for.
    """
    if not is_dispatch_key(key):
        return None
    whole = await services.reader.whole(key)
    return None if whole is None else _details(whole, summary_of(whole, services, None), (), services)


async def details(key: DispatchKey, services: Services, *, missed: bool = True) -> DispatchDetails | None:
    """One dispatch; None where there is none.

    One query for it and its batches, and a second: for the state of the mailboxes while it is sent, else for those who
    were not reached, where there are any and ``missed`` asks for them. While it is sent, one more for each other
    dispatch under way, and one where all that is left is to be tried again.
    """
    if not is_dispatch_key(key):
        return None
    whole = await services.reader.whole(key)
    if whole is None:
        return None
    board = await _board(services) if whole.dispatch.state is D.SENDING else None
    summary = summary_of(whole, services, board, await _others(key, board, services))
    summary = await _looked_into(whole, summary, services)
    rows = await _missed(whole, summary, services) if missed and board is None else ()
    found = _details(whole, summary, rows, services)
    return await _with_files(found, services) if missed else found


async def letter(details: DispatchDetails, services: Services) -> Letter | None:
    """What every recipient gets, as it was frozen; None where it is removed or was never frozen."""
    if not details.content_hash or details.summary.purged:
        return None  # what is purged may still lie in this process's memory
    try:
        return merging.as_written(await services.letters.thaw(details.summary.key, details.content_hash))
    except ContentMissing:
        return None


async def _with_files(details: DispatchDetails, services: Services) -> DispatchDetails:
    if not details.content_hash or details.summary.purged:
        return details
    try:
        names, left_out = await services.letters.files(details.summary.key, details.content_hash)
    except ContentMissing:
        return details
    return replace(details, files=names, left_out=left_out)


async def report(key: DispatchKey, services: Services) -> bytes | None:
    """The report as an HTML document; None where there is none."""
    return await services.content.get(f"{key}/report/rapport.html") if is_dispatch_key(key) else None


def summary_of(whole: Whole, services: Services, board: Board | None, others: Sequence[Whole] = ()) -> DispatchSummary:
    """How the dispatch stands by these rows, and by the others that share the mailboxes. Pure but for the clock."""
    head = whole.dispatch
    sharing = [
        (other.dispatch, standing_before(other.batches))
        for other in others
        if other.dispatch.key != head.key and other.dispatch.state is D.SENDING
    ]
    senders = board.senders if board else {}
    seen = Snapshot(head, whole.batches, whole.written, senders, services.settings, services.clock(), others=sharing)
    expected, rate = forecast(seen), per_minute(seen)
    purged = bool(head.plan.batches) and not whole.batches and head.state is not D.PLANNING
    return DispatchSummary(
        key=head.key,
        ticket_id=head.ticket_id,
        communication_id=head.communication_id,
        request_number=head.request_number,
        subject=head.content.subject,
        state=head.state,
        scenario=head.scenario,
        channel=head.channel,
        tally=tally_of(whole, whole.batches, head.plan.recipients),
        by_channel=by_channel(whole),
        duplicates=head.plan.duplicates,
        lists=tuple(name for name in head.plan.lists.split("\n") if name),
        problems=tuple(line for line in head.problems.split("\n") if line),
        round=head.rounds.current,
        batches=head.plan.batches,
        batches_done=sum(batch.state is BatchState.RECORDED for batch in whole.batches),
        rate=rate,
        expected_done=expected.done if expected else None,
        reckoned_rate=expected.rate if expected and rate else None,
        waits=waiting(seen),
        created=head.created,
        planned=head.plan.made,
        resolved=head.resolved_at,
        purged=purged,
        purged_at=head.content.purged if purged else None,
        looked=seen.now,
    )


def _details(
    whole: Whole, summary: DispatchSummary, missed: tuple[Recipient, ...], services: Services
) -> DispatchDetails:
    head = whole.dispatch
    return DispatchDetails(
        summary,
        tuple(whole.batches),
        missed,
        head.content.letter_hash,
        head.content.letter_bytes,
        looked=services.clock(),
        has_own_files=head.content.has_own_files,
    )


async def _board(services: Services) -> Board:
    together = [TENANT] if services.settings.mail_tenant_daily_limit else []
    names = [*(sender.name for sender in senders(services.settings)), *together]
    return await services.reader.board(names, since=services.clock() - RECENT)


async def _others(key: DispatchKey, board: Board | None, services: Services) -> list[Whole]:
    """The other dispatches under way, where this one shares the mailboxes with them."""
    keys = [line.key for line in board.active if line.key != key] if board else []
    found = await asyncio.gather(*(services.reader.whole(other) for other in keys))
    return [whole for whole in found if whole is not None]


async def _looked_into(whole: Whole, summary: DispatchSummary, services: Services) -> DispatchSummary:
    """What is waited for, said by the recipients themselves where the batches alone can't tell."""
    if summary.waits.what not in ROWS_TELL:
        return summary
    numbers = [batch.number for batch in whole.batches if unsent(batch)]
    rows = await services.reader.recipients(
        summary.key, states=TRIED, after=Place(numbers[0]), last_batch=numbers[-1], limit=USUALLY_LISTED
    )
    return replace(summary, waits=told_by_rows(summary.waits, rows))


async def _missed(whole: Whole, summary: DispatchSummary, services: Services) -> tuple[Recipient, ...]:
    """The first of them. The batches say where they are, so that a few are not looked for among 20 000."""
    if not summary.tally.missed:
        return ()
    among = [
        batch.number
        for batch in whole.batches
        if batch.counts.attempted + batch.counts.skipped > batch.counts.delivered
    ]
    first = Place(among[0])
    rows = await services.reader.recipients(
        summary.key, states=MISSED, after=first, last_batch=among[-1], limit=USUALLY_LISTED
    )
    return tuple(sorted(rows, key=name_key))
