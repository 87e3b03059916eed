"""Blobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob as it was listed; its version changes whenever it is written."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ReadBlob:
    """A blob's bytes and their version; None and ``NO_VERSION`` where there is none."""

    content: bytes | None
    version: str


class ContentStore(Protocol):
    """Blobs: frozen letters, reports, the operator's own template."""

    async def put(self, name: str, content: bytes, *, content_type: str, over: str | None = None) -> None:
        """Writes or overwrites a blob; with ``over`` only that version of it, ``NO_VERSION`` being that there is none.

        Raises:
            LostRace: it is not of that version.
        """
        ...

    async def get(self, name: str) -> bytes | None:
        """The blob's bytes; None where there is none."""
        ...

    async def read(self, name: str) -> ReadBlob:
        """The blob with the version that was read."""
        ...

    async def stored_under(self, prefix: str) -> Sequence[StoredBlob]:
        """Every blob whose name begins so."""
        ...

    async def delete(self, blob: StoredBlob) -> None:
        """Removes the blob, unless it has been written since it was listed."""
        ...
