"""Which rows a request asks for: filter, sort and page, fast enough for a list of 100,000 members."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from local.simulators.pureservice.binding import Filter, compile_filter
from local.simulators.pureservice.errors import bad_request
from local.simulators.pureservice.paths import MISSING, Getter, find_getter
from local.simulators.pureservice.resources import Schema, schema
from local.simulators.pureservice.store import Row, Store
from local.simulators.pureservice.switches import Switches

REMEMBERED = 32
"""Answers kept, so that page after page of one list is not filtered and sorted anew."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list request asks for. ``given`` narrows to rows that have a column's value, as sub-resources do."""

    resource: str
    filter: str = ""
    sort: str = ""
    given: tuple[str, Any] | None = None


@dataclass(slots=True)
class Query:
    """Reads a store under its switches."""

    store: Store
    switches: Switches
    _answers: OrderedDict[tuple[Any, ...], list[int]] = field(default_factory=OrderedDict)

    @property
    def schema(self) -> Schema:
        """The resources as they are named now."""
        return schema(legacy_request_id=self.switches.legacy_request_id)

    def ids(self, wanted: Wanted) -> Sequence[int]:
        """Ids of all rows of the answer, in order."""
        switches = self.switches
        seen_as = (switches.case_sensitive, switches.string_escapes, switches.legacy_request_id)
        key = (self.store.version, wanted, seen_as)
        if key not in self._answers:
            self._answers[key] = self._find(wanted)
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return self._answers[key]

    def rows(self, wanted: Wanted, numbers: Sequence[int]) -> list[Row]:
        """The rows of those ids."""
        table = self.store.tables[wanted.resource]
        return [table[number] for number in numbers]

    def page(self, wanted: Wanted, *, start: int, limit: int) -> list[Row]:
        """The rows of one page, less those that the key may not see."""
        numbers, hidden = self.ids(wanted), self.store.hidden.get(wanted.resource, set())
        if hidden and not self.switches.hidden_after_the_cut:
            numbers = [number for number in numbers if number not in hidden]
        return self.rows(wanted, [number for number in numbers[start : start + limit] if number not in hidden])

    def matches(self, row: Row, text: str) -> bool:
        """Whether one row passes a filter."""
        return self._filter(row.resource, text).matches(self.store, row)

    def _filter(self, resource: str, text: str) -> Filter:
        switches = self.switches
        return compile_filter(
            text,
            resource,
            case_sensitive=switches.case_sensitive,
            escapes=switches.string_escapes,
            legacy=switches.legacy_request_id,
        )

    def _find(self, wanted: Wanted) -> list[int]:
        found = self._filter(wanted.resource, wanted.filter) if wanted.filter.strip() else None
        order = parse_sort(wanted.sort, wanted.resource, legacy=self.switches.legacy_request_id)
        table = self.store.tables[wanted.resource]
        numbers = self._candidates(wanted, found)
        if found is not None:
            holds, store = found.evaluate, self.store
            numbers = [number for number in numbers if holds(store, table[number]) is True]
        for getter, descending in reversed(order):
            numbers = sorted(
                numbers, key=lambda number: _order(getter.read(self.store, table[number])), reverse=descending
            )
        return list(numbers)

    def _candidates(self, wanted: Wanted, found: Filter | None) -> Sequence[int]:
        """Ids that the answer must be among, by the index that leaves the fewest."""
        table = self.store.tables[wanted.resource]
        pairs = [*((wanted.given,) if wanted.given else ()), *(found.equalities if found else ())]
        if not pairs:
            return sorted(table)
        numbers = min((table.ids_where(column, value) for column, value in pairs), key=len)
        if wanted.given is None:
            return numbers
        column, value = wanted.given
        return [number for number in numbers if table[number].get(column) == value]


@lru_cache(maxsize=512)
def parse_sort(text: str, resource: str, *, legacy: bool = False) -> tuple[tuple[Getter, bool], ...]:
    """Getters with whether they descend: ``created DESC, name`` or ``-created``."""
    known = schema(legacy_request_id=legacy)
    return tuple(_sort_part(part.strip(), resource, known) for part in text.split(",") if part.strip())


def _sort_part(text: str, resource: str, known: Schema) -> tuple[Getter, bool]:
    name, _, direction = text.partition(" ")
    direction = direction.strip().lower()
    if direction not in {"", "asc", "ascending", "desc", "descending"}:
        raise bad_request(f"Syntax error in sort '{text}'", about="sort")
    getter = find_getter(known, resource, name.removeprefix("-").split("."))
    return getter, direction.startswith("desc") is not name.startswith("-")


def _order(value: Any) -> tuple[int, Any]:
    if value is None or value is MISSING:
        return 0, 0
    return (2, value.casefold()) if isinstance(value, str) else (1, value)
