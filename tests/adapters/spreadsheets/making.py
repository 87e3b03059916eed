"""Files as people's programs write them, from tables of values."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableRow
from odf.teletype import addTextToElement
from odf.text import P
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

Rows = Sequence[Sequence[Any]]
HEADER = ("Navn", "E-post", "Orgnr", "Frist")
PEOPLE: Rows = (
    HEADER,
    ("Åse Øvrebø", "ase@eksempel.example", "974760673", "1. mai"),
    ("Kåre Æsen", "kare@eksempel.example", "", "2. mai"),
)


def xlsx(rows: Rows = PEOPLE, *, change: Callable[[Worksheet], None] | None = None, title: str = "Ark1") -> bytes:
    """A workbook of one sheet; ``change`` does the rest to it, and to its workbook by ``sheet.parent``."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value not in ("", None):
                cell = sheet.cell(number, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # a text that begins with = is one
    if change:
        change(sheet)
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def computed(content: bytes, results: Mapping[str, tuple[str, str]]) -> bytes:
    """The workbook with what each formula gives written beside it, as Excel does: openpyxl never computes."""

    def filled(part: bytes) -> bytes:
        text = part.decode()
        for cell, (kind, value) in results.items():
            formula = re.compile(rf'<c r="{cell}"[^>]*><f>(.*?)</f><v\s*(?:/>|></v>)</c>')
            assert formula.search(text), text
            text = formula.sub(rf'<c r="{cell}" t="{kind}"><f>\1</f><v>{value}</v></c>', text)
        return text.encode()

    return altered(content, {"xl/worksheets/sheet1.xml": filled})


def altered(
    content: bytes, changes: Mapping[str, Callable[[bytes], bytes]], *, more: Mapping[str, bytes] | None = None
) -> bytes:
    """The archive with some of its parts changed, and more of them."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, bytes)(old.read(name)))
        for name, part in (more or {}).items():
            new.writestr(name, part)
    return made.getvalue()


def csv_file(
    rows: Rows = PEOPLE, *, encoding: str = "utf-8-sig", separator: str = ";", end: str = "\r\n", first: str = ""
) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator=end).writerows(rows)
    return (first + written.getvalue()).encode(encoding)


class Ods:
    """A spreadsheet as LibreOffice writes them."""

    def __init__(self) -> None:
        self.document = OpenDocumentSpreadsheet()
        hidden = Style(name="hidden", family="table")
        hidden.addElement(TableProperties(display="false"))
        self.document.automaticstyles.addElement(hidden)
        self._hidden = hidden

    def sheet(self, rows: Rows, *, name: str = "Ark1", hidden: bool = False, hidden_rows: Sequence[int] = ()) -> "Ods":
        table = Table(name=name, **({"stylename": self._hidden} if hidden else {}))
        self.document.spreadsheet.addElement(table)
        table.addElement(TableColumn(numbercolumnsrepeated=max(map(len, rows), default=1) or 1))
        for number, values in enumerate(rows, start=1):
            row = TableRow(**({"visibility": "filter"} if number in hidden_rows else {}))
            table.addElement(row)
            for value in values:
                row.addElement(value if hasattr(value, "addElement") else ods_cell(value))
        return self

    def content(self) -> bytes:
        written = io.BytesIO()
        self.document.write(written)
        return written.getvalue()


def ods_cell(value: Any, *, shown: str | None = None, **attributes: Any) -> TableCell:
    """One cell with what is written on it."""
    kinds: dict[str, Any] = {}
    if isinstance(value, bool):
        kinds, shown = {"valuetype": "boolean", "booleanvalue": str(value).lower()}, "SANN" if shown is None else shown
    elif isinstance(value, int | float):
        kinds, shown = (
            {"valuetype": "float", "value": repr(value)},
            shown if shown is not None else repr(value).replace(".", ","),
        )
    elif isinstance(value, datetime | date):
        kinds, shown = (
            {"valuetype": "date", "datevalue": value.isoformat()},
            f"{value:%d.%m.%y}" if shown is None else shown,
        )
    elif isinstance(value, time):
        kinds, shown = (
            {"valuetype": "time", "timevalue": f"PT{value:%HH%MM%SS}"},
            str(value) if shown is None else shown,
        )
    elif value:
        kinds, shown = {"valuetype": "string"}, value
    cell = TableCell(**{**kinds, **attributes})
    for line in (shown or "").split("\n") if shown else ():
        paragraph = P()
        addTextToElement(paragraph, line)
        cell.addElement(paragraph)
    return cell


def with_comment(cell: TableCell, words: str) -> TableCell:
    note = Annotation()
    note.addElement(P(text=words))
    cell.addElement(note)
    return cell


def ods(rows: Rows = PEOPLE, **options: Any) -> bytes:
    return Ods().sheet(rows, **options).content()


def merged_across(words: str) -> list[TableCell]:
    return [ods_cell(words, numbercolumnsspanned="2", numberrowsspanned="1"), CoveredTableCell()]
