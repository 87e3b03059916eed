"""A ticket whose recipients stand in a spreadsheet, each with a name, a deadline and a file of their own.

What is right is known here before anything is sent, and what arrived is compared with it letter by letter.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from openpyxl import Workbook

from local.arrived import Arrived
from local.simulators.pureservice import Row, seed
from local.simulators.pureservice.store import Store

SUBJECT = "Vedtak til {{navn}}: frist {{frist}}"
TEXT = (
    "<p>Hei {{ Fornavn | alle sammen }}.</p><p>Dette gjelder <i>{{na</i>vn}}, og fristen er <b>{{frist}}</b>. "
    "Vedtaket ligger ved. {{RequestNumber}}</p>"
)
_WORDS = re.compile(r"Hei (.*?)\.</p>.*?gjelder <i>(.*?)</i>, og fristen er <b>(.*?)</b>", re.DOTALL)
_TITLE = re.compile(r"Vedtak til (.*): frist (.*?)(?: \[|$)")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Person:
    """One row, and what its letter must hold."""

    given: str
    family: str
    to: str  # address or organisation number
    deadline: str
    file: str

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.given} {self.family}"

    @property
    def content(self) -> bytes:
        """The file that is this one's alone."""
        return f"%PDF-1.7\n% vedtak til {self.name}, {self.to}\n".encode()


def people(count: int, *, of: str = "", numbers: Sequence[str] = ()) -> list[Person]:
    """So many, of whom no two have a value in common; by number where numbers are given, else by address."""
    return [
        Person(
            given=f"Kari{of}",
            family=f"Nr{number} Østby",
            to=numbers[number] if numbers else f"merge{of}.nr{number}@eksempel.example",
            deadline=f"{number % 28 + 1}. mai {2027 + number}",
            file=f"Vedtak {of}{number}.pdf",
        )
        for number in range(count)
    ]


def put_file(store: Store, ticket: Row, rows: Sequence[Person], *, twice: int = 0, by_number: bool = False) -> None:
    """The spreadsheet and everybody's files on the ticket; the first rows stand in it ``twice``."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Fornavn", "Etternavn", "Orgnr" if by_number else "E-post", "Navn", "Frist", "Vedlegg"])
    for one in (*rows, *rows[:twice]):
        sheet.append([one.given, one.family, one.to, one.name, one.deadline, one.file])
    content = io.BytesIO()
    book.save(content)
    seed.add_attachment(store, ticket, "Mottakere av vedtak.xlsx", content.getvalue(), XLSX)
    for one in rows:
        seed.add_attachment(store, ticket, one.file, one.content, "application/pdf")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Letters with a wrong value, and letters with a wrong file or without their own."""

    values_wrong: int
    files_wrong: int


def compared(letters: Iterable[Arrived], rows: Sequence[Person]) -> Verdict:
    """What arrived against what each was to get; letters to others than these are not looked at."""
    known: Mapping[str, Person] = {one.to.casefold(): one for one in rows}
    values, files = 0, 0
    for letter in letters:
        one = known.get(letter.to.casefold())
        if one is None:
            continue
        title = _TITLE.search(letter.subject)
        right = title is not None and title.groups() == (one.name, one.deadline)
        if letter.html:
            words = _WORDS.search(letter.html)
            right = right and words is not None and words.groups() == (one.given, one.name, one.deadline)
        whole = f"{letter.subject}{letter.html}{letter.text}"
        values += not right or "{{" in whole or "⟦" in whole
        files += letter.files != {one.file: one.content}
    return Verdict(values, files)
