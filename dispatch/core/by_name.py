"""Recipients by name: the order that Norwegians expect, a search, and the first of many without holding them all."""

import unicodedata
from dataclasses import dataclass, field

from dispatch.core.recipients import Recipient

_LAST = str.maketrans({"æ": "{a", "ä": "{a", "ø": "{b", "ö": "{b", "å": "{c"})  # behind z, in this order


def name_key(row: Recipient) -> tuple[bool, str, int, int]:
    """What recipients are ordered by: the name, those without one last; equal names by their place in the plan."""
    return not row.name, collated(row.name), row.batch, row.index


def collated(text: str) -> str:
    """The text as it is compared: æ, ø and å behind z, letter case and other accents aside."""
    folded = unicodedata.normalize("NFC", text.casefold()).translate(_LAST)
    return "".join(sign for sign in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(sign))


def has_part(row: Recipient, text: str) -> bool:
    """Whether the text stands anywhere in the name, the address or the organisation number, in whatever letter case."""
    wanted, number = " ".join(text.casefold().split()), "".join(text.split())
    if not wanted:
        return True
    return (
        wanted in " ".join(row.name.casefold().split())
        or wanted in row.address.casefold()
        or (number.isdecimal() and number in row.organization_number)
    )


@dataclass(slots=True)
class FirstByName:
    """The first so many of all that are added."""

    most: int
    count: int = 0
    _rows: list[Recipient] = field(default_factory=list)

    def add(self, row: Recipient) -> None:
        """Takes one more into account."""
        self.count += 1
        self._rows.append(row)
        if len(self._rows) > 2 * self.most + 100:
            self._rows = self.rows()

    def rows(self) -> list[Recipient]:
        """The first of those added, by name."""
        return sorted(self._rows, key=name_key)[: self.most]
