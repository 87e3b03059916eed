"""Text with separators: its encoding, its separator and its rows."""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence

from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.ports import FileFault, SheetLimits

_SEPARATORS = ";\t,"
_SAID = re.compile(r'"?sep=([^"\r\n])"?(?:\r?\n|$)', re.IGNORECASE)  # a first line that Excel obeys and does not show
_QUOTED = re.compile(r'"[^"]*"')
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SHARE_OF_ZEROS = 4  # text in UTF-16 has one in two bytes; none in what is 8 bits a sign
_MOST_LINES_IN_A_CELL = 50  # more is a quote that was never closed


def rows_in(content: bytes, limits: SheetLimits) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number that a spreadsheet shows for it."""
    written = _text(content)
    separator, begin = _separator(written)
    found: list[tuple[int, list[str]]] = []
    cells = 0
    for number, row in enumerate(_records(written[begin:], separator, limits), start=1):
        while row and not row[-1].strip():
            row.pop()
        if not row:
            continue
        _check(number, row, limits)
        cells += sum(map(bool, row))
        if cells > limits.cells:
            raise Unreadable(FileFault.TOO_MANY_CELLS, most=limits.cells)
        found.append((number, row))
    return found


def _text(content: bytes) -> str:
    """What people's programs write: UTF-8 and UTF-16 with and without a mark in front, and windows-1252."""
    for encoding in _encodings(content):
        try:
            written = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _NO_TEXT.search(written):
            return written
    raise Unreadable(FileFault.ENCODING)


def _encodings(content: bytes) -> Sequence[str]:
    if content.startswith(BOM_UTF8):
        return ("utf-8-sig",)
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return ("utf-16",)
    zeros = content.count(0)
    if zeros * _SHARE_OF_ZEROS > len(content):
        # The half of each sign that is zero in Latin letters stands last in the order that Windows has.
        return ("utf-16-le",) if content[1::2].count(0) * 2 > zeros else ("utf-16-be",)
    return ("utf-8", "cp1252")


def _separator(written: str) -> tuple[str, int]:
    """The separator and where the rows begin: as the file says, else the one that its first line has most of."""
    said = _SAID.match(written)
    if said:
        return said[1], said.end()
    first = next((line for line in written.splitlines() if line.strip()), "")
    outside = _QUOTED.sub("", first)
    best = max(_SEPARATORS, key=outside.count)
    return (best if best in outside else ";"), 0


def _records(written: str, separator: str, limits: SheetLimits) -> Iterator[list[str]]:
    csv.field_size_limit(limits.text)
    count = 0
    try:
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
            count += 1
            yield row
    except csv.Error as error:  # a cell that does not end
        raise Unreadable(FileFault.OPEN_QUOTE, row=count + 1) from error


def _check(number: int, row: Sequence[str], limits: SheetLimits) -> None:
    if number > limits.rows:
        raise Unreadable(FileFault.TOO_MANY_ROWS, most=limits.rows)
    if len(row) > limits.columns:
        raise Unreadable(FileFault.TOO_MANY_COLUMNS, row=number, most=limits.columns)
    if any(cell.count("\n") > _MOST_LINES_IN_A_CELL for cell in row):
        raise Unreadable(FileFault.OPEN_QUOTE, row=number)
