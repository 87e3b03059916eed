"""Merge fields: a frozen letter with marks where each recipient's own values go, and what is one recipient's alone.

A letter is read once; where a field was written a mark stands, which holds a hash of the very text that it stands in,
so that nobody's words and nobody's values can be one. A value is put in between the pieces of the letter, escaped for
the place, and what stands in a value is never looked at again. Pure.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape

from dispatch.core.letters import Letter
from dispatch.core.merge_fields import MergeField

__all__ = [
    "LONGEST_SUBJECT",
    "NOTHING_OWN",
    "MergeField",
    "OwnContent",
    "OwnFile",
    "as_marked",
    "as_written",
    "field_key",
    "filled",
    "filled_html",
    "filled_line",
    "mark_of",
]

LONGEST_SUBJECT = 250  # Exchange keeps 255 characters
ON_ONE_LINE = "1"  # ends the mark of a value that may have no line of its own: in a subject, and in what repeats it
_OPEN, _CLOSE = "⟦", "⟧"
_KEPT = 32


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that goes to one recipient, or to those who were named beside it, and to nobody else."""

    name: str
    content_type: str
    size: int
    sha256: str = ""  # names its content among the frozen parts; empty where nothing is frozen


@dataclass(frozen=True, slots=True)
class OwnContent:
    """What is one recipient's alone: a value for each field of the letter, in their order, and files."""

    values: tuple[str, ...] = ()
    files: tuple[OwnFile, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(file.size for file in self.files)


NOTHING_OWN = OwnContent()


def field_key(name: str) -> str:
    """What two spellings of a heading or a field have in common: its letters and digits."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(sign for sign in plain if sign.isalnum() or unicodedata.combining(sign))


def mark_of(stem: str, number: int) -> str:
    """The mark of a field, for the frozen letter."""
    return f"{stem}.{number}"


def as_marked(mark: str, *, on_one_line: bool) -> str:
    """What stands in the letter."""
    return f"{_OPEN}{mark}{'.' + ON_ONE_LINE if on_one_line else ''}{_CLOSE}"


@lru_cache(maxsize=_KEPT)
def filled(letter: Letter, values: tuple[str, ...]) -> Letter:
    """The letter as the recipient with these values gets it.

    Raises:
        ValueError: there is not one value for each field; no mark is ever sent.
    """
    if len(values) != len(letter.fields):
        raise ValueError(f"{len(letter.fields)} fields and {len(values)} values")
    if not letter.fields:
        return letter
    return replace(
        letter,
        subject=filled_line(letter.subject, letter.fields, values),
        html=filled_html(letter.html, letter.fields, values),
        text=_filled(letter.text, letter.fields, values, values),
        fields=(),
    )


def filled_html(html: str, fields: Sequence[MergeField], values: Sequence[str]) -> str:
    """HTML with the values as text in it; a value's line ends are line breaks where it may have any."""
    lines = [escape(_one_line(value)) for value in values]
    return _filled(html, fields, [escape(value).replace("\n", "<br>") for value in values], lines)


def filled_line(line: str, fields: Sequence[MergeField], values: Sequence[str]) -> str:
    """A subject, no longer than mail systems keep: where it would be, values are cut and never what stands around."""
    lines = [_one_line(value) for value in values]
    whole = _filled(line, fields, lines, lines)
    if len(whole) <= LONGEST_SUBJECT:
        return whole
    stands = len(_filled(line, fields, [""] * len(values), [""] * len(values)))
    room = max(0, LONGEST_SUBJECT - stands) // max(1, len(_pieces(line, fields[0].mark.partition(".")[0])) // 2)
    cut = [value if len(value) <= room else f"{value[: max(0, room - 1)]}…" for value in lines]
    return _filled(line, fields, cut, cut)[:LONGEST_SUBJECT]


def as_written(letter: Letter) -> Letter:
    """The letter with its fields as they were written, where one copy is shown for everybody."""
    return filled(letter, tuple(field.written for field in letter.fields))


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _filled(text: str, fields: Sequence[MergeField], values: Sequence[str], lines: Sequence[str]) -> str:
    if not fields or _OPEN not in text:
        return text
    pieces = list(_pieces(text, fields[0].mark.partition(".")[0]))
    for at in range(1, len(pieces), 2):
        number, _, one_line = pieces[at].partition(".")
        pieces[at] = (lines if one_line else values)[int(number)]
    return "".join(pieces)


@lru_cache(maxsize=_KEPT)
def _pieces(text: str, stem: str) -> tuple[str, ...]:
    """What stands between the marks, and behind each the number of the mark that ends it."""
    return tuple(re.split(rf"{_OPEN}{re.escape(stem)}\.(\d+(?:\.{ON_ONE_LINE})?){_CLOSE}", text))
