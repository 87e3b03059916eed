"""What differs from recipient to recipient in a preview: values and files of the first, and of the one asked for."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.core import Recipient, merging

GLANCE = 20  # that are seen at a glance


@dataclass(frozen=True, slots=True)
class PreviewOwn:
    """``fields`` are those of the letter, as people know them; ``first`` those whose values are shown."""

    fields: tuple[str, ...] = ()
    by_place: Mapping[tuple[int, int], merging.OwnContent] | None = None
    first: tuple[Recipient, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything is somebody's alone."""
        return bool(self.fields) or self.has_files

    @property
    def has_files(self) -> bool:
        """Whether anybody of the first has files of their own."""
        return any(own.files for own in (self.by_place or {}).values())

    def of(self, row: Recipient) -> merging.OwnContent:
        """What is the recipient's alone."""
        return (self.by_place or {}).get((row.batch, row.index), merging.NOTHING_OWN)
