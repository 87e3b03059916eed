"""The file of recipients: opened by Excel in Norway, and never a program."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import MemberKind, Reason, RecipientState, Transport
from dispatch.report import CsvFile, CsvRow
from dispatch.report.csv_file import COLUMNS, safe_cell
from tests.builders import NOON, a_recipient


def lines_of(file: CsvFile) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.to_bytes().decode("utf-8-sig"), newline=""), delimiter=";"))


def test_has_a_byte_order_mark_semicolons_and_norwegian_columns():
    content = CsvFile().to_bytes()

    assert content.startswith(
        "\ufeffNavn;Type;Organisasjonsnummer;Adresse;Kanal;Resultat;Sendt med;E-postens kjennetegn;".encode()
    )
    assert content.decode("utf-8-sig").endswith(
        "Tidspunkt;Årsak;Teknisk svar;Hvorfor ikke eFormidling;Sak;Lenke til saken;Sendt fra;Sendt til i stedet;"
        "Kom i retur\r\n"
    )


def test_has_one_line_for_each_recipient_in_words():
    file = CsvFile()
    file.add(
        a_recipient(
            name="Bærum kommune",
            kind=MemberKind.ORGANISATION,
            organization_number="974767880",
            state=RecipientState.DELIVERED,
            transport=Transport.SMTP,
            message_id="<k3y@etat.example>",
            changed=NOON,
            detail="found in the mailbox",
            sent_from="utsending@etat.example",
            redirected_to="prove@etat.example",
        )
    )
    file.add(a_recipient(address="", state=RecipientState.SKIPPED, reason=Reason.NO_ADDRESS))

    assert lines_of(file)[1:] == [
        ["Bærum kommune", "Organisasjon", "974767880", "mottaker0.0@eksempel.example", "E-post",
         "Levert til e-postsystemet", "SMTP", "<k3y@etat.example>", "2026-11-23 13:00:00", "",
         "Funnet i avsenderens postkasse", "", "", "", "utsending@etat.example", "prove@etat.example", ""],
        ["Kåre Nordmann", "Person", "", "", "E-post", "Ikke forsøkt sendt", "", "", "", "Mangler e-postadresse",
         "", "", "", "", "", "", ""],
    ]  # fmt: skip


def test_each_own_ticket_has_its_link():
    file = CsvFile(ticket_page="https://x.example/agent/#/ticket/")
    file.add(a_recipient(case_number=10250))
    file.add(a_recipient(0, 1))

    assert [line[COLUMNS.index("Lenke til saken")] for line in lines_of(file)[1:]] == [
        "https://x.example/agent/#/ticket/10250/",
        "",
    ]


def test_a_row_has_a_value_for_each_column():
    assert len(CsvRow.of(a_recipient())) == len(COLUMNS)


def test_can_be_read_while_it_grows():
    file = CsvFile()
    file.add(a_recipient())
    first = file.to_bytes()
    file.add(a_recipient(0, 1))

    assert file.to_bytes().startswith(first)
    assert len(lines_of(file)) == 3


@pytest.mark.parametrize(
    "value",
    [
        "=cmd|'/c calc'!A1",
        "+47 22 47 47 00",
        "-1+1",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "  =1+1",
        "＝1+1",
        "|calc",
        '=HYPERLINK("https://x.example";"x")',
    ],
)
def test_a_formula_is_text(value):
    assert safe_cell(value).startswith("'")


@pytest.mark.parametrize("value", ["Kåre Ødegård", "kari@eksempel.example", "974767880", "", "550 5.1.1 <x>; y", "a=b"])
def test_an_ordinary_value_is_left_alone(value):
    assert safe_cell(value) == value


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_cell_stays_in_its_place_and_is_no_formula(name, detail):
    file = CsvFile()
    file.add(a_recipient(name=name, address="x", detail=detail, state=RecipientState.FAILED, reason=Reason.GAVE_UP))
    lines = lines_of(file)

    assert len(lines) == 2
    assert len(lines[1]) == len(COLUMNS)
    assert lines[1][3] == "x"
    for cell in lines[1]:
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
        assert "\n" not in cell
        assert "\r" not in cell


@given(st.lists(st.text(max_size=12), max_size=30), st.sets(st.integers(0, 30)))
def test_the_parts_that_are_taken_are_together_the_whole(names, taken_after):
    whole, in_parts, parts = CsvFile(), CsvFile(), []
    for number, name in enumerate(names):
        row = a_recipient(0, number, name=name)
        whole.add(row)
        in_parts.add(row)
        if number in taken_after:
            parts.append(in_parts.take())
            assert in_parts.to_bytes() == b"", "what was taken is held no longer"
    parts.append(in_parts.take())

    assert b"".join(parts) == whole.to_bytes()
