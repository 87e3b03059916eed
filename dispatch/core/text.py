"""The gate for text from outside: valid, NFC, without control characters, and no longer than its field allows.

Every string of a row, a header or a file passes here before anything else sees it, since what is broken breaks late:
half a character can't be encoded when the report is written, and a name of 40,000 signs fits in no row.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import IntEnum
from pathlib import PurePosixPath
from typing import Any

CUT = "…"  # what was longer ends with it
LOST = "\ufffd"  # stands where a character could not be read
COMBINING_IN_A_ROW = 30  # of Unicode's Stream-Safe Text Format; more would make normalising quadratic
JOINER = "\u034f"

_BROKEN = re.compile(r"[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What turns the writing of all that follows on a line: in a name it makes an ending or an amount look another.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c]")
_LONG_RUN = re.compile(rf"[^\x00-\x7f]{{{2 * COMBINING_IN_A_ROW},}}")
# Windows-1252 read as Latin-1: quotes and dashes that a person wrote, in the place of control characters.
_QUOTES = {
    code: character for code in range(0x80, 0xA0) if (character := bytes([code]).decode("cp1252", "replace")) != LOST
}


class Limit(IntEnum):
    """The most characters that a field may have: so few that 100 recipients fit in one write to the table."""

    CODE = 80  # a key, a media type
    NUMBER = 64  # an organisation number as people write it
    SHORT = 200  # what a server says of one thing
    SENTENCE = 1000  # what a server says of a request
    NAME = 255  # of a person, an organisation, a status
    LIST_NAME = 200
    FILE_NAME = 255
    SUBJECT = 400
    ADDRESS = 1000  # as written; what can be sent to is shorter
    RECEIVERS = 4000  # several addresses in one field
    LISTS = 8000  # the names of all lists of a dispatch
    PROBLEMS = 8000  # of one rejection
    HTML = 16_000_000  # never cut: a letter's own limit is lower, and is named in words


def line(text: str, *, most: int) -> str:
    """The text on one line, with single blanks between its words; what is too long is cut with a mark.

    Nothing in it changes the direction of what stands beside it.
    """
    return cut(" ".join(_normal(unturned(_valid(text, " "))).split()), most=most)


def lines(text: str, *, most: int) -> str:
    """The same with its tabs, and its line ends as they are written on Unix."""
    return cut(_normal(_valid(text, " ")), most=most)


def unturned(text: str) -> str:
    """The same without what changes the direction of what stands beside it."""
    return text if text.isascii() else _TURNING.sub("", text)


def file_name(text: str, *, most: int = Limit.FILE_NAME) -> str:
    """As ``line``, cut before the ending that says what kind of file it is."""
    whole = line(text, most=len(text) * 3 + 1)
    suffix = PurePosixPath(whole).suffix
    if len(whole) <= most or not 1 < len(suffix) <= most // 2:
        return cut(whole, most=most)
    return cut(whole.removesuffix(suffix), most=most - len(suffix)) + suffix


def cut(text: str, *, most: int) -> str:
    """At most so many characters, the last of them a mark where some are missing."""
    return text if len(text) <= most else f"{text[: most - len(CUT)].rstrip()}{CUT}"


def joined(parts: Iterable[str], *, most: int, between: str = "\n") -> str:
    """The parts that fit, and how many more there are."""
    kept, left = "", list(parts)
    for number, part in enumerate(left):
        rest = f"{between if kept else ''}{CUT} og {len(left) - number} til"
        longer = f"{kept}{between if kept else ''}{part}"
        last = number == len(left) - 1
        if len(longer) + (0 if last else len(rest) + len(between)) > most:
            return cut(kept + rest, most=most)
        kept = longer
    return kept


def everywhere(value: Any) -> Any:
    """The same JSON with every string in it valid; for what is handed on without being looked at."""
    if isinstance(value, str):
        return lines(value, most=Limit.HTML)
    if isinstance(value, Mapping):
        return {line(str(name), most=Limit.NAME): everywhere(part) for name, part in value.items()}
    return [everywhere(part) for part in value] if isinstance(value, list) else value


def _valid(text: str, instead: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    readable = _BROKEN.sub(LOST, _LINE_END.sub("\n", text))
    return _CONTROL.sub(lambda found: _QUOTES.get(ord(found[0]), instead), readable)


def _normal(text: str) -> str:
    """NFC. Runs of marks are broken first as the Stream-Safe Text Format says, so that the time stays linear."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _LONG_RUN.sub(_stream_safe, text))


def _stream_safe(run: re.Match[str]) -> str:
    written: list[str] = []
    marks = 0
    for sign in run[0]:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks > COMBINING_IN_A_ROW:
            written.append(JOINER)
            marks = 1
        written.append(sign)
    return "".join(written)
