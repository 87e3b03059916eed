"""Reads rows one by one: one that can't be read is the fault of that row, and of whoever needs it."""

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from dispatch.adapters.pureservice.records import Record
from dispatch.core import UnreadableRow
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

TOLD = 10  # ids and fields in one line of the log

Kind = TypeVar("Kind", bound=Record)


def parse(kind: type[Kind], row: Mapping[str, Any], *, path: str) -> Kind:
    """The row as a record.

    Raises:
        UnreadableRow: a field that is needed is missing or of another type; the values are left out.
    """
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        raise _unreadable(kind, row, error, path) from None


def salvaged(kind: type[Kind], row: Mapping[str, Any], *, path: str) -> tuple[Kind, tuple[str, ...]]:
    """The row as a record, and the names of the fields that can't be read, which are empty in it.

    Raises:
        UnreadableRow: it has no id.
    """
    try:
        return kind.model_validate(row), ()
    except ValidationError as error:
        faults = _fields(error)
        if "id" in faults:
            raise _unreadable(kind, row, error, path) from None
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    empty = {name: 0 if fields[name].is_required() else fields[name].default for name in faults}
    return kind.model_validate({**kind.in_our_spelling(row), **empty}), faults


def concerning(
    kind: type[Kind], rows: Iterable[Mapping[str, Any]], field: str, wanted: Container[str], *, path: str
) -> Iterator[Kind]:
    """The rows whose field is one of the wanted, in lower case.

    Raises:
        UnreadableRow: one of those can't be read, or one that may be.
    """
    for raw in rows:
        row, faults = salvaged(kind, raw, path=path)
        is_wanted = getattr(row, field).casefold() in wanted
        if faults and (is_wanted or kind.model_fields[field].alias in faults):
            raise UnreadableRow(path, noun=kind.noun(), row=row.id, fields=faults)
        if is_wanted:
            yield row


@dataclass(frozen=True, slots=True)
class Rows(Generic[Kind]):
    """The rows of one kind that can be read, and the errors that the others are."""

    readable: tuple[Kind, ...]
    unreadable: tuple[UnreadableRow, ...]

    def or_skipped(self) -> tuple[Kind, ...]:
        """Those that can be read; that others were left out is logged, without what is in them."""
        if self.unreadable:
            event(
                log,
                Action.ROWS_UNREADABLE,
                level=logging.WARNING,
                kind=self.unreadable[0].noun,
                rows=len(self.unreadable),
                ids=" ".join(str(error.row) for error in self.unreadable[:TOLD]),
                fields=" ".join(sorted({name for error in self.unreadable for name in error.fields})[:TOLD]),
            )
        return self.readable


def read(kind: type[Kind], rows: Iterable[Mapping[str, Any]], *, path: str) -> Rows[Kind]:
    """Row by row."""
    readable: list[Kind] = []
    unreadable: list[UnreadableRow] = []
    for row in rows:
        try:
            readable.append(parse(kind, row, path=path))
        except UnreadableRow as error:
            unreadable.append(error)
    return Rows(tuple(readable), tuple(unreadable))


class ById(Mapping[int, Kind]):
    """Rows by id. To ask for one that can't be read is an error; that there is such a row, is none."""

    def __init__(self, rows: Rows[Kind]) -> None:
        self._known = {row.id: row for row in rows.readable}
        self._unreadable = {error.row: error for error in reversed(rows.unreadable)}

    def __getitem__(self, number: int) -> Kind:
        if number in self._known:
            return self._known[number]
        # One without an id may be any that is missing.
        if error := self._unreadable.get(number) or self._unreadable.get(0):
            raise error
        raise KeyError(number)

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def require_all(self) -> None:
        """For an answer that any of the rows may change.

        Raises:
            UnreadableRow: one of them can't be read.
        """
        for error in self._unreadable.values():
            raise error


def by_id(kind: type[Kind], rows: Iterable[Mapping[str, Any]], *, path: str) -> ById[Kind]:
    """The rows as records, by id."""
    return ById(read(kind, rows, path=path))


def _unreadable(kind: type[Record], row: Mapping[str, Any], error: ValidationError, path: str) -> UnreadableRow:
    fields = _fields(error)
    number = 0
    if "id" not in fields:
        number = int(next(value for name, value in row.items() if str(name).lower() == "id"))
    return UnreadableRow(path, noun=kind.noun(), row=number, fields=fields)


def _fields(error: ValidationError) -> tuple[str, ...]:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(dict.fromkeys(str(fault["loc"][0]) for fault in faults if fault["loc"]))
