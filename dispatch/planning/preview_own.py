"""What differs from recipient to recipient in a preview: values and files of the first, and of the one asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dispatch.core import Recipient, merging

GLANCE = 20  # that are seen at a glance


@dataclass(frozen=True, slots=True)
class PreviewOwn:
    """``fields`` are those of the letter, as people tell them apart; ``first`` those whose values are shown."""

    fields: tuple[str, ...] = ()
    by_place: Mapping[tuple[int, int], merging.OwnContent] | None = None
    first: tuple[Recipient, ...] = ()
    without_files: int = 0  # of all who would get the letter, where somebody has files of their own

    @property
    def differs(self) -> bool:
        """Whether anything is somebody's alone."""
        return bool(self.fields) or self.has_files

    @property
    def has_files(self) -> bool:
        """Whether anybody of the first has files of their own."""
        return any(own.files for own in (self.by_place or {}).values())

    @property
    def lines(self) -> Iterator[tuple[Recipient, Mapping[str, str], tuple[str, ...]]]:
        """Each of the first, with values by the names of the fields, and the names of files."""
        for row in self.first:
            own = self.of(row)
            yield row, dict(zip(self.fields, own.values, strict=False)), tuple(file.name for file in own.files)

    def of(self, row: Recipient) -> merging.OwnContent:
        """What is the recipient's alone."""
        return (self.by_place or {}).get((row.batch, row.index), merging.NOTHING_OWN)
