"""Names in filters and sorts, followed over references to the value that they stand for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from local.simulators.pureservice import moments
from local.simulators.pureservice.errors import ApiError, bad_request
from local.simulators.pureservice.resources import ENUMS, Schema
from local.simulators.pureservice.schema import Kind, Resource
from local.simulators.pureservice.store import Row, Store


class _Missing(Enum):
    MISSING = "a reference on the way is null"


MISSING = _Missing.MISSING

_DATE_PARTS = frozenset({"year", "month", "day", "hour", "minute", "second"})


@dataclass(frozen=True, slots=True)
class Getter:
    """Reads one value from a row; ``MISSING`` where a reference on the way is null."""

    kind: Kind
    read: Callable[[Store, Row], Any]
    may_miss: bool = False


def find_getter(known: Schema, resource: str, parts: Sequence[str]) -> Getter:
    """What the dotted name stands for; a 400 where a name is not there."""
    if len(parts) == 2 and (members := ENUMS.get(parts[0].lower())) is not None:
        return _enum_member(parts, members.get(parts[1].lower()))
    at = known[resource]
    hops: list[tuple[str, str]] = []
    for place, name in enumerate(parts):
        rest = parts[place + 1 :]
        one = at.to_one.get(name.lower())
        found = at.field(name)
        if found is not None and (one is None or not rest):
            return _with_member(_follow(hops, found.column, found.default, found.kind), rest, at)
        if one is None:
            raise _unknown(name, at)
        if not rest:
            return _follow(hops, one.column, None, "int")
        hops.append((one.column, one.target))
        at = known[one.target]
    raise bad_request("A property is missing", about="filter")


def column_of(known: Schema, resource: str, parts: Sequence[str]) -> str | None:
    """The column of a plain property of the resource itself, which an index can serve."""
    found = known[resource].field(parts[0]) if len(parts) == 1 else None
    return found.column if found and found.kind != "any" else None


def _unknown(name: str, at: Resource) -> ApiError:
    return bad_request(f"No property or field '{name}' exists in type '{at.name.capitalize()}'", about="filter")


def _enum_member(parts: Sequence[str], value: int | None) -> Getter:
    if value is None:
        raise bad_request(f"'{parts[1]}' is not a member of '{parts[0]}'", about="filter")
    return Getter("int", lambda _store, _row: value)


def _follow(hops: list[tuple[str, str]], column: str, default: Any, kind: Kind) -> Getter:
    get = dict.get
    if not hops:
        return Getter(kind, lambda _store, row: get(row, column, default))

    def read(store: Store, row: Row) -> Any:
        at = row
        for reference, target in hops:
            number = get(at, reference)
            found = store.tables[target].get(number) if number is not None else None
            if found is None:
                return MISSING
            at = found
        return get(at, column, default)

    return Getter(kind, read, may_miss=True)


def _with_member(getter: Getter, rest: Sequence[str], at: Resource) -> Getter:
    """The value, or what .NET can ask of it: a part of a date, ``Value`` and ``HasValue`` of what may be null."""
    if not rest:
        return getter
    name, read = rest[0].lower(), getter.read
    if len(rest) == 1 and getter.kind == "date" and name in _DATE_PARTS:
        return Getter("int", lambda store, row: _part(read(store, row), name), getter.may_miss)
    if name == "value":
        return _with_member(getter, rest[1:], at)
    if rest[0].lower() == "hasvalue" and len(rest) == 1:
        return Getter("bool", lambda store, row: read(store, row) not in {None, MISSING})
    raise _unknown(rest[0], at)


def _part(value: Any, name: str) -> Any:
    moment = moments.parse(value) if isinstance(value, str) else None
    return MISSING if moment is None else getattr(moment, name)
