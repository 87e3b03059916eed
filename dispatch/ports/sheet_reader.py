"""Reading a table that somebody made in a spreadsheet."""

from collections.abc import Sequence
from typing import Protocol

from dispatch.ports.sheets import FileProblem, Sheet


class SheetReader(Protocol):
    """Reads files of other programs. Raises nothing for whatever bytes: what can't be read is a ``FileProblem``."""

    async def read(self, content: bytes, *, name: str) -> Sequence[Sheet] | FileProblem:
        """The sheets that are shown, in their order; never what is hidden."""
        ...
