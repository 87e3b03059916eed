"""Reads a list to its end, whatever the server makes of ``start``, ``sort`` and ``limit``, and however it cuts pages.

Nobody knows where a page is cut, whether rows are taken out of it afterwards, or what a list of relations makes of
these parameters at all. So a short page is no end. A list ends with a page that brings nothing new; where ``start``
makes no difference, the ids of the rows are asked for instead.
"""

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dispatch.adapters.pureservice.filters import every
from dispatch.adapters.pureservice.numbers import Numbers
from dispatch.adapters.pureservice.records import LARGEST_NUMBER
from dispatch.adapters.pureservice.responses import Answer, Rows, row_id
from dispatch.core import AnswerLacking, ListChanged, TicketSystemRefused
from dispatch.ports import PagePlace

Ask = Callable[[str, Mapping[str, str]], Awaitable[Answer]]
Query = Mapping[str, str]

PAGE = 500  # the server's own limit
CUTS = 25  # where nothing can prove the end, a multiple of this looks like a page that was cut
REREADINGS = 3  # of a list that changes while it is read
BAD_REQUEST = 400
UNORDERED = -1  # the start of a place that no reading can go on from
# What is sent with a list of relations, from everything to nothing: nobody has been seen to send any of it there. Of
# any other list only the limit may be refused, by a server whose pages are smaller.
DIALECTS = (
    frozenset({"sort", "start", "limit"}),
    frozenset({"start", "limit"}),
    frozenset({"sort", "limit"}),
    frozenset({"sort", "start"}),
    frozenset({"limit"}),
    frozenset({"start"}),
    frozenset({"sort"}),
    frozenset[str](),
)
WITHOUT_LIMIT = DIALECTS[3]


@dataclass(slots=True)
class _Seen:
    """What a reading has met."""

    ids: Numbers = field(default_factory=Numbers)
    page: Sequence[int] = ()  # the ids of the last page, as they came
    holes: bool = False  # rows are taken out of a page after it is cut, or nothing moves at all

    def fresh(self, answer: Answer) -> Answer:
        """The answer with the rows that are new, which from now on are not."""
        self.page = [_number(row) for row in answer.rows]
        # The row at the border is asked for again on purpose; more of them tell that the window did not move so far.
        self.holes = self.holes or sum(number in self.ids for number in self.page) > 1
        rows = [row for row, number in zip(answer.rows, self.page, strict=True) if number not in self.ids]
        self.ids.update(self.page)
        return replace(answer, rows=rows)


@dataclass(frozen=True, slots=True)
class _Range:
    """Ids above ``low`` and not above ``high``."""

    low: int | None = None
    high: int | None = None

    def holds(self, number: int) -> bool:
        """Whether the id is among them."""
        return (self.low is None or number > self.low) and (self.high is None or number <= self.high)

    def of(self, asked: str) -> str:
        """The filter, narrowed to them."""
        low = "" if self.low is None else f"id > {self.low}"
        high = "" if self.high is None else f"id <= {self.high}"
        return every(*filter(None, (asked, low, high)))

    def halves(self, middle: int) -> tuple["_Range", "_Range"]:
        """Those up to the middle, and those beyond."""
        return _Range(self.low, middle), _Range(middle, self.high)


class Paging:
    """Lists by their pages. Remembers which parameters lists of relations take."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._dialects: dict[str, frozenset[str]] = {}

    async def rows(self, path: str, query: Query) -> Rows:
        """Every row of a list."""
        return [row for page in await self.whole(path, query) for row in page.rows]

    async def whole(self, path: str, query: Query) -> list[Answer]:
        """Every page of a list; one that was changed while it was read is read again.

        Raises:
            ListChanged: it was changed each time.
        """
        for left in reversed(range(REREADINGS)):
            try:
                return [answer async for answer, _ in self.pages(path, None, query)]
            except ListChanged:
                if not left:
                    raise
        raise AssertionError

    async def pages(self, path: str, after: PagePlace | None, query: Query) -> AsyncIterator[tuple[Answer, PagePlace]]:
        """Every page from a place on, and the place that each ends at.

        Each page begins with the last row of the one before. A row that somebody deletes meanwhile moves the rest,
        and whoever then stood at the border would be left out; this way it is seen.

        Raises:
            ListChanged: somebody changed the list while it was read.
        """
        seen = _Seen()
        if after is not None and after.start == UNORDERED:
            raise _changed(path)
        if after is None or after.start:
            async for page in self._windows(path, query, seen, after):
                yield page
                del page
        else:
            seen.ids, seen.holes = Numbers([after.last]), True
        if seen.holes or "start" not in self.parameters(path):
            ordered = list(seen.page) == sorted(seen.page)
            rest = self._beyond(path, query, seen) if ordered else self._halves(path, query, seen)
            async for page in rest:
                yield page

    async def _windows(
        self, path: str, query: Query, seen: _Seen, after: PagePlace | None
    ) -> AsyncIterator[tuple[Answer, PagePlace]]:
        """Pages by ``start``, until one brings nothing new."""
        start, last = (after.start, after.last) if after else (0, None)
        while True:
            answer = await self._page(path, query, start)
            numbers = [_number(row) for row in answer.rows]
            if last is not None and last not in numbers:
                raise _changed(path)
            if last is not None and not seen.ids:
                seen.ids.update(numbers[: numbers.index(last)])
                seen.holes = bool(seen.ids)
                seen.ids.update([last])
            fresh = seen.fresh(answer)
            if not fresh.rows:
                return
            last = _number(fresh.rows[-1])
            start += len(numbers) - 1
            yield fresh, PagePlace(start, last)
            del answer, fresh  # megabytes, which are not to lie beside the next page
            if "start" not in self.parameters(path):
                return

    async def _beyond(self, path: str, query: Query, seen: _Seen) -> AsyncIterator[tuple[Answer, PagePlace]]:
        """Rows in the order of their ids, asked for by the id."""
        while seen.ids:
            last = seen.ids.last
            fresh = await self._among(_Range(low=last), path, query, seen)
            if not fresh.rows:
                return
            yield fresh, PagePlace(0, seen.ids.last)

    async def _halves(self, path: str, query: Query, seen: _Seen) -> AsyncIterator[tuple[Answer, PagePlace]]:
        """Rows in no order, asked for by halves of their ids.

        Half of a page that was cut at so many rows has room for as many again. Where neither half brings anything
        new, nothing was cut.
        """
        left = [(_Range(), list(seen.ids))]
        while left:
            within, known = left.pop()
            if len(known) <= 1:
                continue
            for half in within.halves(known[(len(known) - 1) // 2]):
                fresh = await self._among(half, path, query, seen)
                if fresh.rows:
                    left.append((half, sorted(seen.page)))
                    yield fresh, PagePlace(UNORDERED, _number(fresh.rows[-1]))

    async def _among(self, ids: _Range, path: str, query: Query, seen: _Seen) -> Answer:
        """Rows of these ids that are new.

        Raises:
            TicketSystemRefused: nothing can be asked for by its id, and what is known looks like a page that was cut.
        """
        count = len(seen.ids)
        try:
            answer = await self._page(path, {**query, "filter": ids.of(query.get("filter", ""))}, 0)
        except TicketSystemRefused as refused:
            if refused.status != BAD_REQUEST:
                raise
            answer = None
        if answer is not None and all(ids.holds(number) for number in map(_number, answer.rows) if number > 0):
            return seen.fresh(answer)
        if count % CUTS == 0:
            message = f"the list can't be read beyond its first {count} rows"
            words = f"Pureservice viser bare de første {count} radene av en liste."
            raise AnswerLacking("GET", path, status=200, message=message, words=words)
        return seen.fresh(answer or Answer([]))

    # --- one page, in the words that the server takes

    async def _page(self, path: str, query: Query, start: int) -> Answer:
        usual = {"sort": "id", "start": str(start), "limit": str(PAGE)}
        spoken = self.parameters(path)
        first: TicketSystemRefused | None = None
        for dialect in (spoken, *(other for other in self._others(path) if other != spoken)):
            try:
                answer = await self._ask(path, {**_without(usual, dialect), **query})
            except TicketSystemRefused as refused:
                if refused.status != BAD_REQUEST:
                    raise
                first = first or refused
                continue
            self._dialects[_kind(path)] = dialect
            return answer
        assert first is not None
        raise first

    def _others(self, path: str) -> Sequence[frozenset[str]]:
        """What else to try where a page is refused; nothing once such a list was read, since then it is the filter."""
        if _is_of_relations(path):
            return DIALECTS
        return () if _kind(path) in self._dialects else (DIALECTS[0], WITHOUT_LIMIT)

    def parameters(self, path: str) -> frozenset[str]:
        """Which of the parameters of a page a list takes, as far as it has been asked."""
        return self._dialects.get(_kind(path), DIALECTS[0])


def _without(usual: Query, dialect: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in usual.items() if name in dialect}


def _kind(path: str) -> str:
    return path.rpartition("/")[2] if _is_of_relations(path) else ""


def _is_of_relations(path: str) -> bool:
    return path.startswith("relationship/") and "/from" in path


def _number(row: Mapping[str, Any]) -> int:
    """The row's id; one that has none that can be read is known by what it says, and is its reader's to refuse."""
    try:
        number = int(row_id(row))
    except (TypeError, ValueError, OverflowError):
        number = 0
    return number if 0 < number <= LARGEST_NUMBER else -1 - zlib.crc32(repr(row).encode("utf-8", "replace"))


def _changed(path: str) -> ListChanged:
    return ListChanged("GET", path, status=200, message="the list changed while it was read")
