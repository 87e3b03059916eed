"""Filter expressions for Pureservice (.NET dynamic LINQ), built so that no value can change what is asked."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote

from dispatch.core import UnsafeFilterValue

MOST = 20  # values in one filter
LONGEST = 1_700  # signs of one filter as it is sent, which leaves room for the rest of the query
# How a quote or a backslash is escaped is not documented, and two engines disagree: they are refused. So is what can
# end a line, and half a character, which no URL can carry.
UNSAFE = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')


def text(value: str, *, what: str) -> str:
    """The value as a string literal; ``what`` names the setting or the kind of value in the error.

    Raises:
        UnsafeFilterValue: it holds a quote, a backslash or a control character.
    """
    if UNSAFE.search(value):
        message = f"{what} has a quote, a backslash or a control character, which Pureservice's filters can't carry"
        raise UnsafeFilterValue("GET", "filter", message=message)
    return f'"{value}"'


def equals(path: str, value: str | int, *, what: str = "") -> str:
    """``path == value``."""
    return f"{path} == {value if isinstance(value, int) else text(value, what=what or path)}"


def every(*conditions: str) -> str:
    """All of the conditions."""
    return " AND ".join(conditions)


def either(*conditions: str) -> str:
    """At least one of the conditions."""
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


Value = TypeVar("Value", str, int)


def either_of(values: Sequence[Value], condition: Callable[[Value], str]) -> Iterator[str]:
    """Filters that together hold the condition of every value, each short enough for an address."""
    for some in in_lots(values, condition):
        yield either(*map(condition, some))


def in_lots(values: Sequence[Value], condition: Callable[[Value], str], *, most: int = MOST) -> Iterator[list[Value]]:
    """The values, as many at a time as one filter holds.

    The web server refuses a query beyond 2,048 signs, and every quote, blank and letter beyond ASCII counts several.
    """
    some: list[Value] = []
    signs = 0
    for one in values:
        more = _encoded(f" OR {condition(one)}")
        if some and (len(some) == most or signs + more > LONGEST):
            yield some
            some, signs = [], 0
        some.append(one)
        signs += more
    if some:
        yield some


def _encoded(asked: str) -> int:
    return len(quote(asked, safe=""))
