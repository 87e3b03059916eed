"""The few forms of ``$filter`` that a sender of mail needs, and what is served from an index."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from local.simulators.graph.errors import Refusal
from local.simulators.graph.items import Item

_TEXT = r"'((?:[^']|'')*)'"
_MESSAGE_ID = re.compile(rf"internetMessageId\s+eq\s+{_TEXT}")
_PROPERTY = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*"
    rf"(\w+)/id\s+eq\s+{_TEXT}\s+and\s+(\w+)/value\s+eq\s+{_TEXT}\s*\)",
    re.IGNORECASE,
)
_IS_DRAFT = re.compile(r"isDraft\s+eq\s+(true|false)")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)


@dataclass(slots=True)
class Filter:
    """Conditions that must all hold. ``message_id`` and ``marker`` can be looked up; the rest is compared."""

    message_id: str | None = None
    marker: tuple[str, str] | None = None
    checks: tuple[Callable[[Item], bool], ...] = ()

    def admits(self, item: Item) -> bool:
        return all(check(item) for check in self.checks)


def parse(text: str) -> Filter:
    """The filter.

    Raises:
        Refusal: 400 ``ErrorInvalidUrlQueryFilter`` for anything that isn't known here.
    """
    found, rest = Filter(), text.strip()
    while rest:
        end = _condition(rest, found)
        rest = rest[end:]
        if rest:
            more = _AND.match(rest)
            if more is None or more.end() == len(rest):
                raise _invalid()
            rest = rest[more.end() :]
    return found


def _condition(text: str, found: Filter) -> int:
    """Adds the condition that the text begins with and returns where it ends."""
    if match := _MESSAGE_ID.match(text):
        wanted = match[1].replace("''", "'")
        found.message_id = wanted
        found.checks += (lambda item: item.content.message_id == wanted,)
    elif match := _PROPERTY.match(text):
        if len({match[1], match[2], match[4]}) > 1:
            raise _invalid()
        name, value = match[3].replace("''", "'"), match[5].replace("''", "'").casefold()
        found.marker = (name, value)
        found.checks += (
            lambda item: (name in item.content.properties) and item.content.properties[name].casefold() == value,
        )
    elif match := _IS_DRAFT.match(text):
        state = match[1] == "true"
        found.checks += (lambda item: item.is_draft is state,)
    else:
        raise _invalid()
    return match.end()


def _invalid() -> Refusal:
    return Refusal(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
