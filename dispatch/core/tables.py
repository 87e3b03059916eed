"""Tables that must know every member of an enumeration."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

Member = TypeVar("Member")
Row = TypeVar("Row")


def for_every(members: Iterable[Member], rows: Mapping[Member, Row]) -> Mapping[Member, Row]:
    """The rows, if there is one for every member.

    A member without a row stops the application at start: nothing may fall to a default because somebody forgot it.

    Raises:
        TypeError: naming the members without a row.
    """
    missing = [str(member) for member in members if member not in rows]
    if missing:
        raise TypeError(f"a table has no row for {', '.join(missing)}")
    return MappingProxyType(dict(rows))
