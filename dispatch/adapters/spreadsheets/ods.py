"""What the guard looks at in an OpenDocument spreadsheet: every cell's place, kind, and how it is shown."""

from collections.abc import Mapping

from dispatch.adapters.spreadsheets.scanning import Cells, Seen, XmlScan, number_in
from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.ports import CellFault, FileFault, MergedCells

_CELLS = frozenset({"table-cell", "covered-table-cell"})
_NUMBERS = frozenset({"float", "percentage", "currency"})
_HIDDEN = frozenset({"collapse", "filter"})
# Signs that are tags; the library leaves some of them out, and joins the words on either side.
_SIGNS = {"s": " ", "tab": "\t", "line-break": "\n"}


class ContentScan(XmlScan):
    """All sheets, hidden ones too: they lie in one part, and the library reads it whole."""

    def __init__(self, cells: Cells) -> None:
        super().__init__()
        self.listen()
        self._cells = cells
        self.sheets: list[Seen] = []
        self._row = self._rows = self._column = 0
        self._hidden = self._in_text = self._has_signs = False
        self._aside = 0  # how deep in a comment or a drawing, whose words are not the cell's
        self._in_cell: Mapping[str, str] | None = None
        self._written: list[str] = []
        self._paragraphs = self._length = self._first_hidden = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A sheet, a column, a row, a cell or its words."""
        if self._aside or name in {"annotation", "shapes", "frame", "custom-shape"}:
            self._aside += 1
        elif name == "table":
            if self._in_cell is not None:
                raise Unreadable(FileFault.BROKEN)
            self.sheets.append(Seen(self._cells, _plain(attributes).get("name", "")))
            self._row, self._rows, self._first_hidden = 0, 1, 1
        elif not self.sheets:
            return
        elif name == "table-column":
            self._column_of(_plain(attributes))
        elif name == "table-row":
            self._begin_row(_plain(attributes))
        elif name in _CELLS:
            self._in_cell = _plain(attributes)
            self._written, self._paragraphs, self._length, self._has_signs = [], 0, 0, False
        elif self._in_cell is not None:
            self._words_begin(name, attributes)

    def _words_begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """A paragraph of the cell, or a sign in one."""
        if name == "p":
            self._paragraphs += 1
            self._in_text = True
            if self._paragraphs > 1:
                self.text("\n")
        elif self._in_text and name in _SIGNS:
            self._has_signs = True
            count = number_in(_plain(attributes).get("c"), otherwise=1)
            self.text(_SIGNS[name] * min(count, self._cells.limits.text + 1))

    def text(self, data: str) -> None:
        """What is written on the cell, as it is shown."""
        if self._in_text and not self._aside:
            self._length += len(data)
            if self._length <= self._cells.limits.text:
                self._written.append(data)

    def end(self, name: str) -> None:
        """A cell or a row is whole."""
        if self._aside:
            self._aside -= 1
        elif name == "p":
            self._in_text = False
        elif name in _CELLS and self._in_cell is not None:
            self._end_cell(self._in_cell)
            self._in_cell = None
        elif name == "table-row":
            self._row += self._rows - 1

    def _column_of(self, attributes: Mapping[str, str]) -> None:
        count = number_in(attributes.get("number-columns-repeated"), otherwise=1)
        if attributes.get("visibility") in _HIDDEN:
            self.sheets[-1].hide_columns(self._first_hidden, self._first_hidden + count - 1)
        self._first_hidden += count

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        self._row += 1
        self._rows = max(number_in(attributes.get("number-rows-repeated"), otherwise=1), 1)
        self._hidden = attributes.get("visibility") in _HIDDEN
        self._column = 1

    def _end_cell(self, attributes: Mapping[str, str]) -> None:
        columns = max(number_in(attributes.get("number-columns-repeated"), otherwise=1), 1)
        kind, formula = attributes.get("value-type", ""), attributes.get("formula")
        if kind or formula or self._paragraphs:
            self._fill(attributes, kind=kind, columns=columns, formula=bool(formula))
        wide = number_in(attributes.get("number-columns-spanned"), otherwise=1)
        high = number_in(attributes.get("number-rows-spanned"), otherwise=1)
        if wide > 1 or high > 1:
            last = (self._row + max(high, 1) - 1, self._column + max(wide, 1) - 1)
            self.sheets[-1].merge(MergedCells(self._row, self._column, *last))
        self._column += columns

    def _fill(self, attributes: Mapping[str, str], *, kind: str, columns: int, formula: bool) -> None:
        seen, written = self.sheets[-1], "".join(self._written)
        length = max(self._length, len(attributes.get("string-value", "")))
        seen.fill(self._row, self._column, length=length, rows=self._rows, columns=columns)
        places = [
            (row, column)
            for row in range(self._row, self._row + self._rows)
            for column in range(self._column, self._column + columns)
        ]
        if self._hidden:
            seen.hidden_rows.update(range(self._row, self._row + self._rows))
        if _is_error(attributes, written, formula=formula):
            seen.marked.update(dict.fromkeys(places, CellFault.ERROR))
        elif formula and not kind and not written:
            seen.marked.update(dict.fromkeys(places, CellFault.NO_RESULT))
        elif written.strip() and (kind in _NUMBERS or (self._has_signs and kind == "string")):
            seen.shown.update(dict.fromkeys(places, written))


def _is_error(attributes: Mapping[str, str], written: str, *, formula: bool) -> bool:
    """LibreOffice says so of the cell; others only write the error on it."""
    return attributes.get("of-error") == "error" or (formula and written.startswith(("#", "Err:", "Feil:")))


def _plain(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes without their prefixes; the extended kind of a value keeps its own name."""
    return {
        "of-error" if name == "calcext:value-type" else name.rpartition(":")[2]: value
        for name, value in attributes.items()
    }
