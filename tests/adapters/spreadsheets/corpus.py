"""Forty files: twenty that may well be sent with, and twenty that are refused, each with its right answer."""

# ruff: noqa: DTZ001, E501 - cells know no time zone; a sentence reads best in one piece

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from openpyxl.worksheet.worksheet import Worksheet

from tests.adapters.spreadsheets.making import (
    PEOPLE,
    Ods,
    altered,
    computed,
    csv_file,
    merged_across,
    ods,
    ods_cell,
    with_comment,
    xlsx,
)

ASE = (2, "Åse Øvrebø", "ase@eksempel.example", "974760673", ("1. mai",))
KARE = (3, "Kåre Æsen", "kare@eksempel.example", "", ("2. mai",))
TWO = (ASE, KARE)
ONLY = ("E-post", "Frist")
A_PERSON = "01819010001"  # of the series that is made up for tests
FAR = "XFD1048576"


@dataclass(frozen=True)
class Good:
    """A file and its recipients: row, name, address, number, values."""

    name: str
    make: Callable[[], bytes]
    recipients: tuple[tuple[int, str, str, str, tuple[str, ...]], ...] = TWO
    fields: tuple[str, ...] = ("frist",)
    files: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    repeated: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Bad:
    """A file and all that is said of it."""

    name: str
    make: Callable[[], bytes]
    sentences: tuple[str, ...]


def one(value: str, *, row: int = 2) -> tuple[tuple[int, str, str, str, tuple[str, ...]], ...]:
    return ((row, "", "a@eksempel.example", "", (value,)),)


def with_value(value: object) -> tuple[tuple[object, ...], ...]:
    return (ONLY, ("a@eksempel.example", value))


def formatted(**forms: str) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for cell, form in forms.items():
            sheet[cell].number_format = form

    return change


def hidden_sheet(sheet: Worksheet) -> None:
    other = sheet.parent.create_sheet("Gammel liste")
    other.append(["E-post"])
    other.append(["gammel@eksempel.example"])
    other.sheet_state = "veryHidden"
    sheet.parent.create_chartsheet("Diagram")
    sheet.parent.create_sheet("Notater").append(["Husk å ringe"])


def title_and_styles(sheet: Worksheet) -> None:
    sheet.insert_rows(1, 2)
    sheet.insert_cols(1)
    sheet["B1"] = "Høring 2026"
    sheet.merge_cells("B1:E1")
    sheet.column_dimensions["A"].hidden = True
    sheet["A4"] = "internt"
    for row in range(1, 500):
        sheet.cell(row, 40).number_format = "0.00"


def two_lists(sheet: Worksheet) -> None:
    other = sheet.parent.create_sheet("Februar")
    other.append(["Mail"])
    other.append(["b@eksempel.example"])


def hide_row(sheet: Worksheet) -> None:
    sheet.auto_filter.ref = "A1:D3"
    sheet.row_dimensions[3].hidden = True


def merge_down(sheet: Worksheet) -> None:
    sheet.merge_cells("D2:D3")


def far_cell(sheet: Worksheet) -> None:
    sheet[FAR] = "x"


def with_entities() -> bytes:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return altered(xlsx(), {"xl/worksheets/sheet1.xml": lambda part: bomb + part})


def a_long_text() -> bytes:
    """One kilobyte on the ticket for a megabyte of text."""
    return altered(
        xlsx(with_value("lang")), {"xl/worksheets/sheet1.xml": lambda part: part.replace(b"lang", b"x" * 40_000)}
    )


def bomb() -> bytes:
    return altered(xlsx(), {"xl/worksheets/sheet1.xml": lambda part: part + b" " * 120_000_000})


def protected() -> bytes:
    """The container of old Office, with the part in which a protected workbook lies."""
    return struct.pack("<Q", 0xE11AB1A1E011CFD0) + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(2_000)


def macros() -> bytes:
    return altered(xlsx(), {}, more={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})


GOOD = (
    Good("mottakere.xlsx", xlsx),
    Good("mottakere.ods", ods),
    Good("mottakere.csv", csv_file),
    Good("MOTTAKERE (2).CSV", lambda: csv_file(encoding="cp1252")),
    Good("utf8.csv", lambda: csv_file(encoding="utf-8", separator=",", end="\n")),
    Good("utf16.csv", lambda: csv_file(encoding="utf-16", separator="\t")),
    Good("utf16-be.csv", lambda: csv_file(encoding="utf-16-be")),
    Good("sep.csv", lambda: csv_file(separator="|", first="sep=|\r\n")),
    Good(
        "order.csv",
        lambda: csv_file((("FRIST :", "e-post *", "Vedlegg", "vedlegg 2", "ETTERNAVN", "For navn"),
                          ("i dag", "Ola <OLA@Eksempel.Example>", "a.pdf; b.pdf", "A.PDF", "Nordmann", "Ola"))),
        ((2, "Ola Nordmann", "OLA@eksempel.example", "", ("i dag", "Nordmann", "Ola")),),
        ("frist", "etternavn", "fornavn"),
        files={2: ("a.pdf", "b.pdf")},
    ),
    Good(
        "organisations.xlsx",
        lambda: xlsx((("Virksomhet", "Org. nr."), ("Oslo kommune", 958935420), ("Statsforvalteren", "974 760 673"))),
        ((2, "Oslo kommune", "", "958935420", ("Oslo kommune",)),
         (3, "Statsforvalteren", "", "974760673", ("Statsforvalteren",))),
        ("virksomhet",),
    ),
    Good("zeros.xlsx", lambda: xlsx(with_value(123), change=formatted(B2="00000")), one("00123")),
    Good("zeros-as-text.xlsx", lambda: xlsx(with_value("0123")), one("0123")),
    Good("zeros.ods", lambda: ods((ONLY, ("a@eksempel.example", ods_cell(123, shown="00123")))), one("00123")),
    Good(
        "values.xlsx",
        lambda: xlsx(
            (("E-post", "Dag", "Møte", "Kl", "Ja", "Sum", "Andel", "Hel", "Beløp", "Formeltekst"),
             ("a@eksempel.example", date(2026, 12, 1), datetime(2026, 12, 1, 13, 45), time(9, 5), True, 1234.5, 0.25, 3.0,
              1234567.8, "=1+1")),
            change=formatted(G2="0 %", I2='"kr" #,##0.00'),
        ),
        ((2, "", "a@eksempel.example", "",
          ("01.12.2026", "01.12.2026 kl. 13.45", "09.05", "ja", "1234,5", "25 %", "3", "kr 1 234 567,80", "=1+1")),),
        ("dag", "møte", "kl", "ja", "sum", "andel", "hel", "beløp", "formeltekst"),
    ),
    Good(
        "values.ods",
        lambda: ods((("E-post", "Dag", "Møte", "Kl", "Ja", "Sum"),
                     ("a@eksempel.example", date(2026, 12, 1), datetime(2026, 12, 1, 13, 45), time(9, 5), True, 1234.5))),
        ((2, "", "a@eksempel.example", "", ("01.12.2026", "01.12.2026 kl. 13.45", "09.05", "ja", "1234,5")),),
        ("dag", "møte", "kl", "ja", "sum"),
    ),
    Good(
        "formulas.xlsx",
        lambda: computed(
            xlsx((ONLY, ("a@eksempel.example",), ("b@eksempel.example",)),
                 change=lambda sheet: sheet.__setitem__("B2", "=1+1") or sheet.__setitem__("B3", '=""')),
            {"B2": ("n", "2"), "B3": ("str", "")},
        ),
        (*one("2"), (3, "", "b@eksempel.example", "", ("",))),
    ),
    Good("sheets.xlsx", lambda: xlsx(change=hidden_sheet)),
    Good(
        "sheets.ods",
        lambda: Ods().sheet((("E-post",), ("x@eksempel.example",)), name="Skjult", hidden=True).sheet(PEOPLE).content(),
    ),
    Good(
        "title.xlsx",
        lambda: xlsx(change=title_and_styles),
        tuple((one[0] + 2, *one[1:]) for one in TWO),
    ),
    Good(
        "blank-rows-and-doubles.csv",
        lambda: csv_file((ONLY, (), ("a@eksempel.example", "to\nlinjer"), ("  ", ""), ("A@eksempel.example", "to\nlinjer"))),
        one("to\nlinjer", row=3),
        repeated=((5, 3),),
    ),
)  # fmt: skip

BAD = (
    Bad("empty.csv", lambda: b"", ("Filen er tom.",)),
    Bad(
        "old.xls",
        lambda: struct.pack("<Q", 0xE11AB1A1E011CFD0) + bytes(3_000) + "Workbook".encode("utf-16-le"),
        ("Filen er i et eldre format fra Excel. Åpne den i Excel eller LibreOffice, og lagre den på nytt som .xlsx, "
         ".ods eller .csv.",),
    ),
    Bad("pdf.xlsx", lambda: b"%PDF-1.7\n1 0 obj", ("Filen er en PDF. Legg ved selve regnearket, som .xlsx, .ods eller .csv.",)),
    Bad(
        "export.xls",
        lambda: b"\r\n<html><table><tr><td>E-post</td></tr></table></html>",
        ("Filen er en nettside, selv om den heter noe annet. Åpne den i Excel eller LibreOffice, og lagre den på nytt som "
         ".xlsx, .ods eller .csv.",),
    ),
    Bad("password.xlsx", protected, ("Filen er beskyttet med passord. Fjern passordet, og lagre den på nytt.",)),
    Bad("macros.xlsx", macros, ("Filen har makroer. Lagre den uten, som vanlig .xlsx eller .ods.",)),
    Bad(
        "cut.xlsx",
        lambda: xlsx()[:-400],
        ("Filen er ødelagt eller ufullstendig. Åpne den i Excel eller LibreOffice, og lagre den på nytt som .xlsx, .ods "
         "eller .csv.",),
    ),
    Bad(
        "far.xlsx",
        lambda: xlsx(change=far_cell),
        ("Arket «Ark1»: Det står noe nedenfor rad 51 000, og det er så langt filen leses. Del filen, eller slett det som "
         "ikke trengs.",),
    ),
    Bad(
        "far.ods",
        lambda: ods((*PEOPLE, (ods_cell("x", numbercolumnsrepeated="16384"),))),
        ("Arket «Ark1», rad 4: Det står noe til høyre for kolonne CV, og så langt leses ikke filen. Slett det som ikke "
         "trengs.",),
    ),
    Bad("bomb.xlsx", bomb, ("Filen er større enn 100 MB når den pakkes ut. Del den, eller fjern det som ikke trengs.",)),
    Bad("long.xlsx", a_long_text, ("Arket «Ark1», rad 2, kolonne B: En celle har mer enn 32 767 tegn. Kort den ned.",)),
    Bad(
        "entities.xlsx",
        with_entities,
        ("Filen har innhold som regneark ikke skal ha. Åpne den i Excel eller LibreOffice, og lagre den på nytt som .xlsx, "
         ".ods eller .csv.",),
    ),
    Bad(
        "hidden-row.xlsx",
        lambda: xlsx(change=hide_row),
        ("Rad 3: Raden er skjult eller filtrert bort. Vis den, eller slett den.",),
    ),
    Bad(
        "hidden-rows.ods",
        lambda: ods((*PEOPLE, ("", "c@eksempel.example")), hidden_rows=(2, 3)),
        ("Rad 2: Til sammen 2 rader er skjult eller filtrert bort, den første her. Vis dem, eller slett dem.",),
    ),
    Bad(
        "merged.xlsx",
        lambda: xlsx(change=merge_down),
        ("Rad 2: Cellene D2:D3 er slått sammen. Del dem, og fyll ut hver celle.",),
    ),
    Bad(
        "merged.ods",
        lambda: ods((("Navn", "E-post", "Frist"), merged_across("Kari"), ("Ola", with_comment(ods_cell("ola@eksempel.example"), "?")))),
        ("Rad 2: Cellene A2:B2 er slått sammen. Del dem, og fyll ut hver celle.",
         "Rad 2: Raden har verken e-postadresse eller organisasjonsnummer."),
    ),
    Bad(
        "lists.xlsx",
        lambda: xlsx(change=two_lists),
        ("Flere ark har mottakere: «Ark1», «Februar». Slett eller skjul dem som ikke skal brukes.",),
    ),
    Bad(
        "formulas.ods",
        lambda: ods((ONLY, ("a@eksempel.example", ods_cell("", formula="of:=1+1")), ("b@eksempel.example", ods_cell("#DIV/0!", formula="of:=1/0")))),
        ("Rad 2, kolonne B («Frist»): Formelen er ikke regnet ut. Åpne filen i Excel eller LibreOffice og lagre den, eller "
         "skriv inn verdien.",
         "Rad 3, kolonne B («Frist»): Cellen viser en feil i stedet for en verdi. Rett formelen, eller skriv inn verdien."),
    ),
    Bad(
        "persons.csv",
        lambda: csv_file((("E-post", "Merknad"), ("a@eksempel.example", f"Gjelder {A_PERSON[:6]} {A_PERSON[6:]}, snarest"))),
        ("Rad 2, kolonne B («Merknad»): Verdien ser ut til å ha et fødselsnummer eller D-nummer, og slike skal ikke sendes med "
         "e-post. Slett det. Er det et kontonummer, gi kolonnen en overskrift som sier det.",),
    ),
    Bad(
        "many.csv",
        lambda: csv_file(
            (("E-post", "Orgnr", "Frist", "frist"), ("a@eksempel.example", "974760674", "x", "x", "y"),
             ("a b@eksempel.example", "", ""), ("", "", "z"), ("a@b.example, c@d.example", "", "MÃ¸te"))),
        ("Rad 1, kolonne D («frist»): Kolonnen heter det samme som kolonne C.",
         "Rad 2, kolonne B («Orgnr»): Dette er ikke et gyldig organisasjonsnummer.",
         "Rad 2, kolonne E: Det står en verdi her, men kolonnen har ingen overskrift i rad 1.",
         "Rad 3, kolonne A («E-post»): Det står andre ord foran adressen, eller et mellomrom foran @.",
         "Rad 4: Raden har verken e-postadresse eller organisasjonsnummer.",
         "Rad 5, kolonne A («E-post»): Det står flere adresser i samme felt.",
         "Rad 5, kolonne C («Frist»): Æ, ø, å eller andre tegn er ødelagt. Lagre filen på nytt som .xlsx eller CSV UTF-8."),
    ),
)  # fmt: skip
