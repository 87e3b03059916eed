"""A ticket whose recipients stand in a spreadsheet, each with a name, a deadline and a file of their own.

What is right is known here before anything is sent, and what arrived is compared with it letter by letter.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from openpyxl import Workbook

from local.arrived import Arrived
from local.simulators.pureservice import Row, seed
from local.simulators.pureservice.store import Store

SUBJECT = "Vedtak til {{navn}}: frist {{frist}}"
TEXT = (
    "<p>Hei {{ Fornavn | alle sammen }}.</p><p>Dette gjelder <i>{{na</i>vn}}, og fristen er <b>{{frist}}</b>. "
    "Vedtaket ligger ved. {{RequestNumber}}</p>"
)
_WORDS = re.compile(r"Hei (.*?)\. Dette gjelder (.*?), og fristen er (.*?)\. Vedtaket ligger ved\.")
_NAMES = re.compile(r"Kari\w* Nr\d+ Østby")
_TAG = re.compile(r"<[^<>]*>")
_BLOCK_END = re.compile(r"</(?:p|div|h\d|td)>", re.IGNORECASE)
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
    size: int = 0  # of the file, at least

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.given} {self.family}"

    @property
    def content(self) -> bytes:
        """The file that is this one's alone."""
        return f"%PDF-1.7\n% vedtak til {self.name}, {self.to}\n".encode().ljust(self.size, b"%")


def people(count: int, *, of: str = "", numbers: Sequence[str] = (), size: int = 0) -> list[Person]:
    """So many, of whom no two have a value in common; by number where numbers are given, else by address."""
    return [
        Person(
            given=f"Kari{of}",
            family=f"Nr{number} Østby",
            to=numbers[number] if numbers else f"merge{of}.nr{number}@eksempel.example",
            deadline=f"{number % 28 + 1}. mai {2027 + number}",
            file=f"Vedtak {of}{number}.pdf",
            size=size,
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
        for whole in filter(None, (_plain(letter.html), " ".join(letter.text.split()))):
            words = _WORDS.search(whole)
            right = right and words is not None and words.groups() == (one.given, one.name, one.deadline)
            right = right and set(_NAMES.findall(whole)) == {one.name}
        left = f"{letter.subject}{letter.html}{letter.text}"
        values += not right or "{{" in left or "⟦" in left
        files += letter.files != {one.file: one.content}
    return Verdict(values, files)


def _plain(html: str) -> str:
    """What a reader of the HTML reads, on one line."""
    return " ".join(unescape(_TAG.sub("", _BLOCK_END.sub(" ", html))).split())
