"""Tables that must know every member of an enumeration."""

import inspect
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

Key = TypeVar("Key")
Row = TypeVar("Row")


def for_every(members: Iterable[Key], rows: Mapping[Key, Row]) -> Mapping[Key, Row]:
    """The rows, if there is one for every member.

    A member without a row stops the application at start: nothing may fall to a default because somebody forgot it.

    Raises:
        TypeError: naming the members without a row, and where the table stands.
    """
    missing = [str(member) for member in members if member not in rows]
    if missing:
        frame = inspect.currentframe()
        where = frame.f_back if frame else None
        place = f"{where.f_globals['__name__']}, line {where.f_lineno}" if where else "a table"
        raise TypeError(f"{place}: no row for {', '.join(missing)}")
    return MappingProxyType(dict(rows))
