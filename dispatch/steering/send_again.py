"""Sends again to those who were not reached, as new batches of the same dispatch. Only a person asks for it."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from dispatch.closing import approval, resume
from dispatch.core import (
    MISSED,
    Approval,
    Attempt,
    Batch,
    BatchState,
    Channel,
    Dispatch,
    DispatchKey,
    DispatchState,
    Doubt,
    Member,
    MemberKind,
    OwnPlace,
    Recipient,
    RecipientState,
    Rejected,
    Scenario,
    Transport,
    merging,
    only_ticket_begun,
)
from dispatch.pacing import batch_size
from dispatch.planning import (
    FileRecipient,
    WantedAgain,
    Who,
    file_now,
    first_few,
    known_sharers,
    line_of,
    own_again,
    without_files_now,
)
from dispatch.services import Services
from dispatch.steering import further_round, ticket_in_use
from dispatch.steering.whom_again import Again, choose
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

NOBODY = "Ingen av dem som ikke fikk meldingen, kan nås nå. Rett adressene først, i Pureservice eller i mottakerfilen."
OTHER_NUMBER = (
    "Rad {} i mottakerfilen har ikke lenger organisasjonsnummeret {}, som meldingen ble sendt til. Den kan bare sendes "
    "på nytt dit. Sett nummeret tilbake, eller opprett en ny sak for det nye."
)


async def retry(
    key: DispatchKey, services: Services, *, uncertain: bool = False, by: approval.Person = approval.NOBODY
) -> int:
    """Plans the new batches and puts the ticket back to its ready status; returns the number of recipients.

    So many that another must approve them wait for that.

    Raises:
        Rejected: the dispatch is not finished, or there is nobody to send to again.
        LostRace: somebody else changed the dispatch meanwhile; what was planned till then stands.
    """
    dispatch = await services.ledger.dispatch(key)
    opening = dispatch is not None and is_opening(dispatch)
    if dispatch is None or not (opening or dispatch.state is DispatchState.RESOLVED):
        raise Rejected(["Utsendelsen er ikke ferdig. Bare en ferdig utsendelse kan sendes på nytt."])
    if dispatch.content.purged:
        raise Rejected(["Mottakerne er slettet fordi lagringstiden er ute, og det kan ikke sendes til dem på nytt."])
    await ticket_in_use.refuse_beside_another(dispatch, services)
    ready = await services.statuses.named(services.ready_status_name(dispatch.scenario))
    # Every write below carries the version of the dispatch that was read before its rows: who purged or wrote
    # meanwhile makes it lose.
    rows = [row async for row in services.ledger.all_recipients(key)]
    now_known = await members_now(dispatch, rows, services)
    sharing = await known_sharers(key, services)
    again = choose(rows, now_known, dispatch.scenario, uncertain=uncertain, sharing=sharing)
    own = await _own_of(again, dispatch, rows, now_known, services)
    if ready is None or not (again or opening):
        raise Rejected([NOBODY])
    await services.ledger.revive(dispatch)
    needs = await approval.for_round(dispatch, len(again), by, services)
    most = batch_size(dispatch, services.settings, with_old_rows=True)
    for channel in dict.fromkeys(item.old.channel for item in again):
        alike = [item for item in again if item.old.channel is channel]
        for start in range(0, len(alike), most):
            dispatch = await _plan_batch(dispatch, alike[start : start + most], own, needs, services)
    # Whoever retired it after we looked took its line out of the index again.
    await services.ledger.revive(dispatch)
    await ticket_in_use.refuse_overtaken(dispatch, services)
    if dispatch.scenario is Scenario.REPLY:
        await resume.by_person(dispatch, services)  # which tries for as long anew what an earlier round was held for
    else:
        await further_round.begin(dispatch, ready, services)
    count = len(again) + (
        sum(row.state is RecipientState.PLANNED and not row.superseded for row in rows) if opening else 0
    )
    event(log, Action.RETRIED, dispatch=key, recipients=count)
    return count


def is_opening(dispatch: Dispatch) -> bool:
    """Whether a press that asked to send again came half-way: some are planned, the ticket may not stand ready."""
    return dispatch.state is DispatchState.STOPPED and dispatch.rounds.opening == dispatch.rounds.current


async def members_now(dispatch: Dispatch, rows: Sequence[Recipient], services: Services) -> dict[Who, Member]:
    """Everyone on the ticket's lists as they stand in Pureservice now, and who was missed and is on none of them."""
    found: dict[Who, Member] = {}
    for mailing_list in await services.tickets.mailing_lists(dispatch.ticket_id):
        async for member in services.tickets.members(mailing_list.id):
            found[member.kind, member.id] = member
    if dispatch.scenario is Scenario.REPLY:
        return found  # which goes to an organisation's number, and to nobody's id
    if any(row.kind is MemberKind.ROW for row in rows):
        found |= (await file_now(dispatch, services)).members_of(rows)
    missed = {(row.kind, row.source_id) for row in rows if row.state in MISSED and not row.superseded}
    for kind in (MemberKind.PERSON, MemberKind.ORGANISATION):
        if off := {number for of_kind, number in missed - found.keys() if of_kind is kind}:
            found |= {(kind, one.id): one for one in await services.tickets.members_by_id(kind, off)}
    return found


async def _own_of(
    again: Sequence[Again],
    dispatch: Dispatch,
    rows: Iterable[Recipient],
    now_known: Mapping[Who, Member],
    services: Services,
) -> dict[Who, merging.OwnContent]:
    """What is each one's alone, as file and lists say it now; nothing where the letter is the same for everybody.

    Raises:
        Rejected: somebody lacks a value, or a file.
    """
    if not again or dispatch.scenario is Scenario.REPLY:
        return {}
    letter = await services.letters.thaw(dispatch.key, dispatch.content.letter_hash)
    now = await file_now(dispatch, services)
    if not (letter.fields or now.names_files or any(item.old.own.blob for item in again)):
        return {}
    of_now = now.lines_for(now_known[_who(item)] for item in again if _who(item) in now_known)
    lines = (of_now, now.lines_of(rows))
    _refuse_other_numbers(again, lines[1])
    everybody = [_who(item) for item in again]
    wanted = [WantedAgain(now_known.get(_who(item)), line_of(_goes_to(item), lines), item.old.own) for item in again]
    contents = await own_again(dispatch, letter, wanted, now, services)
    return dict(zip(everybody, contents, strict=True))


def _refuse_other_numbers(again: Sequence[Again], lines: Mapping[Who, FileRecipient]) -> None:
    """A round goes where the one before it went: what was put right is not sent to the wrong number once more.

    Raises:
        Rejected: the file has another number for somebody now.
    """
    old = {_who(item): item.old.organization_number for item in again if item.old.channel is Channel.EFORMIDLING}
    changed = [(line, old[who]) for who, line in lines.items() if old.get(who) and line.organisation_number != old[who]]
    if changed:
        raise Rejected(first_few([OTHER_NUMBER.format(line.row, number) for line, number in changed]))


def _goes_to(item: Again) -> Recipient:
    return replace(item.old, address=item.address)


def _who(item: Again) -> Who:
    return item.old.kind, item.old.source_id


async def _plan_batch(
    dispatch: Dispatch,
    again: list[Again],
    own: Mapping[Who, merging.OwnContent],
    needs: Approval,
    services: Services,
) -> Dispatch:
    number = dispatch.plan.batches
    mine = [own.get(_who(item), merging.NOTHING_OWN) for item in again]
    blob = await services.letters.own.freeze(dispatch.key, mine)
    planned = [_anew(item, number, index, services.clock(), blob) for index, item in enumerate(again)]
    batch = Batch(
        dispatch=dispatch.key,
        number=number,
        state=BatchState.PLANNED,
        size=len(planned),
        to_send=len(planned),
        channel=again[0].old.channel,
    )
    unskipped = sum(item.old.state is RecipientState.SKIPPED for item in again)
    shared = sum(item.shared for item in again)
    wished = further_round.opened(dispatch, services.clock(), needs=needs, added=shared, skipped=-unskipped)
    counted = [item.old.own for item in again if not item.shared and item.old.state is not RecipientState.SKIPPED]
    bare = await without_files_now(dispatch, counted, mine, services)
    has_own = wished.content.has_own_files or any(one.files for one in mine)
    wished = replace(wished, content=replace(wished.content, without_files=bare, has_own_files=has_own))
    # One transaction: from one instant to the next the old row stops counting and the new one begins to.
    set_aside = [replace(item.old, superseded=True) for item in again if not item.shared]
    return await services.ledger.write_batch(wished, batch, [*planned, *set_aside])


def _anew(item: Again, batch: int, index: int, now: datetime, blob: str) -> Recipient:
    """The row of the new round. What is perhaps sent, and a ticket that was perhaps made, stay known to it."""
    row = Recipient(
        batch=batch,
        index=index,
        kind=item.old.kind,
        source_id=item.old.source_id,
        name=item.old.name,
        address=item.address,
        organization_number=item.old.organization_number,
        channel=item.old.channel,
        state=RecipientState.PLANNED,
        doubt=Doubt(resent=item.doubted),
        own_ticket=replace(item.old.own_ticket, note=""),
        detour=item.old.detour,
        own=OwnPlace(blob, index) if blob else OwnPlace(),
    )
    if not only_ticket_begun(item.old):
        return row
    in_doubt = replace(row.doubt, since=now)
    return replace(row, state=RecipientState.IN_DOUBT, doubt=in_doubt, attempt=Attempt(transport=Transport.PURESERVICE))
