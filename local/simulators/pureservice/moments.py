"""Dates as the API writes and reads them: ISO 8601 text, UTC unless it says otherwise."""

from datetime import UTC, datetime
from functools import lru_cache


def as_text(moment: datetime) -> str:
    """The moment as it stands in answers, to the second."""
    return _written(moment.replace(microsecond=0))


@lru_cache(maxsize=64)
def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def parse(text: str) -> datetime | None:
    """The moment that the text names, aware; None where it names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
