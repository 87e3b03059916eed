"""A workbook: what the guard has seen is written anew, and the library reads that."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.adapters.spreadsheets.archive import Archive
from dispatch.adapters.spreadsheets.ods import ContentScan
from dispatch.adapters.spreadsheets.scanning import Cells, Seen, XmlScan
from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.adapters.spreadsheets.values import is_cut, is_no_value, text_of
from dispatch.adapters.spreadsheets.xlsx import RelationScan, SheetScan, StringScan, StyleScan, WorkbookScan
from dispatch.ports import CellFault, FileFault, SheetLimits

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STRINGS, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
_TYPES, _ROOT = "[Content_Types].xml", "_rels/.rels"
_MIME, _CONTENT, _MANIFEST = "mimetype", "content.xml", "META-INF/manifest.xml"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_MACROS_OF_ODS = ("Basic", "Scripts")
_NO_MANIFEST = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def sheets_in(content: bytes, folder: Path, limits: SheetLimits) -> list[dict[str, Any]]:
    """The sheets that are shown, as they are written to the result."""
    archive = Archive(content, limits)
    if _WORKBOOK in archive:
        return _of_excel(archive, folder / "seen.xlsx", limits)
    if _MIME in archive and _CONTENT in archive and archive.whole(_MIME).strip().startswith(_ODS):
        return _of_open_document(archive, folder / "seen.ods", limits)
    raise Unreadable(FileFault.PASSWORD if "encrypted-package" in archive else FileFault.WRONG_KIND)


def _of_excel(archive: Archive, path: Path, limits: SheetLimits) -> list[dict[str, Any]]:
    if "xl/vbaProject.bin" in archive or b"macroEnabled" in archive.whole(_TYPES):
        raise Unreadable(FileFault.MACROS)
    cells, workbook, relations, styles = Cells(limits), WorkbookScan(), RelationScan(), StyleScan()
    seen = {}
    with zipfile.ZipFile(path, "w") as clean:
        parts: list[tuple[str, XmlScan]] = [(_TYPES, XmlScan()), (_ROOT, XmlScan())]
        parts += [(_WORKBOOK, workbook), (_RELATIONS, relations), (_STYLES, styles), (_STRINGS, StringScan(limits))]
        for name, scan in parts:
            if name in archive:
                _copy(archive, name, scan, clean)
        for place in workbook.sheets:
            part = relations.worksheets.get(place.relation)
            if place.shown and part is not None:
                seen[place.name] = Seen(cells, place.name)
                _copy(archive, part, SheetScan(seen[place.name], styles.forms), clean)
    if len({place.name for place in workbook.sheets}) < len(workbook.sheets):
        raise Unreadable(FileFault.BROKEN)
    return [_read(sheet, seen[sheet.name], is_form=True) for sheet in _opened(path, [*seen])]


def _of_open_document(archive: Archive, path: Path, limits: SheetLimits) -> list[dict[str, Any]]:
    if _MANIFEST in archive and b"encryption-data" in archive.whole(_MANIFEST):
        raise Unreadable(FileFault.PASSWORD)
    if any(archive.any_in(folder) for folder in _MACROS_OF_ODS):
        raise Unreadable(FileFault.MACROS)
    scan = ContentScan(Cells(limits))
    with zipfile.ZipFile(path, "w") as clean:
        clean.writestr(_MIME, _ODS)
        clean.writestr(_MANIFEST, _NO_MANIFEST)
        _copy(archive, _CONTENT, scan, clean)
    seen = {one.name: one for one in scan.sheets}
    if len(seen) < len(scan.sheets):
        raise Unreadable(FileFault.BROKEN)
    return [_read(sheet, seen[sheet.name], is_form=False) for sheet in _opened(path, [*seen])]


def _copy(archive: Archive, name: str, scan: XmlScan, clean: zipfile.ZipFile) -> None:
    """One part, looked at on its way."""
    with clean.open(archive.name_of(name) if name in archive else name, "w", force_zip64=True) as part:
        for chunk in scan.read(archive.chunks(name)):
            part.write(chunk)


def _opened(path: Path, names: Sequence[str]) -> Iterator["CalamineSheet"]:
    """The sheets that are shown, of those that were looked at, one at a time."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    with CalamineWorkbook.from_path(path) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.visible == SheetVisibleEnum.Visible and sheet.name in names:
                yield workbook.get_sheet_by_name(sheet.name)


def _read(sheet: "CalamineSheet", seen: Seen, *, is_form: bool) -> dict[str, Any]:
    first = sheet.start[1] if sheet.start else 0
    rows = []
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [""] * first + [
            _shown(seen, number, column, value, is_form=is_form) for column, value in enumerate(values, start=first + 1)
        ]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            seen.cells.show(cells, sheet=sheet.name, row=number)
            rows.append((number, cells))
    return {
        "name": sheet.name,
        "rows": rows,
        "hidden_rows": sorted(seen.hidden_rows & seen.filled_rows),
        "hidden_columns": sorted(seen.hidden_columns),
        "merged": [astuple(area) for area in seen.merged],
        "marked": [(*place, fault) for place, fault in sorted(seen.marked.items())],
    }


def _shown(seen: Seen, row: int, column: int, value: Any, *, is_form: bool) -> str:
    """The cell's text; what can't be trusted is marked, and has none."""
    place = (row, column)
    written = seen.shown.get(place, "")
    if is_no_value(value, written if is_form else ""):
        seen.marked[place] = CellFault.ERROR
    elif is_cut(value):
        seen.marked[place] = CellFault.DIGITS_LOST
    if place in seen.marked:
        return ""
    return written if written and not is_form else text_of(value, written)
