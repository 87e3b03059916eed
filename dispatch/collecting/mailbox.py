"""Reads one mailbox's returned mail from where the last reading ended, page by page, and keeps what it says."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dispatch.collecting import findings
from dispatch.collecting.findings import Finding
from dispatch.collecting.sent_letters import SentLetters
from dispatch.core import DispatchKey, MailError, TransportRefused
from dispatch.planning import change_document
from dispatch.ports import RawMail, ReturnedMail, ReturnedMails, ReturnsMark, ReturnsPage
from dispatch.returns import Action as Said
from dispatch.returns import TiedBy, read_item, read_mime, tie
from dispatch.services import Services
from dispatch.telemetry import Action, apart, event
from dispatch.watching import ReturnsReading, parse_reading, read_returns_reading, returns_document, written_reading

log = logging.getLogger(__name__)

READ_EVERY = timedelta(minutes=4)  # less than the usual five minutes between two ticks
REFUSED_RESTS = timedelta(hours=1)
MOST_PAGES = 20  # of a hundred mails, of a folder, in one tick
BEFORE = timedelta(minutes=10)  # clocks differ

Letters = Callable[[], Awaitable[SentLetters]]


@dataclass(slots=True)
class _Page:
    """What a page of mails said."""

    found: dict[DispatchKey, list[Finding]] = field(default_factory=dict)
    tied: list[ReturnedMail] = field(default_factory=list)
    whole: bool = True  # nothing of it is left for another reading


@dataclass(frozen=True, slots=True)
class MailboxReader:
    """One reading of one mailbox."""

    mailbox: str
    mails: ReturnedMails
    letters: Letters
    services: Services

    async def run(self, *, since: datetime) -> None:
        """Reads every folder to its end, or as far as one tick goes. What fails is read at the next one."""
        now = self.services.clock()
        before = await read_returns_reading(self.mailbox, self.services)
        if before.tried and now - before.tried < (REFUSED_RESTS if before.refused else READ_EVERY):
            return
        try:
            ends = [await self._folder(_mark(before, folder, since - BEFORE), now) for folder in self.mails.folders]
        except TransportRefused as refused:
            event(log, Action.RETURNS_UNREAD, level=logging.WARNING, error=refused.code)
            code = refused.code or "refused"
            await self._change(lambda kept: replace(kept, tried=now, refused=code))
            return
        except MailError as error:
            event(log, Action.RETURNS_UNREAD, level=logging.WARNING, error=error.code)
            return
        await self._change(lambda kept: replace(kept, tried=now, read=now if all(ends) else kept.read, refused=""))

    async def _folder(self, mark: ReturnsMark, now: datetime) -> bool:
        """Whether the folder was read to its end."""
        mails, whole = 0, True
        for _ in range(MOST_PAGES):
            page = await self.mails.page(mark, now=now)
            whole &= await self._page(mark, page)
            mark, mails = page.mark, mails + len(page.mails)
            if whole:
                await self._keep(mark)
            if not page.more:
                break
        if mails:
            event(log, Action.RETURNS_READ, mails=mails)
        return whole and not page.more

    async def _page(self, mark: ReturnsMark, page: ReturnsPage) -> bool:
        """Looks at every mail of the page. Where one can't be had, those before it need not be looked at again.

        False where a dispatch that a mail may be about could not be read or written: then all are looked at again.
        """
        seen = _Page()
        try:
            for mail in page.mails:
                await self._mail(mail, seen)
                mark = mark.with_seen(mail)
        except MailError:
            if await self._settle(seen):
                await self._keep(mark)
            raise
        return await self._settle(seen)

    async def _mail(self, mail: ReturnedMail, seen: _Page) -> None:
        raw = await self.mails.fetch(mail)
        if raw is None:
            return
        letters = await self.letters()
        seen.whole &= letters.whole
        found = self._finding(raw, mail, letters)
        if found is None:
            return
        dispatch, one = found
        seen.found.setdefault(dispatch, []).append(one)
        if one.sure:
            seen.tied.append(mail)

    def _finding(self, raw: RawMail, mail: ReturnedMail, letters: SentLetters) -> tuple[DispatchKey, Finding] | None:
        """What the mail says, and of which dispatch; None where that is nothing, or nobody can make anything of it."""
        try:
            read = read_mime(raw.mime, message_class=mail.message_class) if raw.mime else None
            report = read or read_item(raw.item, message_class=mail.message_class)
            if not report.told:
                return None
            about = letters.about(report, mail.received)
            found = tie(report, about, mailbox=self.mailbox, received=mail.received)
        except Exception:
            # A stranger wrote it: one that we did not think of must not keep the others from being read, ever again.
            log.exception("a returned mail could not be read")
            event(log, Action.RETURNS_UNREAD, level=logging.ERROR, what="read")
            return None
        if found is None or found.told.action is not Said.FAILED:
            return None
        stands, told = letters.stands(found.letter), found.told
        sure = found.by is not TiedBy.ADDRESS
        return stands.dispatch, Finding(stands.spot, told.cause, told.code, told.words, mail.received, sure=sure)

    async def _settle(self, seen: _Page) -> bool:
        """First what was found is kept; then the mails may be moved. Whether the page is done with."""
        kept = 0
        for key, found in seen.found.items():
            with apart(log, key):
                await findings.add(key, found, self.services)
                kept += 1
        if not seen.whole or kept < len(seen.found):
            return False
        folder = self.services.settings.mail_returns_folder
        for mail in seen.tied if folder else ():
            try:
                await self.mails.move(mail, folder)
            except TransportRefused as refused:
                event(log, Action.RETURNS_UNREAD, level=logging.WARNING, error=refused.code, what="move")
                break
        return True

    async def _keep(self, mark: ReturnsMark) -> None:
        await self._change(lambda kept: replace(kept, marks={**kept.marks, mark.folder: mark}))

    async def _change(self, make: Callable[[ReturnsReading], ReturnsReading]) -> None:
        def anew(content: bytes | None) -> bytes:
            return written_reading(make(parse_reading(content)))

        await change_document(returns_document(self.mailbox), anew, self.services)


def _mark(reading: ReturnsReading, folder: str, since: datetime) -> ReturnsMark:
    """Where to go on; what came before anything that is watched was sent is of no use."""
    known = reading.marks.get(folder)
    if known is None or (known.at is None and known.since < since):
        return ReturnsMark(folder, since, known.seen if known else ())
    return known
