# ruff: noqa: E501 - tables of cases read best so
"""What the files say that no table shows: hidden columns, signs that are tags, separators, parts that others add."""

import subprocess
import sys

import pytest
from odf.table import TableCell, TableRow
from odf.text import LineBreak, P, S, Tab

from dispatch.adapters.spreadsheets import SpreadsheetFiles, inside
from dispatch.planning import FileToFix, RecipientFile, read_recipient_file
from dispatch.ports import FileFault, FileProblem, Sheet, SheetLimits
from tests.adapters.spreadsheets.corpus import with_value
from tests.adapters.spreadsheets.making import PEOPLE, Ods, altered, csv_file, ods, ods_cell, xlsx

HERE = SpreadsheetFiles(runner=inside.read_in)
ACCOUNT, LIKE_A_PERSON = "12345678911", "01819010001"


async def cells_of(content: bytes, name: str) -> list[tuple[str, ...]]:
    found = await HERE.read(content, name=name)
    assert not isinstance(found, FileProblem), found
    (sheet,) = found
    assert isinstance(sheet, Sheet)
    return [row.cells for row in sheet.rows]


async def values_in(content: bytes, name: str) -> list[str]:
    found = await read_recipient_file(content, name=name, reader=HERE)
    assert isinstance(found, RecipientFile), found
    return [value for one in found.recipients for value in one.values]


async def fault_in(content: bytes, name: str) -> FileFault:
    found = await HERE.read(content, name=name)
    assert isinstance(found, FileProblem), found
    return found.fault


async def test_signs_that_are_tags_in_an_open_document_part_the_words():
    paragraph = P(text="a")
    for part in (Tab(), S(c=2), LineBreak()):
        paragraph.addElement(part)
        paragraph.addText("b")
    cell = TableCell(valuetype="string")
    cell.addElement(paragraph)

    assert await values_in(ods(with_value(cell)), "a.ods") == ["a\tb  b\nb"]


async def test_a_hidden_column_is_not_read_and_one_for_recipients_must_be_shown():
    def hide(column):
        return lambda sheet: setattr(sheet.column_dimensions[column], "hidden", True)

    rows = (("E-post", "Internt", "Orgnr"), ("a@eksempel.example", "nei, aldri", ""))
    found = await read_recipient_file(xlsx(rows, change=hide("B")), name="a.xlsx", reader=HERE)
    refused = await read_recipient_file(xlsx(rows, change=hide("C")), name="a.xlsx", reader=HERE)

    assert isinstance(found, RecipientFile)
    assert found.fields == ()
    assert refused == FileToFix(
        ("Rad 1, kolonne C («Orgnr»): Kolonnen for organisasjonsnummer er skjult. Vis den, eller slett den.",)
    )


async def test_a_row_of_no_height_is_hidden():
    content = altered(
        xlsx(),
        {"xl/worksheets/sheet1.xml": lambda part: part.replace(b'<row r="2"', b'<row r="2" ht="0" customHeight="1"')},
    )

    assert await read_recipient_file(content, name="a.xlsx", reader=HERE) == FileToFix(
        ("Rad 2: Raden er skjult eller filtrert bort. Vis den, eller slett den.",)
    )


async def test_a_column_of_account_numbers_may_hold_one_that_looks_like_a_persons():
    def rows(heading):
        numbers = [*(str(int(ACCOUNT) + 97 * row) for row in range(8)), LIKE_A_PERSON]
        return [("E-post", heading), *((f"n{row}@eksempel.example", one) for row, one in enumerate(numbers))]

    assert len(await values_in(csv_file(rows("Kontonr")), "a.csv")) == 9
    found = await read_recipient_file(csv_file(rows("Referanse")), name="a.csv", reader=HERE)
    assert isinstance(found, FileToFix)
    assert all("fødselsnummer" in one for one in found.sentences)


@pytest.mark.parametrize(
    "heading", ["Fødselsnummer", "FØDSELSNR.", "fodselsnummer", "foedselsnummer", "Personnummer", "D-nummer"]
)
async def test_a_column_that_is_named_for_national_numbers_is_refused_whatever_it_holds(heading):
    found = await read_recipient_file(csv_file((("E-post", heading), ("a@b.example", ""))), name="a.csv", reader=HERE)

    assert found == FileToFix(
        (f"Rad 1, kolonne B («{heading}»): Fødselsnummer skal ikke sendes med e-post. Slett kolonnen.",)
    )


async def test_a_national_number_is_never_repeated_in_what_is_said():
    for rows in (
        ((LIKE_A_PERSON, "Ola"), ("x", "y")),
        (("E-post", LIKE_A_PERSON), ("a@b.example", "x")),
        (("E-post", "x"), (LIKE_A_PERSON, LIKE_A_PERSON)),
        (("E-post", "Vedlegg"), ("a@b.example", f"{LIKE_A_PERSON}.pdf")),
    ):
        found = await read_recipient_file(csv_file(rows), name="a.csv", reader=HERE)
        assert isinstance(found, FileToFix)
        assert LIKE_A_PERSON not in "".join(found.sentences)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
async def test_every_way_to_write_text_with_separators_is_read(separator, encoding, end):
    content = csv_file(encoding=encoding, separator=separator, end=end)

    assert await cells_of(content, "a.csv") == list(PEOPLE)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'E-post;Frist\r\na@b.example;"ikke avsluttet\r\n' + b"b@b.example;x\r\n" * 60, FileFault.OPEN_QUOTE),
        (b"E-post;Frist\r\n" + b"x" * 40_000, FileFault.OPEN_QUOTE),
        (b"E-post\r\n\x00\x01\x02", FileFault.ENCODING),
        (b"E-post\r\n\x81\x8d", FileFault.ENCODING),
        (b"\xff\xfeE", FileFault.ENCODING),
        ("E-post\r\nhalv \ud800 her".encode("utf-16", "surrogatepass"), FileFault.ENCODING),
        (b"E-post;" * 200, FileFault.TOO_MANY_COLUMNS),
        (b"E-post\r\n" + b"\r\n" * 51_000 + b"a@b.example", FileFault.TOO_MANY_ROWS),
        (b" \r\n\t", FileFault.EMPTY),
        (b"x" * 10_000_001, FileFault.TOO_LARGE),
    ],
)
async def test_text_that_is_none_or_too_much_is_refused(content, fault):
    assert await fault_in(content, "a.csv") is fault


@pytest.mark.parametrize(
    ("name", "parts", "fault"),
    [
        ("a.ods", {"Basic/Standard/Module1.xml": b"x"}, FileFault.MACROS),
        ("a.xlsx", {"xl/VBAPROJECT.bin": b"x"}, FileFault.MACROS),
        ("a.xlsx", {"xl/media/image1.png": b"x" * 30_000_000}, None),
        ("a.xlsm", {}, FileFault.MACROS),
        ("a.docx", {}, FileFault.WRONG_KIND),
    ],
)
async def test_parts_beside_the_sheets(name, parts, fault):
    content = altered((ods if name.endswith("ods") else xlsx)(), {}, more=parts)

    if fault is None:
        assert await cells_of(content, name)
    else:
        assert await fault_in(content, name) is fault


async def test_an_encrypted_open_document_is_told_as_that():
    content = altered(
        ods(),
        {"META-INF/manifest.xml": lambda part: part.replace(b"</manifest", b"<manifest:encryption-data/></manifest")},
    )

    assert await fault_in(content, "a.ods") is FileFault.PASSWORD


async def test_a_number_that_lost_digits_is_told():
    found = await read_recipient_file(xlsx(with_value(12345678901234567890)), name="a.xlsx", reader=HERE)

    assert isinstance(found, FileToFix)
    assert found.sentences[0].startswith("Rad 2, kolonne B («Frist»): Tallet har flere sifre")


def test_nothing_of_it_is_loaded_before_a_file_is_read():
    """The functions start cold, and most tickets have no such file."""
    heavy = {"python_calamine", "pyexpat", "csv", "zipfile"}
    program = (
        "import sys; old = set(sys.modules); import dispatch.adapters.spreadsheets; print(*set(sys.modules) - old)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", f"import dispatch.core; {program}"], capture_output=True, text=True, check=True
    )

    assert set(loaded.stdout.split()) & heavy == set()
    assert not any(name.startswith("python_calamine") for name in loaded.stdout.split())


@pytest.mark.parametrize(
    "form",
    [
        "dd/mm/yyyy", "mm-dd-yy", "[$-414]d. mmmm yyyy;@", r"[$-F800]dddd\,\ mmmm\ dd\,\ yyyy", "yyyy-mm-dd hh:mm", "mmm.yy",
        '"Frist "d. mmmm', "[$-409]h:mm AM/PM", "d/m",
    ],
)  # fmt: skip
async def test_a_date_is_one_whatever_form_its_cell_has(form):
    content = xlsx(with_value(46357), change=lambda sheet: setattr(sheet["B2"], "number_format", form))

    assert await values_in(content, "a.xlsx") == ["01.12.2026"]


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ('"d" 0', "d 46357"), ('0 "dager"', "46357 dager"), ("[Red]0", "46357"), ('#,##0 "mnd"', "46 357 mnd"),
        (r"0\d", "46357d"), (r"#,##0\ [$kr-414]", "46 357 kr"), ("0.0", "46357,0"), ("@", "46357"), ("0.00E+00", "46357"),
    ],
)  # fmt: skip
async def test_a_number_is_no_date_because_of_a_letter_in_its_form(form, shown):
    content = xlsx(with_value(46357), change=lambda sheet: setattr(sheet["B2"], "number_format", form))

    assert await values_in(content, "a.xlsx") == [shown]


@pytest.mark.parametrize("number", [99_999_999_999, 2_958_466, 1e300])
async def test_a_number_that_is_no_day_of_any_calendar_is_told_as_a_fault(number):
    content = xlsx(with_value(number), change=lambda sheet: setattr(sheet["B2"], "number_format", "dd.mm.yyyy"))
    found = await read_recipient_file(content, name="a.xlsx", reader=HERE)

    assert isinstance(found, FileToFix)
    assert "Cellen viser en feil" in found.sentences[0]


def repeated_in_ods(text: str, *, columns: int, rows: int) -> bytes:
    row = TableRow(numberrowsrepeated=rows)
    row.addElement(ods_cell(text, numbercolumnsrepeated=columns))
    made = Ods().sheet(PEOPLE)
    made.document.spreadsheet.childNodes[-1].addElement(row)
    return made.content()


def one_text_in_many_cells(text: str, *, columns: int, rows: int) -> bytes:
    """As Excel writes it: each text once for the whole workbook, and its number in the cells."""
    own, shared = b't="inlineStr"><is><t>?</t></is>', b't="s"><v>0</v>'
    names = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return altered(
        xlsx([*PEOPLE, *[["?"] * columns] * rows]),
        {"xl/worksheets/sheet1.xml": lambda part: part.replace(own, shared)},
        more={"xl/sharedStrings.xml": f"<sst {names}><si><t>{text}</t></si></sst>".encode()},
    )


@pytest.mark.parametrize(("make", "name"), [(one_text_in_many_cells, "a.xlsx"), (repeated_in_ods, "a.ods")])
async def test_a_text_that_many_cells_share_counts_for_each_of_them(make, name):
    """A small file of one long text would else come back as gigabytes, to the process that all dispatches live in."""
    content = make("å" * 30_000, columns=10, rows=70)
    assert len(content) < 20_000
    found = await read_recipient_file(content, name=name, reader=SpreadsheetFiles())

    assert isinstance(found, FileToFix)
    assert "Cellene har til sammen mer enn 20 000 000 tegn, også når mange har den samme teksten" in found.sentences[0]
    assert await cells_of(make("å" * 30_000, columns=4, rows=3), name)


@pytest.mark.parametrize("size", [100, 101])
async def test_no_more_is_taken_back_than_there_is_room_for_whatever_the_process_wrote(size):
    def runner(folder):
        (folder / "result.json").write_bytes(b'{"sheets": []}'.ljust(size))
        return True

    found = await SpreadsheetFiles(limits=SheetLimits(result=100), runner=runner).read(b"a;b", name="a.csv")
    assert found == (() if size == 100 else FileProblem(FileFault.TOO_HEAVY))
