"""A part of a workbook read tag by tag, and what was seen of a sheet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.ports import CellFault, FileFault, MergedCells, SheetLimits

_LONGEST_NUMBER = 9  # digits of a row, a column or a repetition
MOST_MERGED = 10_000
_LONGEST_TAG = 2_000_000  # bytes of one tag or comment; some versions of the parser read it anew with every chunk

Place = tuple[int, int]  # row and column, counted from 1


class XmlScan:
    """Reads XML in chunks. A document type of its own is refused before anything it defines can be used."""

    def __init__(self) -> None:
        # Prefixes are looked past, as the library does: what it would read as a cell is one here too.
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def listen(self) -> None:
        """Hears the text between the tags too, as ``text``."""
        self._parser.CharacterDataHandler = self.text

    def read(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        """Hands the chunks on, each after it was looked at."""
        given = 0
        for chunk in chunks:
            self._parse(chunk, last=False)
            given += len(chunk)
            if given - self._parser.CurrentByteIndex > _LONGEST_TAG:
                raise Unreadable(FileFault.BROKEN)
            yield chunk
        self._parse(b"", last=True)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A tag begins; its name is without prefix."""

    def end(self, name: str) -> None:
        """A tag ends."""

    def text(self, data: str) -> None:
        """Text between tags, perhaps a piece of it."""

    def _parse(self, chunk: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(chunk, last)
        except (expat.ExpatError, ValueError) as error:
            raise Unreadable(FileFault.BROKEN) from error

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.start(name.rpartition(":")[2], attributes)

    def _end(self, name: str) -> None:
        self.end(name.rpartition(":")[2])

    def _refuse(self, *_: object) -> None:
        raise Unreadable(FileFault.ENTITIES)


@dataclass(slots=True)
class Cells:
    """How many cells hold something in all sheets of a file that are read, and how much text."""

    limits: SheetLimits
    count: int = 0
    characters: int = 0  # of what they show: a text that many of them share counts for each

    def show(self, texts: Iterable[str], *, sheet: str, row: int) -> None:
        """A row is handed back."""
        self.characters += sum(map(len, texts))
        if self.characters > self.limits.characters:
            raise Unreadable(FileFault.TOO_MUCH_TEXT, sheet=sheet, row=row, most=self.limits.characters)


@dataclass(slots=True)
class Seen:
    """What was seen of one sheet that the library does not tell."""

    cells: Cells
    name: str = ""
    filled_rows: set[int] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[MergedCells] = field(default_factory=list)
    marked: dict[Place, CellFault] = field(default_factory=dict)
    shown: dict[Place, str] = field(default_factory=dict)  # what is written on it, or how it is to be written

    def fill(self, row: int, column: int, *, length: int, rows: int = 1, columns: int = 1) -> None:
        """A cell holds something, and so do those that repeat it."""
        limits = self.cells.limits
        if row + rows - 1 > limits.rows:
            raise Unreadable(FileFault.TOO_MANY_ROWS, sheet=self.name, most=limits.rows)
        if column + columns - 1 > limits.columns:
            raise Unreadable(FileFault.TOO_MANY_COLUMNS, sheet=self.name, row=row, most=limits.columns)
        if length > limits.text:
            raise Unreadable(FileFault.CELL_TOO_LONG, sheet=self.name, row=row, column=column, most=limits.text)
        self.cells.count += rows * columns
        if self.cells.count > limits.cells:
            raise Unreadable(FileFault.TOO_MANY_CELLS, most=limits.cells)
        self.filled_rows.update(range(row, row + rows))

    def hide_columns(self, first: int, last: int) -> None:
        """Those that can hold anything."""
        self.hidden_columns.update(range(max(first, 1), min(last, self.cells.limits.columns) + 1))

    def merge(self, area: MergedCells) -> None:
        """The area is shown as one cell."""
        if len(self.merged) >= MOST_MERGED:
            raise Unreadable(FileFault.TOO_MANY_CELLS, sheet=self.name, most=MOST_MERGED)
        self.merged.append(area)


def number_in(text: str | None, *, otherwise: int) -> int:
    """A count or a place that stands in an attribute."""
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise Unreadable(FileFault.BROKEN)
    return int(text)
