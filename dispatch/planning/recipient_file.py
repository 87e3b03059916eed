"""A recipients' file on the ticket: read, checked as a whole, and either a frozen table or all that is to be fixed.

**Dette leses.** Filen er .xlsx, .ods eller .csv, inntil 10 MB, 51 000 rader, 100 kolonner og 20 millioner tegn til
sammen. En .csv kan ha semikolon, komma eller tabulator mellom verdiene, og være lagret som UTF-8, UTF-16 eller
windows-1252. Det som er skjult, brukes ikke: Skjulte ark og skjulte kolonner leses ikke. Er rader skjult eller filtrert
bort, stanser utsendelsen til de er vist eller slettet. Bare ett av arkene som vises, kan ha en kolonne for e-post eller
organisasjonsnummer. Celler som er slått sammen fra overskriften og nedover, må deles. Tomme rader hoppes over, og
radnumrene er de du ser når filen er åpen i Excel eller LibreOffice.

**Slik leses verdiene.** Tekst er som du skrev den, også foranstilte nuller. Tall skrives slik cellen viser dem. Datoer
skrives 01.12.2026, klokkeslett 13.45. Formler gir verdien som sist ble regnet ut; en formel som ingen har regnet ut, må
regnes ut først. Like rader tas med én gang. To rader med samme adresse og ulike opplysninger må rettes.

**Vedlegg til én mottaker.** Kolonner som heter Vedlegg, Vedlegg 2, Fil, Filnavn eller Dokument, har navn på filer i
saken, med semikolon mellom når det er flere.

**Dette tas ikke imot.** Filer med passord eller makroer, eldre Excel (.xls), og fødselsnumre eller D-numre, uansett
kolonne: De skal ikke sendes med e-post.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.planning.recipient_columns import headings_of, is_header
from dispatch.planning.recipient_faults import faults_of_layout
from dispatch.planning.recipient_file_words import ask_for_headings, choose_a_sheet, file_problem_text, first_of
from dispatch.planning.recipient_rows import FileRecipient, recipients_of
from dispatch.ports import FileProblem, Sheet, SheetReader

MOST_ROWS_ABOVE = 20  # titles and remarks that people write over a table


@dataclass(frozen=True, slots=True)
class FileField:
    """A column that letters can be filled from: by its key, whatever the spelling; ``title`` is for people."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class RecipientFile:
    """Who is to get the letter, in the order of the file, and the values of ``fields`` for each.

    ``repeated`` are rows left out since an earlier one says the same: the row, and the earlier one.
    """

    sheet: str
    fields: tuple[FileField, ...]
    recipients: tuple[FileRecipient, ...]
    repeated: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FileToFix:
    """What stands in the way, in Norwegian, the first in the file first."""

    sentences: tuple[str, ...]


async def read_recipient_file(content: bytes, *, name: str, reader: SheetReader) -> RecipientFile | FileToFix:
    """The file's recipients, or all that is to be fixed in it."""
    found = await reader.read(content, name=name)
    if isinstance(found, FileProblem):
        return FileToFix((file_problem_text(found),))
    # Ten thousand addresses are a second's work.
    return await asyncio.to_thread(recipients_in, found)


def recipients_in(sheets: Sequence[Sheet]) -> RecipientFile | FileToFix:
    """The same of a file whose sheets are read."""
    headed = [(sheet, place) for sheet in sheets if (place := _header(sheet)) is not None]
    if not headed:
        return FileToFix((ask_for_headings(sheets),))
    if len(headed) > 1:
        return FileToFix((choose_a_sheet([sheet.name for sheet, _ in headed]),))
    sheet, place = headed[0]
    return _read(sheet, place, named=len(sheets) > 1)


def _header(sheet: Sheet) -> int | None:
    rows = enumerate(sheet.rows[:MOST_ROWS_ABOVE])
    return next((place for place, row in rows if is_header(headings_of(row.cells))), None)


def _read(sheet: Sheet, place: int, *, named: bool) -> RecipientFile | FileToFix:
    header, rows = sheet.rows[place], sheet.rows[place + 1 :]
    headings = [heading for heading in headings_of(header.cells) if heading.column not in sheet.hidden_columns]
    read = recipients_of(rows, headings)
    faults = [*faults_of_layout(sheet, header=header, rows=rows), *read.faults]
    if faults:
        return FileToFix(first_of(sorted(faults), sheet=sheet.name if named else ""))
    return RecipientFile(
        sheet=sheet.name,
        fields=tuple(FileField(heading.key, heading.title) for heading in read.fields),
        recipients=tuple(read.recipients),
        repeated=tuple(read.repeated),
    )
