"""Puts the report's files on the ticket by the first way that works. Nothing depends on one of them working."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from dispatch.closing import endings
from dispatch.closing.claim import renew
from dispatch.core import (
    AttachmentInfo,
    Dispatch,
    FileWay,
    Part,
    TicketSystemBusy,
    TicketSystemRefused,
)
from dispatch.planning import change_own_files, read_own_files
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT

log = logging.getLogger(__name__)

Solution = Callable[[Sequence[Part]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Brought:
    """``missing`` are files that no way was taken for; ``solved``: the ticket was solved with the files."""

    dispatch: Dispatch
    missing: tuple[Part, ...] = ()
    solved: bool = False


async def bring(
    dispatch: Dispatch,
    parts: Sequence[Part],
    *,
    status_id: int,
    solution: Solution,
    services: Services,
) -> Brought:
    """Each way is tried once; ``solution`` writes the report for a ticket that lacks some of the files.

    Raises:
        TicketSystemBusy: no answer came, so it is not known whether a file arrived; the next try looks first.
    """
    return await _Bringing(dispatch, services).run(parts, status_id, solution)


async def attach(dispatch: Dispatch, parts: Sequence[Part], services: Services) -> Brought:
    """The same for a ticket that is solved, or is not to be: each file on its own.

    Raises:
        TicketSystemBusy: likewise.
    """
    return await _Bringing(dispatch, services).run(parts, 0, None)


class _Bringing:
    """One try."""

    def __init__(self, dispatch: Dispatch, services: Services) -> None:
        self._dispatch, self._services = dispatch, services
        self._ticket = dispatch.ticket_id

    async def run(self, parts: Sequence[Part], status_id: int, solution: Solution | None) -> Brought:
        listed = await self._listed()
        own = (await read_own_files(self._ticket, self._services)).seen(listed or ())
        missing = [part for part in parts if part.name not in own.known.values()]
        if not missing:
            return Brought(self._dispatch)
        names = [part.name for part in missing]
        await change_own_files(self._ticket, lambda known: known.expecting(names, listed), self._services)
        ending = await endings.read(self._dispatch, self._services)
        for way in await endings.file_ways(self._services):
            if ending.has_given_up(way) or not missing:
                continue
            if way is FileWay.SOLVED_WITH:
                if solution and await self._taken(
                    way, partial(self._solve_with, missing, status_id, await solution([]))
                ):
                    await self._note_ids()
                    return Brought(self._dispatch, solved=True)
                continue
            missing = await self._one_by_one(missing, way)
        await self._note_ids()
        return Brought(self._dispatch, tuple(missing))

    async def _one_by_one(self, parts: Sequence[Part], way: FileWay) -> list[Part]:
        return [part for part in parts if not await self._taken(way, partial(self._attach, part, way))]

    async def _taken(self, way: FileWay, put: Callable[[], Awaitable[None]]) -> bool:
        self._dispatch = await renew(self._dispatch, self._services)
        try:
            await put()
        except TicketSystemRefused as refused:
            self._tell(way, refused.status)
            return False
        except TicketSystemBusy as busy:
            if not busy.undone:
                await endings.change(self._dispatch, lambda met: met.without_answer(way), self._services)
            raise
        await endings.remember(way, self._services)
        return True

    async def _attach(self, part: Part, way: FileWay) -> None:
        await self._services.tickets.files.attach(self._ticket, part, way=way, subject=NOTE_SUBJECT)

    async def _solve_with(self, parts: Sequence[Part], status_id: int, solution: str) -> None:
        await self._services.tickets.files.solve_with(
            self._ticket, parts, status_id=status_id, solution=solution, reference=f"{self._dispatch.key}"
        )

    async def _listed(self) -> Sequence[AttachmentInfo] | None:
        try:
            return await self._services.tickets.attachments(self._ticket)
        except TicketSystemRefused as refused:
            # What can't be looked at can't be looked for; the files still can be put there.
            self._tell("look", refused.status)
            return None

    async def _note_ids(self) -> None:
        listed = await self._listed() or ()
        await change_own_files(self._ticket, lambda known: known.seen(listed), self._services)

    def _tell(self, way: str, status: int) -> None:
        key = self._dispatch.key
        event(log, Action.REPORT_FILE_REFUSED, level=logging.WARNING, dispatch=key, way=str(way), status=status)
