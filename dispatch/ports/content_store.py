"""Blobs."""

from typing import Protocol


class ContentStore(Protocol):
    """Blobs: frozen letters, reports, the operator's own template."""

    async def put(self, name: str, content: bytes, *, content_type: str) -> None:
        """Writes or overwrites a blob."""
        ...

    async def get(self, name: str) -> bytes | None:
        """The blob's bytes; None where there is none."""
        ...

    async def delete_under(self, prefix: str) -> None:
        """Removes every blob whose name begins so."""
        ...
