"""What the guard looks at in a workbook of Excel's: which sheets are shown, every cell's place, kind and form."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.adapters.spreadsheets.number_formats import BUILT_IN
from dispatch.adapters.spreadsheets.scanning import Place, Seen, XmlScan, number_in
from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.ports import CellFault, FileFault, MergedCells, SheetLimits

MOST_STYLES = 65_536
_TRUE = frozenset({"1", "true"})
_NOTHING = frozenset({"0", "0.0"})
_NUMBERS = frozenset({"", "n"})
_LETTERS = 26
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """A sheet of the workbook, in its order."""

    name: str
    relation: str
    shown: bool


class WorkbookScan(XmlScan):
    """The workbook's own part: its sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[SheetPlace] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A sheet is named with its relation and its state."""
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            shown = attributes.get("state", "visible") == "visible"
            self.sheets.append(SheetPlace(attributes.get("name", ""), relation, shown))


class RelationScan(XmlScan):
    """Where the parts of the sheets lie."""

    def __init__(self) -> None:
        super().__init__()
        self.worksheets: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A relation to a worksheet; those to charts and macros' dialogs have no cells."""
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = posixpath.join("/xl", attributes.get("Target", ""))
            self.worksheets[attributes.get("Id", "")] = posixpath.normpath(target).lstrip("/")


class StyleScan(XmlScan):
    """How the cells of each style write a number."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[str] = []
        self._own: dict[str, str] = {}
        self._in_cells = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A form that the workbook defines, or a style that uses one."""
        if name == "numFmt":
            self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            if len(self.forms) >= MOST_STYLES:
                raise Unreadable(FileFault.BROKEN)
            written = attributes.get("numFmtId", "0")
            self.forms.append(self._own.get(written) or BUILT_IN.get(number_in(written, otherwise=0), ""))

    def end(self, name: str) -> None:
        """The styles of cells end."""
        if name == "cellXfs":
            self._in_cells = False


class StringScan(XmlScan):
    """The texts that cells share."""

    def __init__(self, limits: SheetLimits) -> None:
        super().__init__()
        self.listen()
        self._limits = limits
        self._length = self._count = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002 - as all scans are called
        """A text begins."""
        if name == "si":
            self._length = 0
            self._count += 1
            if self._count > self._limits.cells:
                raise Unreadable(FileFault.TOO_MANY_CELLS, most=self._limits.cells)

    def text(self, data: str) -> None:
        """A piece of it."""
        self._length += len(data)
        if self._length > self._limits.text:
            raise Unreadable(FileFault.CELL_TOO_LONG, most=self._limits.text)


class SheetScan(XmlScan):
    """Every cell of a sheet, by its own reference where it has one."""

    def __init__(self, seen: Seen, forms: Sequence[str]) -> None:
        super().__init__()
        self.listen()
        self._seen = seen
        self._forms = forms
        self._columns: dict[str, int] = {}
        self._row = self._column = self._length = 0
        self._kind = self._form = ""
        self._filled = self._formula = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A row, a cell, or what a cell holds."""
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "is"}:
            self._filled = True
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._row = number_in(attributes.get("r"), otherwise=self._row + 1)
            self._column = 0
            if _is_hidden(attributes, "ht") and self._row <= self._seen.cells.limits.rows:
                self._seen.hidden_rows.add(self._row)
        elif name == "col" and _is_hidden(attributes, "width"):
            first = number_in(attributes.get("min"), otherwise=1)
            self._seen.hide_columns(first, number_in(attributes.get("max"), otherwise=first))
        elif name == "mergeCell":
            first_place, _, last_place = attributes.get("ref", "").partition(":")
            self._seen.merge(MergedCells(*self._place(first_place), *self._place(last_place or first_place)))

    def text(self, data: str) -> None:
        """What stands in a value; a formula's own text counts too, and is short."""
        self._length += len(data)

    def end(self, name: str) -> None:
        """A cell is whole: it is counted if it holds anything."""
        if name == "f":
            self._length = 0
        elif name == "c" and (self._filled or self._formula):
            self._seen.fill(self._row, self._column, length=self._length)
            place = (self._row, self._column)
            if self._kind == "e":
                self._seen.marked[place] = CellFault.ERROR
            elif self._formula and not self._length and self._kind != "str":
                self._seen.marked[place] = CellFault.NO_RESULT
            elif self._form:
                self._seen.shown[place] = self._form

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        reference = attributes.get("r")
        self._row, self._column = self._place(reference) if reference else (self._row, self._column + 1)
        self._kind = attributes.get("t", "")
        style = number_in(attributes.get("s"), otherwise=0) if self._kind in _NUMBERS else len(self._forms)
        self._form = self._forms[style] if style < len(self._forms) else ""
        self._filled = self._formula = False
        self._length = 0

    def _place(self, reference: str) -> Place:
        letters = reference.rstrip(_DIGITS)
        row = number_in(reference[len(letters) :], otherwise=0)
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = _column(letters)
        if row < 1:
            raise Unreadable(FileFault.BROKEN)
        return row, column


def _is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    """Said to be, or of no size."""
    return attributes.get("hidden") in _TRUE or attributes.get(size) in _NOTHING


def _column(letters: str) -> int:
    if not (letters.isascii() and letters.isalpha() and len(letters) <= len("XFD")):
        raise Unreadable(FileFault.BROKEN)
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number
