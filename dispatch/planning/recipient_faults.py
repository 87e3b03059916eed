"""What is wrong with the layout of a recipients' file: hidden rows, merged cells, headings, cells without a value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dispatch.core import for_every, national_numbers
from dispatch.planning.recipient_columns import ColumnUse, Heading, headings_of
from dispatch.ports import CellFault, MergedCells, Sheet, SheetRow, column_letters

LONGEST_HEADING = 60
RESERVED = frozenset({"saksnummer", "requestnumber"})  # a letter has its ticket's number under these names
_ONCE = frozenset({ColumnUse.ADDRESS, ColumnUse.ORGANISATION})
_RECIPIENTS = {ColumnUse.ADDRESS: "e-post", ColumnUse.ORGANISATION: "organisasjonsnummer"}
_CELLS = for_every(
    CellFault,
    {
        CellFault.NO_RESULT: "Formelen er ikke regnet ut. Åpne filen i Excel eller LibreOffice og lagre den, "
        "eller skriv inn verdien",
        CellFault.ERROR: "Cellen viser en feil i stedet for en verdi. Rett formelen, eller skriv inn verdien",
        CellFault.DIGITS_LOST: "Tallet har flere sifre enn regnearket kan holde på, så de siste er gått tapt. "
        "Gjør kolonnen til tekst, og skriv tallet på nytt",
    },
)


@dataclass(frozen=True, slots=True, order=True)
class Spoken:
    """One fault in words, ordered by where it is; ``column`` 0 is the whole row."""

    row: int
    column: int
    words: str
    title: str = field(default="", compare=False)


def faults_of_layout(sheet: Sheet, *, header: SheetRow, rows: Sequence[SheetRow]) -> list[Spoken]:
    """All of them, from the row of headings on; what stands above is not read."""
    headings = headings_of(header.cells)
    shown = [heading for heading in headings if heading.column not in sheet.hidden_columns]
    titles = {heading.column: heading.title for heading in headings}
    hidden = [row for row in sheet.hidden_rows if row >= header.number]
    faults = [Spoken(hidden[0], 0, _hidden_words(hidden))] if hidden else []
    faults += [
        Spoken(area.first_row, 0, f"Cellene {_area(area)} er slått sammen. Del dem, og fyll ut hver celle")
        for area in sheet.merged
        if area.last_row >= header.number
    ]
    faults += [
        Spoken(cell.row, cell.column, _CELLS[cell.fault], titles.get(cell.column, ""))
        for cell in sheet.marked
        if cell.row >= header.number and cell.column not in sheet.hidden_columns
    ]
    faults += _headless(header, rows, {*titles, *sheet.hidden_columns, *(cell.column for cell in sheet.marked)})
    faults += [fault for heading in headings if heading not in shown for fault in _hidden_column(heading, header)]
    return [*faults, *_faults_of_headings(header, shown)]


def _hidden_words(hidden: Sequence[int]) -> str:
    if len(hidden) == 1:
        return "Raden er skjult eller filtrert bort. Vis den, eller slett den"
    return f"Til sammen {len(hidden)} rader er skjult eller filtrert bort, den første her. Vis dem, eller slett dem"


def _area(area: MergedCells) -> str:
    first, last = column_letters(area.first_column), column_letters(area.last_column)
    return f"{first}{area.first_row}:{last}{area.last_row}"


def _headless(header: SheetRow, rows: Sequence[SheetRow], known: set[int]) -> Iterator[Spoken]:
    """Values below no heading: a separator in a value, or a column that somebody forgot to name."""
    told: set[int] = set()
    for row in rows:
        for column, cell in enumerate(row.cells, start=1):
            if column not in known and column not in told and cell.strip():
                told.add(column)
                words = f"Det står en verdi her, men kolonnen har ingen overskrift i rad {header.number}"
                yield Spoken(row.number, column, words)


def _hidden_column(heading: Heading, header: SheetRow) -> Iterator[Spoken]:
    if heading.use in _ONCE:
        words = f"Kolonnen for {_RECIPIENTS[heading.use]} er skjult. Vis den, eller slett den"
        yield Spoken(header.number, heading.column, words, heading.title)


def _faults_of_headings(header: SheetRow, headings: Sequence[Heading]) -> Iterator[Spoken]:
    seen: dict[str, Heading] = {}
    uses: dict[ColumnUse, Heading] = {}
    for heading in headings:
        words = ""
        if heading.use is ColumnUse.NATIONAL_NUMBER:
            words = "Fødselsnummer skal ikke sendes med e-post. Slett kolonnen"
        elif heading.key in RESERVED:
            words = "Feltet med dette navnet er sakens nummer. Gi kolonnen et annet navn"
        elif national_numbers(heading.title):
            words = "Overskriften ser ut til å ha et fødselsnummer"
        elif len(heading.title) > LONGEST_HEADING:
            words = f"Overskriften er lengre enn {LONGEST_HEADING} tegn"
        elif heading.key in seen:
            words = f"Kolonnen heter det samme som kolonne {column_letters(seen[heading.key].column)}"
        elif heading.use in _ONCE and heading.use in uses:
            other = column_letters(uses[heading.use].column)
            words = f"Kolonne {other} er også for {_RECIPIENTS[heading.use]}. Gi den ene et annet navn"
        seen.setdefault(heading.key, heading)
        uses.setdefault(heading.use, heading)
        if words:
            title = heading.title if len(heading.title) <= LONGEST_HEADING else ""
            yield Spoken(header.number, heading.column, words, "" if national_numbers(title) else title)
