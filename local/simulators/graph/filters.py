"""The forms of ``$filter`` that mail look-ups use; any other is refused as Graph refuses what it doesn't understand."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from local.simulators.graph.errors import bad_request
from local.simulators.graph.mailbox import Item

Test = Callable[[Item, datetime], bool]

_STRING = r"'(?P<{}>(?:[^']|'')*)'"
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_MESSAGE_ID = re.compile(rf"internetMessageId\s+eq\s+{_STRING.format('value')}")
_SUBJECT = re.compile(rf"subject\s+eq\s+{_STRING.format('value')}")
_FLAG = re.compile(r"(?P<name>isDraft|isRead|hasAttachments)\s+(?P<op>eq|ne)\s+(?P<value>true|false)")
_MOMENT = re.compile(
    r"(?P<name>receivedDateTime|sentDateTime|createdDateTime)\s+(?P<op>eq|ne|ge|gt|le|lt)\s+(?P<value>[0-9T:.Z+-]+)"
)
_PROPERTY = re.compile(
    r"singleValueExtendedProperties/[Aa]ny\(\s*(?P<var>\w+)\s*:\s*"
    rf"(?P=var)/id\s+eq\s+{_STRING.format('id')}\s+and\s+"
    rf"(?:(?P=var)/value\s+(?P<op>eq|ne)\s+{_STRING.format('value')}"
    rf"|(?P<function>contains|startswith)\(\s*(?P=var)/value\s*,\s*{_STRING.format('part')}\s*\))\s*\)"
)
_COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold."""

    tests: tuple[Test, ...]
    reads_properties: bool  # needs more than Mail.ReadBasic

    def holds(self, item: Item, now: datetime) -> bool:
        """Whether the item is meant."""
        return all(test(item, now) for test in self.tests)


def parse(expression: str) -> Filter:
    """The filter that is written so.

    Raises:
        Refusal: it is not understood.
    """
    tests: list[Test] = []
    reads_properties = False
    rest = expression.strip()
    while True:
        found = next((hit for pattern in _TESTS if (hit := pattern.match(rest))), None)
        if found is None:
            raise _invalid(expression)
        tests.append(_TESTS[found.re](found))
        reads_properties = reads_properties or found.re is _PROPERTY
        rest = rest[found.end() :]
        if not rest.strip():
            return Filter(tuple(tests), reads_properties)
        joint = _AND.match(rest)
        if joint is None:
            raise _invalid(expression)
        rest = rest[joint.end() :]


def _invalid(expression: str) -> Exception:
    return bad_request("ErrorInvalidUrlQueryFilter", f"The query filter '{expression}' is not supported.")


def _unquoted(text: str) -> str:
    return text.replace("''", "'")


def _by_message_id(found: re.Match[str]) -> Test:
    wanted = _unquoted(found["value"])
    return lambda item, _: item.message_id == wanted


def _by_subject(found: re.Match[str]) -> Test:
    wanted = _unquoted(found["value"]).casefold()
    return lambda item, _: item.content.subject.casefold() == wanted


def _by_flag(found: re.Match[str]) -> Test:
    wanted = (found["value"] == "true") == (found["op"] == "eq")
    name = found["name"]
    if name == "isDraft":
        return lambda item, now: item.is_draft(now) == wanted
    if name == "hasAttachments":
        return lambda item, _: bool(item.content.files) == wanted
    return lambda item, _: (item.home != "inbox") == wanted


def _by_moment(found: re.Match[str]) -> Test:
    try:
        wanted = datetime.fromisoformat(found["value"])
    except ValueError:
        raise _invalid(found[0]) from None
    wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    compare = _COMPARE[found["op"]]
    return lambda item, _: compare(item.accepted or item.created, wanted)


def _by_property(found: re.Match[str]) -> Test:
    wanted_id = canonical(_unquoted(found["id"]))
    how = found["function"] or found["op"]
    value = _unquoted(found["value"] if found["part"] is None else found["part"]).casefold()
    compare: Callable[[str], bool] = {
        "eq": value.__eq__,
        "ne": value.__ne__,
        "contains": lambda actual: value in actual,
        "startswith": lambda actual: actual.startswith(value),
    }[how]

    def test(item: Item, _: datetime) -> bool:
        values = (text for name, text in item.content.properties.items() if canonical(name) == wanted_id)
        return any(compare(text.casefold()) for text in values)

    return test


_TESTS: dict[re.Pattern[str], Callable[[re.Match[str]], Test]] = {
    _MESSAGE_ID: _by_message_id,
    _SUBJECT: _by_subject,
    _FLAG: _by_flag,
    _MOMENT: _by_moment,
    _PROPERTY: _by_property,
}


def canonical(property_id: str) -> str:
    """The id for comparing: type and namespace in either case, the name as it is written."""
    kind, separator, name = property_id.partition(" Name ")
    return f"{kind.casefold()}{separator}{name}"
