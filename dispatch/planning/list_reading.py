"""Reads the mailing lists of a dispatch. While Pureservice wants a pause, what was read is kept; reading goes on there.

Pureservice allows so many requests a minute, and no function sleeps until it allows more. A list of more than some
forty thousand is therefore read over several ticks, and no row of it twice.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from dispatch.core import (
    NO_VERSION,
    Dispatch,
    ListChanged,
    LostRace,
    MailingList,
    Member,
    MemberKind,
    TicketSystemBusy,
    text,
)
from dispatch.ports import MemberPage, PagePlace
from dispatch.services import Services

LEFT_OUT = " (slettet eller ikke aktiv, så ingen i den har fått meldingen)"
KEPT_PAGES = 20  # between two writes, so that memory holds some ten thousand members at most
FIELDS = tuple(field.name for field in fields(Member))
LASTS = timedelta(hours=1)  # a list that was read longer ago is read anew

Pages = Callable[[PagePlace | None], AsyncIterator[MemberPage]]


async def members(dispatch: Dispatch, lists: Sequence[MailingList], services: Services) -> AsyncIterator[Member]:
    """Everyone on the lists, by list and relation id.

    Raises:
        TicketSystemBusy: Pureservice wants a pause; what was read till then is kept for the next try.
    """
    sources = {str(found.id): partial(_pages_of, found.id, services) for found in lists}
    async for member in members_from(dispatch, sources, services):
        yield member


async def _pages_of(list_id: int, services: Services, after: PagePlace | None) -> AsyncIterator[MemberPage]:
    async for page in services.tickets.member_pages(list_id, after=after):
        yield page


async def members_from(dispatch: Dispatch, sources: Mapping[str, Pages], services: Services) -> AsyncIterator[Member]:
    """Everyone on the pages of each source, the names of which say what is kept of them.

    Raises:
        TicketSystemBusy: likewise.
    """
    folder = f"{dispatch.key}/members/"
    readings: list[Reading] = []
    pages = 0
    for name, source in sources.items():
        readings.append(Reading(f"{folder}{dispatch.rounds.asked}-{name}/", source, services))
        try:
            async for some in readings[-1].run():
                for member in some:
                    yield member
                pages += 1
                if pages % KEPT_PAGES == 0:
                    await _keep(readings)
        except ListChanged:
            # What an earlier try has kept is part of a list that is no more.
            await readings.pop().forget()
            await _keep(readings)
            raise
        except TicketSystemBusy:
            await _keep(readings)
            raise
    if any(reading.kept for reading in readings):
        await _forget(folder, services)


def named_lists(lists: Sequence[MailingList], *, before: str = "") -> str:
    """The lists' names as people read them, a line each, behind those of ``before``; one that is left out says so."""
    names = [found.name if found.usable else f"{found.name}{LEFT_OUT}" for found in lists]
    return text.joined(dict.fromkeys([*before.split("\n"), *names] if before else names), most=text.Limit.LISTS)


async def _forget(folder: str, services: Services) -> None:
    for blob in await services.content.stored_under(folder):
        await services.content.delete(blob)


async def _keep(readings: Sequence["Reading"]) -> None:
    for reading in readings:
        await reading.keep()


class Reading:
    """One list: what an earlier try has kept, then the rest from Pureservice."""

    def __init__(self, folder: str, source: Pages, services: Services) -> None:
        self._folder, self._source, self._services = folder, source, services
        self._unwritten: list[bytes] = []  # the rows of each page, as they are written
        self._place: PagePlace | None = None
        self._whole = False
        self.kept = 0  # blobs that hold part of the list

    async def run(self) -> AsyncIterator[Sequence[Member]]:
        """Its members, some at a time."""
        while (some := await self._known()) is not None:
            yield some
        if self._whole:
            return
        async for page in self._source(self._place):
            self._unwritten.append(_rows(page.members))
            self._place = page.end
            yield page.members
        self._whole = True

    async def keep(self) -> None:
        """Writes what has been read and not written yet."""
        if not self._unwritten or self._place is None:
            return
        about = {
            "read": self._services.clock().isoformat(),
            "start": self._place.start,
            "last": self._place.last,
            "whole": self._whole,
        }
        head = json.dumps(about).encode().removesuffix(b"}")
        content = b'%s, "members": [%s]}' % (head, b",".join(filter(None, self._unwritten)))
        try:
            # Only ever behind what was kept before it: a planner that stalled can't put its own pages among another's.
            await self._services.content.put(
                self._name(self.kept), content, content_type="application/json", over=NO_VERSION
            )
        except LostRace:
            await self.forget()  # or the remains of a reading that was given up: either way the list is read anew
            raise
        self.kept += 1
        self._unwritten.clear()

    async def forget(self) -> None:
        """Removes what has been kept."""
        await _forget(self._folder, self._services)

    async def _known(self) -> Sequence[Member] | None:
        blob = await self._services.content.get(self._name(self.kept))
        if blob is None:
            return None
        stored = json.loads(blob)
        if self._services.clock() - datetime.fromisoformat(stored["read"]) > LASTS and not self.kept:
            await self.forget()
            return None
        self.kept += 1
        self._place, self._whole = PagePlace(stored["start"], stored["last"]), stored["whole"]
        return tuple(_members(stored["members"]))

    def _name(self, number: int) -> str:
        return f"{self._folder}{number:05}.json"


def _rows(members: Sequence[Member]) -> bytes:
    """The rows between their brackets: a page is turned when it comes, and not twenty of them at once."""
    rows = [[getattr(member, name) for name in FIELDS] for member in members]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()[1:-1]


def _members(rows: list[list[Any]]) -> Iterator[Member]:
    return (Member(MemberKind(kind), *rest) for kind, *rest in rows)
