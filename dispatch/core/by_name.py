"""Recipients by name: the order that Norwegians expect, a search, and the first of many without holding them all."""

import unicodedata
from dataclasses import dataclass, field
from operator import itemgetter

from dispatch.core.recipients import Recipient

_LAST = str.maketrans({"æ": "{a", "ä": "{a", "ø": "{b", "ö": "{b", "å": "{c"})  # behind z, in this order


NameKey = tuple[bool, str, int, int]


def name_key(row: Recipient) -> NameKey:
    """What recipients are ordered by: the name, those without one last; equal names by their place in the plan."""
    return not row.name, collated(row.name), row.batch, row.index


def collated(text: str) -> str:
    """The text as it is compared: æ, ø and å behind z, letter case and other accents aside."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    folded = unicodedata.normalize("NFC", folded).translate(_LAST)
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
    """The first so many of all that are added; memory holds some more than those."""

    most: int
    count: int = 0
    _kept: list[tuple[NameKey, Recipient]] = field(default_factory=list)
    _last: NameKey | None = None  # of the first so many; whoever comes behind it is not among them

    def add(self, row: Recipient) -> None:
        """Takes one more into account."""
        self.count += 1
        key = name_key(row)
        if self._last is not None and key >= self._last:
            return
        self._kept.append((key, row))
        if len(self._kept) > 2 * self.most + 100:
            self._cut()

    def rows(self) -> list[Recipient]:
        """The first of those added, by name."""
        self._cut()
        return [row for _, row in self._kept]

    def _cut(self) -> None:
        self._kept.sort(key=itemgetter(0))
        del self._kept[self.most :]
        if self._kept and len(self._kept) == self.most:
            self._last = self._kept[-1][0]
