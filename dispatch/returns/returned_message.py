"""The message that came back: its own fields, as a part of the report or as a copy in the report's text."""

import re
from collections.abc import Iterator

from dispatch.returns.sections import Head, Section, head_of

RETURNED_PARTS = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
KEY_FIELD = "x-dispatch-key"  # what our transports write
_TELLING = (f"{KEY_FIELD}:", "message-id:")
_MOST_LINES = 400
_FIELD = re.compile(r"[!-9;-~]+:", re.ASCII)


def returned_head(report: Section) -> Head | None:
    """The fields of the message that the report is about; None where it holds no message."""
    part = next((part for part in report.parts if part.media in RETURNED_PARTS), None)
    return None if part is None else head_of(part.content)


def copied_head(lines: list[str]) -> tuple[Head | None, int]:
    """The fields that a text repeats, and on which of its lines they begin; the number of lines where it repeats none.

    Only the first such block counts: what comes after it is the returned letter's own text.
    """
    lower = (line.lstrip(" >").lower() for line in lines)
    at = next((number for number, line in enumerate(lower) if line.startswith(_TELLING)), None)
    if at is None:
        return None, len(lines)
    first = at - sum(1 for _ in _fields(reversed(lines[max(0, at - _MOST_LINES) : at])))
    last = at + sum(1 for _ in _fields(iter(lines[at : at + _MOST_LINES])))
    return head_of("\n".join(_plain(line) for line in lines[first:last]).lstrip()), first


def _fields(lines: Iterator[str]) -> Iterator[str]:
    """The lines up to the first that belongs to no field."""
    for line in lines:
        plain = _plain(line)
        if not plain.strip() or not (plain[0] in " \t" or _FIELD.match(plain)):
            return
        yield line


def _plain(line: str) -> str:
    return line.removeprefix("> ").removeprefix(">") if line.startswith(">") else line
