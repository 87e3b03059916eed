"""The few forms of ``$filter`` that a sender of mail needs, and what is served from an index."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from local.simulators.graph.errors import Refusal
from local.simulators.graph.items import Item

_TEXT = r"'((?:[^']|'')*)'"
_MESSAGE_ID = re.compile(rf"internetMessageId\s+eq\s+{_TEXT}")
_PROPERTY = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*"
    rf"(\w+)/id\s+eq\s+{_TEXT}\s+and\s+(\w+)/value\s+eq\s+{_TEXT}\s*\)",
    re.IGNORECASE,
)
_CLASS = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*"
    rf"(\w+)/id\s+eq\s+{_TEXT}\s+and\s+startswith\((\w+)/value,\s*{_TEXT}\)\s*\)",
    re.IGNORECASE,
)
_RECEIVED = re.compile(r"receivedDateTime\s+ge\s+(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
_NAME = re.compile(r"String 0x0*1A", re.IGNORECASE)
_EXPAND = re.compile(rf"singleValueExtendedProperties\(\$filter=id\s+eq\s+{_TEXT}\)", re.IGNORECASE)
_DISPLAY_NAME = re.compile(rf"displayName\s+eq\s+{_TEXT}")
_IS_DRAFT = re.compile(r"isDraft\s+eq\s+(true|false)")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)


@dataclass(slots=True)
class Filter:
    """Conditions that must all hold. ``message_id`` and ``marker`` can be looked up; the rest is compared."""

    message_id: str | None = None
    marker: tuple[str, str] | None = None
    checks: tuple[Callable[[Item], bool], ...] = ()
    extended: bool = False  # it asks for properties that the basic permission leaves out
    leads: str = ""  # the property that comes first

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


def oldest_first(orderby: str, wanted: Filter) -> bool:
    """Whether the order that is asked for is the oldest first.

    Raises:
        Refusal: it is another order, or the property does not lead the filter.
    """
    if not orderby:
        return False
    if orderby.split() not in (["receivedDateTime"], ["receivedDateTime", "asc"]):
        raise Refusal(400, "RequestBroker--ParseUri", "The order is not simulated.")
    if wanted.checks and wanted.leads != "receivedDateTime":
        raise Refusal(400, "InefficientFilter", "The restriction or sort order is too complex for this operation.")
    return True


def is_message_class(expand: str) -> bool:
    """Whether ``$expand`` asks for the class of each message."""
    found = _EXPAND.fullmatch(expand.strip())
    return found is not None and _NAME.fullmatch(found[1]) is not None


def display_name(text: str) -> str:
    """The name of the folder that is asked for.

    Raises:
        Refusal: something else is asked for.
    """
    found = _DISPLAY_NAME.fullmatch(text.strip())
    if found is None:
        raise _invalid()
    return found[1].replace("''", "'")


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
        found.marker, found.extended = (name, value), True
        found.checks += (
            lambda item: (name in item.content.properties) and item.content.properties[name].casefold() == value,
        )
    elif match := _CLASS.match(text):
        if len({match[1], match[2], match[4]}) > 1 or not _NAME.fullmatch(match[3]):
            raise _invalid()
        start, found.extended = match[5].replace("''", "'").casefold(), True
        found.checks += (lambda item: item.content.message_class.casefold().startswith(start),)
    elif match := _RECEIVED.match(text):
        since = datetime.fromisoformat(match[1])
        found.checks += (lambda item: item.received >= since,)
        found.leads = "receivedDateTime" if len(found.checks) == 1 else found.leads
    elif match := _IS_DRAFT.match(text):
        state = match[1] == "true"
        found.checks += (lambda item: item.is_draft is state,)
    else:
        raise _invalid()
    return match.end()


def _invalid() -> Refusal:
    return Refusal(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
