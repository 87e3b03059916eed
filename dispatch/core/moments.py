"""A moment as people and systems write it in a field: a day alone, or a day and a time, Norwegian or ISO 8601."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_NORWEGIAN = re.compile(
    r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})(?:,?\s+(?:kl\.?\s*)?(?P<hour>\d{1,2})[.:](?P<minute>\d\d))?"
)


def parse_moment(written: str, *, zone: str, end_of_day: bool = False) -> datetime | None:
    """The moment in UTC; None where the field is empty. A time without a zone is local.

    A day alone begins at midnight, and with ``end_of_day`` lasts until the next one.

    Raises:
        ValueError: it is no moment.
    """
    said = " ".join(written.split())
    if not said:
        return None
    local, alone = _read(said)
    here = (local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))).astimezone(ZoneInfo(zone))
    if end_of_day and (day := local.date() if alone else _day_of(said, local, here)):
        here = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return here.astimezone(UTC)


def _read(said: str) -> tuple[datetime, bool]:
    """The moment as it stands there, and whether it is a day alone."""
    if match := _NORWEGIAN.fullmatch(said):
        day, month, year = (int(match[name]) for name in ("day", "month", "year"))
        if match["hour"] is None:
            return datetime(year, month, day), True  # noqa: DTZ001 - the caller gives it its zone
        return datetime(year, month, day, int(match["hour"]), int(match["minute"])), False  # noqa: DTZ001
    try:
        return datetime.combine(date.fromisoformat(said), time()), True
    except ValueError:
        return datetime.fromisoformat(said), False


def _day_of(said: str, local: datetime, here: datetime) -> date | None:
    """The day that a system means by a midnight: it has no other way to write one in a field of moments."""
    if _NORWEGIAN.fullmatch(said):
        return None
    return local.date() if local.time() == time() else here.date() if here.time() == time() else None
