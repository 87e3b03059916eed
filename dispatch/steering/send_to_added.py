"""Sends to those who were put on the lists after the dispatch: a new round of it, with the same frozen letter.

Whoever has a row already keeps it, whatever became of them; an address that has had the letter, or perhaps has, gets
nothing more. One who shared such an address has had it too, whatever address they have now.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from dispatch.closing import approval
from dispatch.core import (
    Approval,
    Batch,
    BatchState,
    Dispatch,
    DispatchKey,
    DispatchState,
    MailingList,
    Member,
    OutcomeCounts,
    OwnPlace,
    Recipient,
    RecipientState,
    Rejected,
    Scenario,
    SentTo,
    identities,
    merging,
)
from dispatch.pacing import batch_size
from dispatch.planning import (
    FileNow,
    FileRecipient,
    Sharer,
    WantedAgain,
    Who,
    add_sharers,
    count_without_files,
    file_now,
    is_line_of,
    known_sharers,
    named_lists,
    own_again,
    planned_row,
)
from dispatch.services import Services
from dispatch.settings import Settings
from dispatch.steering import further_round, ticket_in_use
from dispatch.steering.send_again import is_opening
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

FOLLOW_UP = "Dette er en oppfølging: den går til dem som fikk den forrige meldingen, og kan ikke sendes til flere."
NOBODY = "Ingen er lagt til i mottakerlistene eller mottakerfilen siden meldingen ble sendt ut."


@dataclass(frozen=True, slots=True)
class Added:
    """Those who came since, on the lists or in the file: who would get it, who has no address, whose has had it."""

    to_send: tuple[Recipient, ...]
    skipped: tuple[Recipient, ...]
    lists: tuple[MailingList, ...]  # that the ticket has now
    sharers: Mapping[Who, Sharer]  # who is known to share an address since now
    own: Mapping[Who, merging.OwnContent]


async def foreseen(key: DispatchKey, services: Services) -> Added:
    """Whom a press would reach now; changes nothing.

    Raises:
        Rejected: the dispatch is not finished, or its content is removed.
        TicketSystemError: Pureservice can't be asked.
    """
    return await _added(await _finished(key, services), services)


async def send(key: DispatchKey, services: Services, *, by: approval.Person = approval.NOBODY) -> int:
    """Plans the new batches and puts the ticket back to its ready status; returns how many get the letter.

    So many that another must approve them wait for that.

    Raises:
        Rejected: there is nobody to send to, or too many.
        LostRace: somebody else changed the dispatch meanwhile; what was planned till then stands.
    """
    dispatch = await _finished(key, services)
    await ticket_in_use.refuse_beside_another(dispatch, services)
    ready = await services.statuses.named(services.ready_status_name(dispatch.scenario))
    added = await _added(dispatch, services)
    opening = is_opening(dispatch)  # an earlier press came half-way: what it planned goes with this one
    if ready is None or not (added.to_send or opening):
        raise Rejected([NOBODY])
    _refuse_too_many(dispatch, added, services.settings)
    await add_sharers(key, added.sharers, services)
    await services.ledger.revive(dispatch)
    needs = await approval.for_round(dispatch, len(added.to_send), by, services)
    for rows in _batches((*added.to_send, *added.skipped), batch_size(dispatch, services.settings)):
        dispatch = await _plan_batch(dispatch, rows, added, needs, services)
    # Whoever retired it after we looked took its line out of the index again.
    await services.ledger.revive(dispatch)
    await ticket_in_use.refuse_overtaken(dispatch, services)
    await further_round.begin(dispatch, ready, services)
    event(log, Action.RETRIED, dispatch=key, recipients=len(added.to_send))
    return len(added.to_send)


def choose(
    rows: Iterable[Recipient],
    members: Iterable[Member],
    dispatch: Dispatch,
    settings: Settings,
    *,
    sharing: Mapping[Who, Sharer] = MappingProxyType({}),
) -> tuple[list[Recipient], dict[Who, Sharer]]:
    """Rows for the members that have none, in the lists' order, and who else shares an address with whom. Pure.

    Nobody gets a letter at an address of a row, nor one whose address was such a one when the others were planned.
    """
    known = list(rows)
    sent = SentTo(known, dispatch.scenario)
    first = _first_rows(known)
    have_rows = set(first)
    shared: dict[Who, Sharer] = {}
    added: list[Recipient] = []
    for member in members:
        row, who = planned_row(member, dispatch, settings), (member.kind, member.id)
        with_whom = first.get(sharing[who].recipient) if who in sharing else None
        if who in have_rows or (with_whom and _has_it(with_whom, sent)):
            continue
        have_rows.add(who)
        if row.state is RecipientState.PLANNED:
            if _has_it(row, sent):
                shared[who] = Sharer(_owner(row, [*known, *added], dispatch), member.name)
                continue
            sent.take(row)
        added.append(row)
    return added, shared


def _first_rows(rows: Iterable[Recipient]) -> dict[Who, Recipient]:
    """The row that each was planned in: later ones may have another address."""
    first: dict[Who, Recipient] = {}
    for row in sorted(rows, key=lambda row: (row.batch, row.index)):
        first.setdefault((row.kind, row.source_id), row)
    return first


def _has_it(row: Recipient, sent: SentTo) -> bool:
    return sent.is_taken(row) or sent.is_perhaps_sent(row)


def _owner(row: Recipient, rows: Iterable[Recipient], dispatch: Dispatch) -> Who:
    """Whose row has the address, or the organisation number, that this one has too."""
    about = identities(row, dispatch.scenario)
    return next((other.kind, other.source_id) for other in rows if about & identities(other, dispatch.scenario))


async def _finished(key: DispatchKey, services: Services) -> Dispatch:
    dispatch = await services.ledger.dispatch(key)
    done = dispatch is not None and (dispatch.state is DispatchState.RESOLVED or is_opening(dispatch))
    if dispatch is None or not done or dispatch.scenario is Scenario.REPLY:
        raise Rejected(["Utsendelsen er ikke ferdig. Bare en ferdig utsendelse kan sendes til flere."])
    if dispatch.plan.follows:
        raise Rejected([FOLLOW_UP])
    if dispatch.content.purged or not await services.ledger.batches(key, limit=1):
        raise Rejected(["Meldingen er slettet etter lagringstiden. Opprett en ny sak for dem som er lagt til."])
    return dispatch


async def _added(dispatch: Dispatch, services: Services) -> Added:
    rows = [row async for row in services.ledger.all_recipients(dispatch.key)]
    now = await file_now(dispatch, services)
    written = list(now.source.new_members(rows)) if now.source else []
    members: list[Member] = [member for member, _ in written]
    lists = await services.tickets.mailing_lists(dispatch.ticket_id)
    for mailing_list in (found for found in lists if found.usable):
        members += [member async for member in services.tickets.members(mailing_list.id)]
    before = await known_sharers(dispatch.key, services)
    added, shared = choose(rows, members, dispatch, services.settings, sharing=before)
    own = await _own_of(added, dispatch, members, written, now, services)
    to_send = tuple(row for row in added if row.state is RecipientState.PLANNED)
    skipped = tuple(row for row in added if row.state is not RecipientState.PLANNED)
    return Added(to_send, skipped, tuple(lists), shared, own)


async def _own_of(
    added: Sequence[Recipient],
    dispatch: Dispatch,
    members: Sequence[Member],
    written: Sequence[tuple[Member, FileRecipient]],
    now: FileNow,
    services: Services,
) -> dict[Who, merging.OwnContent]:
    """What is each one's alone.

    Raises:
        Rejected: somebody lacks a value, or a file.
    """
    letter = await services.letters.thaw(dispatch.key, dispatch.content.letter_hash)
    table = now.source.table.recipients if now.source else ()
    if not (letter.fields or any(line.files for line in table)):
        return {}
    by_who = {(member.kind, member.id): member for member in members}
    lines = now.lines_for(members) | {(member.kind, member.id): line for member, line in written}
    reached = {(row.kind, row.source_id): row for row in added if row.state is RecipientState.PLANNED}
    own = {who: line for who, line in lines.items() if who in reached and is_line_of(line, reached[who])}
    wanted = [WantedAgain(by_who[who], own.get(who)) for who in reached]
    return dict(zip(reached, await own_again(dispatch, letter, wanted, now, services), strict=True))


def _refuse_too_many(dispatch: Dispatch, added: Added, settings: Settings) -> None:
    most = settings.dispatch_max_recipients
    if most and dispatch.plan.recipients + len(added.to_send) + len(added.skipped) > most:
        raise Rejected([f"Med dem som er lagt til, blir det flere enn {most} mottakere, som er grensen i oppsettet."])


def _batches(rows: Sequence[Recipient], size: int) -> list[list[Recipient]]:
    """The rows in batches, each of one channel."""
    channels = dict.fromkeys(row.channel for row in rows)
    by_channel = [[row for row in rows if row.channel is channel] for channel in channels]
    return [alike[start : start + size] for alike in by_channel for start in range(0, len(alike), size)]


async def _plan_batch(
    dispatch: Dispatch, rows: Sequence[Recipient], found: Added, needs: Approval, services: Services
) -> Dispatch:
    number = dispatch.plan.batches
    mine = [found.own.get((row.kind, row.source_id), merging.NOTHING_OWN) for row in rows]
    blob = await services.letters.own.freeze(dispatch.key, mine)
    planned = [
        replace(row, batch=number, index=index, own=OwnPlace(blob, index) if blob else OwnPlace())
        for index, row in enumerate(rows)
    ]
    to_send = sum(row.state is RecipientState.PLANNED for row in planned)
    skipped = len(planned) - to_send
    batch = Batch(
        dispatch=dispatch.key,
        number=number,
        state=BatchState.PLANNED if to_send else BatchState.RECORDED,
        size=len(planned),
        to_send=to_send,
        channel=planned[0].channel,
        counts=OutcomeCounts(skipped=skipped),
    )
    wished = further_round.opened(dispatch, services.clock(), needs=needs, added=len(planned), skipped=skipped)
    plan = replace(wished.plan, lists=named_lists(found.lists, before=wished.plan.lists))
    bare = wished.content.without_files + count_without_files(planned, found.own)
    has_own = wished.content.has_own_files or any(one.files for one in mine)
    content = replace(wished.content, without_files=bare, has_own_files=has_own)
    wished = replace(wished, plan=plan, content=content)
    return await services.ledger.write_batch(wished, batch, planned)
