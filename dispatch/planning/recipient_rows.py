"""The rows of a recipients' file: each a recipient that can be reached, or what is wrong with it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from dispatch.core import addresses, national_numbers, other_numbers, text, valid_organisation_number
from dispatch.planning.recipient_columns import ColumnUse, Heading
from dispatch.planning.recipient_faults import Spoken
from dispatch.ports import SheetRow
from dispatch.report import detail_words

LONGEST_VALUE = 2_000
MOST_FILES = 20
_NO_FIELDS = frozenset(
    {ColumnUse.ADDRESS, ColumnUse.ORGANISATION, ColumnUse.FILES, ColumnUse.NAME, ColumnUse.NATIONAL_NUMBER}
)
FEW_NUMBERS = 5  # that a column of other numbers has at least, before its heading is believed
_PARTS = (ColumnUse.GIVEN_NAME, ColumnUse.FAMILY_NAME)
_ACCOUNTS = ("konto", "kid")
_WIDE_BLANKS = re.compile("[\u00a0\u2007\u202f]")
# UTF-8 that was read as windows-1252 and saved again: pairs that no Norwegian word has.
_TWICE_ENCODED = re.compile("Ã[¸¦¥˜…†]")
_BETWEEN_FILES = re.compile(r"[;\n]")
_NATIONAL = (
    "Verdien ser ut til å ha et fødselsnummer eller D-nummer, og slike skal ikke sendes med e-post. Slett det. "
    "Er det et kontonummer, gi kolonnen en overskrift som sier det"
)


@dataclass(frozen=True, slots=True)
class FileRecipient:
    """One row: whom it names and what it says of them; ``row`` is its number as people see it in the file.

    At least one of ``address`` and ``organisation_number`` is there, and both can be used as they are.
    """

    row: int
    name: str
    address: str
    organisation_number: str
    files: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(slots=True)
class RowsRead:
    """What the rows gave."""

    fields: Sequence[Heading]
    recipients: list[FileRecipient] = field(default_factory=list)
    repeated: list[tuple[int, int]] = field(default_factory=list)
    faults: list[Spoken] = field(default_factory=list)


def recipients_of(rows: Sequence[SheetRow], headings: Sequence[Heading]) -> RowsRead:
    """All rows, and all faults in them."""
    table = _Table(headings, accounts=_account_columns(rows, headings))
    read = RowsRead(fields=table.fields)
    first: dict[str, FileRecipient] = {}
    for row in rows:
        cells = {heading.column: _clean(row.cells, heading.column) for heading in headings}
        if any(cells.values()):
            recipient, faults = table.recipient(row.number, cells)
            read.faults += faults
            if not faults:
                _add(recipient, first, read)
    if not (read.recipients or read.faults):
        read.faults.append(Spoken(0, 0, "Det står ingen mottakere under overskriftene"))
    return read


class _Table:
    """Which column is what, where several could be."""

    def __init__(self, headings: Sequence[Heading], *, accounts: AbstractSet[int]) -> None:
        self._headings = headings
        self._accounts = accounts
        self._by_use = {use: [one.column for one in headings if one.use is use] for use in ColumnUse}
        self._names = _names(headings)
        self.fields = [one for one in headings if one.use not in _NO_FIELDS]

    def recipient(self, number: int, cells: Mapping[int, str]) -> tuple[FileRecipient, Sequence[Spoken]]:
        """The row as a recipient, and what is wrong with it."""
        name = " ".join(filter(None, (cells[column] for column in self._names)))
        address, wrong = _checked(self._first(cells, ColumnUse.ADDRESS))
        recipient = FileRecipient(
            row=number,
            name=text.line(name, most=text.Limit.NAME),
            address=address,
            organisation_number=addresses.organisation_number(self._first(cells, ColumnUse.ORGANISATION)),
            files=tuple(_files(cells[column] for column in self._by_use[ColumnUse.FILES])),
            values=tuple(cells[one.column] for one in self.fields),
        )
        faults = list(self._faults(number, cells, wrong))
        if not (address or recipient.organisation_number or faults):
            faults.append(Spoken(number, 0, "Raden har verken e-postadresse eller organisasjonsnummer"))
        return recipient, faults

    def _first(self, cells: Mapping[int, str], use: ColumnUse) -> str:
        return next((cells[column] for column in self._by_use[use]), "")

    def _faults(self, number: int, cells: Mapping[int, str], wrong_address: str) -> Iterator[Spoken]:
        """What is wrong with each cell; the first thing, since the next is often its consequence."""
        for heading in self._headings:
            if cell := cells[heading.column]:
                words = _words_of(heading, cell, is_account=heading.column in self._accounts)
                if heading.use is ColumnUse.ADDRESS:
                    words = words or wrong_address
                if words:
                    yield Spoken(number, heading.column, words, heading.title)


def _names(headings: Sequence[Heading]) -> list[int]:
    """The columns that make the name: the whole of it, else its two parts, else that of whoever is written to."""
    whole = [one.column for one in headings if one.use is ColumnUse.NAME]
    parts = [one.column for use in _PARTS for one in headings if one.use is use]
    others = [one.column for one in sorted(headings, key=lambda one: one.rank) if one.use is ColumnUse.OTHER_NAME]
    return whole[:1] or parts or others[:1]


def _clean(cells: Sequence[str], column: int) -> str:
    """The cell without blanks at its ends; those of another width are blanks too. No value turns what follows it."""
    return _WIDE_BLANKS.sub(" ", text.unturned(cells[column - 1])).strip() if column <= len(cells) else ""


def _files(cells: Iterable[str]) -> Iterator[str]:
    """Each file's name once, in the order in which they are written."""
    seen = set()
    for cell in cells:
        for part in _BETWEEN_FILES.split(cell):
            name = text.file_name(part)
            if name and name.casefold() not in seen:
                seen.add(name.casefold())
                yield name


def _checked(cell: str) -> tuple[str, str]:
    """The address as it is sent to, or what is wrong with it."""
    if not cell:
        return "", ""
    try:
        address = addresses.normalise(cell)
    except addresses.InvalidAddress as error:
        return "", detail_words(addresses.detail_of(error.code))
    return ("", "Adressen er Pureservices egen, og kan ikke nås") if addresses.is_local(address) else (address, "")


def _words_of(heading: Heading, cell: str, *, is_account: bool) -> str:
    if national_numbers(cell) and not is_account:
        return _NATIONAL
    if text.LOST in cell or _TWICE_ENCODED.search(cell):
        return "Æ, ø, å eller andre tegn er ødelagt. Lagre filen på nytt som .xlsx eller CSV UTF-8"
    if heading.use is ColumnUse.ORGANISATION:
        return "" if valid_organisation_number(cell) else "Dette er ikke et gyldig organisasjonsnummer"
    if heading.use is ColumnUse.FILES and len(_BETWEEN_FILES.split(cell)) > MOST_FILES:
        return f"Det står flere enn {MOST_FILES} filer i cellen"
    return f"Verdien er lengre enn {LONGEST_VALUE} tegn" if len(cell) > LONGEST_VALUE else ""


def _account_columns(rows: Sequence[SheetRow], headings: Sequence[Heading]) -> set[int]:
    """Columns of account numbers, one in forty of which looks like a person's: by heading and by most numbers."""
    found = set()
    for heading in headings:
        if any(word in heading.key for word in _ACCOUNTS):
            cells = [_clean(row.cells, heading.column) for row in rows]
            others = sum(map(other_numbers, cells))
            if others >= FEW_NUMBERS and others > sum(map(national_numbers, cells)):
                found.add(heading.column)
    return found


def _add(recipient: FileRecipient, first: dict[str, FileRecipient], read: RowsRead) -> None:
    """Takes the row, unless an earlier one is for the same: then it is left out, or the two must be made one."""
    key = addresses.identity(recipient.address) if recipient.address else recipient.organisation_number
    earlier = first.setdefault(key, recipient)
    if earlier is recipient:
        read.recipients.append(recipient)
    elif replace(earlier, row=recipient.row, address=recipient.address) == recipient:
        read.repeated.append((recipient.row, earlier.row))
    else:
        what = "den samme adressen" if recipient.address else "det samme organisasjonsnummeret"
        words = f"Raden har {what} som rad {earlier.row}, men andre opplysninger. Behold én av dem"
        read.faults.append(Spoken(recipient.row, 0, words))
