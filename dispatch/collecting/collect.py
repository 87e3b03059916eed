"""The timer's step for returned mail: read the mailboxes, note who it came back from, and tell the tickets."""

import logging
from datetime import datetime, timedelta

from dispatch.closing import returned_note
from dispatch.collecting import delivery_reports, findings
from dispatch.collecting.mailbox import MailboxReader
from dispatch.collecting.recording import record
from dispatch.collecting.sent_letters import SentLetters
from dispatch.core import Dispatch, DispatchKey, DispatchState, LostRace, Scenario, TicketSystemError
from dispatch.services import Services
from dispatch.telemetry import Action, apart, event
from dispatch.watching import read_returns_reading, returning_mailboxes

log = logging.getLogger(__name__)

TOLD_WITHIN = timedelta(days=7)  # after the time of watching; an application that stood still tells late
UNREAD_WAITS = timedelta(days=1)  # for a mailbox that can't be read when it is to be told
D = DispatchState
WATCHED = frozenset({D.SENDING, D.STOPPED, D.RESOLVING, D.RESOLVED})


async def collect(services: Services) -> int:
    """Handles one tick; returns how many letters came back. May be repeated, and killed anywhere."""
    if not (services.returned_mails or services.settings.hears_of_returns):
        return 0
    now = services.clock()
    watched = await _watched(now, services)
    reading = [one for one in watched if not _is_over(one, now, services)]
    await _read(reading, services)
    count = 0
    for dispatch in watched:
        with apart(log, dispatch.key):
            try:
                count += await record(dispatch, services)
                await _tell(dispatch, now, services)
            except LostRace:
                continue
            except TicketSystemError as error:
                event(log, Action.TICKET_FAILED, level=logging.WARNING, dispatch=dispatch.key, status=error.status)
    return count


async def _watched(now: datetime, services: Services) -> list[Dispatch]:
    """Dispatches that letters have left of, until their returned mail is told."""
    days = timedelta(days=services.settings.dispatch_returns_days)
    board = await services.reader.board([], since=now - days - TOLD_WITHIN)
    keys: dict[DispatchKey, None] = dict.fromkeys(line.key for line in (*board.active, *board.finished))
    found = [await services.ledger.dispatch(key) for key in keys]
    return [one for one in found if one is not None and _is_watched(one)]


def _is_watched(dispatch: Dispatch) -> bool:
    if dispatch.scenario is Scenario.REPLY or dispatch.plan.made is None or dispatch.content.purged:
        return False
    told = dispatch.state is D.RESOLVED and dispatch.notes.watched >= dispatch.rounds.current
    return dispatch.state in WATCHED and not told


def _ends(dispatch: Dispatch, services: Services) -> datetime:
    """When the time of watching is over: so long after the report, or after the last that became of one without."""
    since = dispatch.resolved_at if dispatch.state is D.RESOLVED else dispatch.changed
    return (since or dispatch.created) + timedelta(days=services.settings.dispatch_returns_days)


def _is_over(dispatch: Dispatch, now: datetime, services: Services) -> bool:
    return dispatch.state is D.RESOLVED and now >= _ends(dispatch, services) + UNREAD_WAITS


async def _read(watched: list[Dispatch], services: Services) -> None:
    """The mailboxes, where anything that was sent from them may come back, and the delivery reports."""
    known: list[SentLetters] = []

    async def letters() -> SentLetters:
        if not known:
            known.append(await SentLetters.of(watched, services))
        return known[0]

    await delivery_reports.tie(letters, services)
    if not watched:
        return
    since = min(one.plan.made or one.created for one in watched)
    mailboxes = dict(services.returned_mails)
    for one in watched:
        with apart(log, one.key):
            mailboxes |= await returning_mailboxes(one.key, services)
    for mailbox, mails in mailboxes.items():
        await MailboxReader(mailbox, mails, letters, services).run(since=since)


async def _tell(dispatch: Dispatch, now: datetime, services: Services) -> None:
    ends = _ends(dispatch, services)
    if dispatch.state not in (D.STOPPED, D.RESOLVED) or now < ends:
        return
    mailboxes = await returning_mailboxes(dispatch.key, services)
    read = [(await read_returns_reading(mailbox, services)).read for mailbox in mailboxes]
    if not all(moment and moment >= ends for moment in read) and now < ends + UNREAD_WAITS:
        return
    current = await services.ledger.dispatch(dispatch.key)
    if current is None or current.version != dispatch.version:
        return  # somebody acts on it
    found = await findings.read(dispatch.key, services)
    if dispatch.state is D.STOPPED and sum(one.written for one in found) <= dispatch.notes.returned:
        return
    perhaps = {one.spot for one in found if not one.sure}
    await returned_note.tell(current, perhaps, services)
