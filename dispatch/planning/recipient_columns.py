"""The columns of a recipients' file, by the names that people give them.

**Overskrifter.** Den første raden som har en overskrift for e-post eller organisasjonsnummer, er overskriftsraden; det
som står over, leses ikke. Rekkefølgen er fri, og store og små bokstaver, mellomrom, bindestrek, punktum, kolon og
stjerne betyr ingenting: «E-post», «epost» og «E-POST *» er det samme. Alle andre kolonner kan flettes inn i meldingen
med sitt eget navn.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from dispatch.core import for_every, merging


class ColumnUse(StrEnum):
    """What a column is for."""

    ADDRESS = "address"
    ORGANISATION = "organisation"
    FILES = "files"
    NAME = "name"
    OTHER_NAME = "other_name"  # a field too, and the name where there is no better
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    NATIONAL_NUMBER = "national_number"
    FIELD = "field"


_NUMBERED = re.compile(r"\d{1,2}$")
_SAME_LETTERS = (("æ", "ae"), ("ø", "o"), ("oe", "o"), ("å", "a"), ("aa", "a"))
# Those of names in the order in which one is taken where several are there.
_WORDS: Mapping[ColumnUse, tuple[str, ...]] = for_every(
    set(ColumnUse) - {ColumnUse.FIELD},
    {
        ColumnUse.ADDRESS: (
            "epost", "epostadresse", "epostadr", "email", "emailadresse", "emailaddress", "mail", "mailadresse",
            "epostmottaker", "mottakerepost", "mottakersepost",
        ),
        ColumnUse.ORGANISATION: (
            "organisasjonsnummer", "orgnummer", "orgnr", "organisasjonsnr", "organisasjonsnummeret",
            "organizationnumber", "organisationnumber",
        ),
        ColumnUse.FILES: ("vedlegg", "fil", "filnavn", "filer", "dokument", "dokumenter"),
        ColumnUse.NAME: ("navn", "fulltnavn", "name"),
        ColumnUse.OTHER_NAME: (
            "mottaker", "mottakernavn", "kontaktperson", "virksomhet", "virksomhetsnavn", "organisasjon",
            "organisasjonsnavn", "firma", "firmanavn", "bedrift",
        ),
        ColumnUse.GIVEN_NAME: ("fornavn",),
        ColumnUse.FAMILY_NAME: ("etternavn",),
        ColumnUse.NATIONAL_NUMBER: (
            "fødselsnummer", "fødselsnr", "personnummer", "personnr", "dnummer", "ssn", "nin",
            "nasjonaltidnummer", "fødselsogpersonnummer",
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    """One column that has a heading: its place counted from 1, what people call it, and what fields are found by."""

    column: int
    title: str
    key: str
    use: ColumnUse
    rank: int  # among the words for the same


def headings_of(cells: Sequence[str]) -> list[Heading]:
    """The columns of a row of headings."""
    found = []
    for column, cell in enumerate(cells, start=1):
        title = " ".join(cell.split())
        if key := merging.field_key(title):
            use, rank = _use(key)
            found.append(Heading(column, title, key, use, rank))
    return found


def is_header(headings: Sequence[Heading]) -> bool:
    """Whether a row says where recipients are to be found."""
    return any(heading.use in {ColumnUse.ADDRESS, ColumnUse.ORGANISATION} for heading in headings)


def use_of(key: str) -> ColumnUse:
    """What a column of this key is for."""
    return _use(key)[0]


def _use(key: str) -> tuple[ColumnUse, int]:
    folded = _folded(key)
    known = _KNOWN.get(folded) or _KNOWN.get(_NUMBERED.sub("", folded))
    if known and (known[0] == ColumnUse.FILES or folded in _KNOWN):
        return known
    return ColumnUse.FIELD, 0


def _folded(key: str) -> str:
    for letters, plain in _SAME_LETTERS:
        key = key.replace(letters, plain)
    return key


_KNOWN: Mapping[str, tuple[ColumnUse, int]] = MappingProxyType(
    {_folded(word): (use, rank) for use, words in _WORDS.items() for rank, word in enumerate(words)}
)
