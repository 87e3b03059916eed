"""Merge fields: a frozen letter with marks where each recipient's own values go, and what is one recipient's alone.

A letter is read once; where a field was written a mark stands, which holds a hash of the very text that it stands in,
so that nobody's words and nobody's values can be one. A value is put in between the pieces of the letter, escaped for
the place, and what stands in a value is never looked at again. Pure.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from html import escape
from urllib.parse import quote

from dispatch.core.letters import Letter, Part
from dispatch.core.merge_fields import MergeField

__all__ = [
    "LONGEST_SUBJECT",
    "NOTHING_OWN",
    "MergeField",
    "OwnContent",
    "OwnFile",
    "Spot",
    "as_marked",
    "as_told",
    "as_written",
    "field_key",
    "filled",
    "filled_html",
    "filled_line",
    "mark_of",
]

LONGEST_SUBJECT = 250  # Exchange keeps 255 characters
_OPEN, _CLOSE = "⟦", "⟧"
_KEPT = 32


class Spot(StrEnum):
    """Where a value stands, which ends its mark."""

    TEXT = ""
    LINE = ".1"  # it may have no line of its own: in a subject, and in what repeats it
    ADDRESS = ".2"  # behind the host of a link: as percent-encoded data, which can't be another part of the address


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


def as_marked(mark: str, spot: Spot) -> str:
    """What stands in the letter."""
    return f"{_OPEN}{mark}{spot}{_CLOSE}"


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
        text=_filled(letter.text, letter.fields, values),
        fields=(),
    )


def as_told(letter: Letter, own: OwnContent) -> Letter:
    """The letter as the one with these values got it, where its words are told: own files are named, and empty.

    Raises:
        ValueError: there is not one value for each field.
    """
    named = tuple(Part(file.name, file.content_type, b"") for file in own.files)
    whole = filled(letter, own.values)
    return replace(whole, attachments=(*whole.attachments, *named)) if named else whole


def filled_html(html: str, fields: Sequence[MergeField], values: Sequence[str]) -> str:
    """HTML with the values as text in it; a value's line ends are line breaks where it may have any."""
    return _filled(html, fields, values, put=_as_html)


def filled_line(line: str, fields: Sequence[MergeField], values: Sequence[str]) -> str:
    """A subject, no longer than mail systems keep: where it would be, values are cut and never what stands around."""
    lines = [_one_line(value) for value in values]
    whole = _filled(line, fields, lines)
    if len(whole) <= LONGEST_SUBJECT:
        return whole
    stands = len(_filled(line, fields, [""] * len(values)))
    room = max(0, LONGEST_SUBJECT - stands) // max(1, len(_pieces(line, fields[0].mark.partition(".")[0])) // 2)
    cut = [value if len(value) <= room else f"{value[: max(0, room - 1)]}…" for value in lines]
    return _filled(line, fields, cut)[:LONGEST_SUBJECT]


def as_written(letter: Letter) -> Letter:
    """The letter with its fields as they were written, where one copy is shown for everybody."""
    return filled(letter, tuple(field.written for field in letter.fields))


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _as_text(value: str, spot: Spot) -> str:
    match spot:
        case Spot.TEXT:
            return value
        case Spot.LINE:
            return _one_line(value)
        case Spot.ADDRESS:
            return quote(value, safe="")


def _as_html(value: str, spot: Spot) -> str:
    return escape(_as_text(value, spot)).replace("\n", "<br>")


def _filled(
    text: str, fields: Sequence[MergeField], values: Sequence[str], *, put: Callable[[str, Spot], str] = _as_text
) -> str:
    if not fields or _OPEN not in text:
        return text
    pieces = list(_pieces(text, fields[0].mark.partition(".")[0]))
    for at in range(1, len(pieces), 2):
        number, dot, kind = pieces[at].partition(".")
        pieces[at] = put(values[int(number)], Spot(dot + kind))
    return "".join(pieces)


@lru_cache(maxsize=_KEPT)
def _pieces(text: str, stem: str) -> tuple[str, ...]:
    """What stands between the marks, and behind each the number and the spot of the mark that ends it."""
    return tuple(re.split(rf"{_OPEN}{re.escape(stem)}\.(\d+(?:\.[12])?){_CLOSE}", text))
