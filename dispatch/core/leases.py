"""Who holds a dispatch or a batch, and until when."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """One process's hold on a row; empty where nobody holds it."""

    owner: str = ""
    until: datetime | None = None


NOT_HELD = Lease()
