"""Blobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob as it was listed; its version changes whenever it is written."""

    name: str
    version: str


class ContentStore(Protocol):
    """Blobs: frozen letters, reports, the operator's own template."""

    async def put(self, name: str, content: bytes, *, content_type: str, fresh: bool = False) -> None:
        """Writes or overwrites a blob.

        Raises:
            LostRace: it was to be a ``fresh`` one, and is there already.
        """
        ...

    async def get(self, name: str) -> bytes | None:
        """The blob's bytes; None where there is none."""
        ...

    async def stored_under(self, prefix: str) -> Sequence[StoredBlob]:
        """Every blob whose name begins so."""
        ...

    async def delete(self, blob: StoredBlob) -> None:
        """Removes the blob, unless it has been written since it was listed."""
        ...
