"""A table that somebody made in a spreadsheet, as text, and what stands in the way of reading one."""

from dataclasses import dataclass
from enum import StrEnum


class FileFault(StrEnum):
    """Why a file can't be read at all."""

    EMPTY = "empty"
    WRONG_KIND = "wrong_kind"  # no table, or none of the kinds that are read; ``named`` is its ending
    OLD_EXCEL = "old_excel"
    PDF = "pdf"
    HTML = "html"
    MACROS = "macros"
    PASSWORD = "password"  # noqa: S105 - the name of a fault
    BROKEN = "broken"  # cut short, or not made as its kind is made
    ENTITIES = "entities"  # a document type of its own, which no spreadsheet program writes
    ENCODING = "encoding"  # bytes that are no text in any encoding that is read
    OPEN_QUOTE = "open_quote"  # from ``row`` on, everything lies in one cell
    TOO_LARGE = "too_large"  # as a file, in bytes; ``most`` is the limit
    TOO_LARGE_UNPACKED = "too_large_unpacked"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_CELLS = "too_many_cells"
    CELL_TOO_LONG = "cell_too_long"
    TOO_MUCH_TEXT = "too_much_text"  # in all cells together
    TOO_HEAVY = "too_heavy"  # the process that read it ran out of time or memory


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One reason, with where it was seen and the limit that was passed; 0 and empty where there is no such thing."""

    fault: FileFault
    sheet: str = ""
    row: int = 0
    column: int = 0
    most: int = 0
    named: str = ""


class CellFault(StrEnum):
    """Why a cell has no value that can be trusted."""

    NO_RESULT = "no_result"  # a formula that no program has computed
    ERROR = "error"  # #DIV/0! and its like
    DIGITS_LOST = "digits_lost"  # a number of more digits than a spreadsheet keeps


@dataclass(frozen=True, slots=True)
class MarkedCell:
    """A cell that is to be fixed before its row can be used."""

    row: int
    column: int
    fault: CellFault


@dataclass(frozen=True, slots=True)
class MergedCells:
    """An area that is shown as one cell; all four are counted from 1 and belong to it."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that is not blank: its number as people see it, and its cells from the first column on."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet that people see when they open the file; a text file is one without a name."""

    name: str
    rows: tuple[SheetRow, ...] = ()
    hidden_rows: tuple[int, ...] = ()  # of those that are not blank
    hidden_columns: tuple[int, ...] = ()
    merged: tuple[MergedCells, ...] = ()
    marked: tuple[MarkedCell, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """The most that is read. Fifty thousand recipients fit in it; no letter has a hundred fields."""

    size: int = 10_000_000  # bytes, as it lies on the ticket
    unpacked: int = 100_000_000
    parts: int = 1_000  # files in the archive that a workbook is
    rows: int = 51_000  # the highest number of a row that holds anything; people leave rows blank
    columns: int = 100
    cells: int = 1_000_000  # that hold anything
    text: int = 32_767  # characters of a cell, as Excel has it
    characters: int = 20_000_000  # of all cells: a workbook holds one text for a million of them, and a table does not
    result: int = 100_000_000  # bytes that the process that reads may hand back
    seconds: float = 60.0  # ten of work, where a million cells are full, on a machine with other work
    memory: int = 700_000_000  # bytes of addresses, of an instance's two gigabytes


def column_letters(number: int) -> str:
    """A column's name as spreadsheets write it: 1 is A, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
