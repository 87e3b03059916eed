"""Office hours: when letters may go out, where a send window is set. Pure, but for the holidays of a library."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FORM = re.compile(
    r"^(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? +(?P<open>\d{1,2}(?::\d\d)?)-(?P<close>\d{1,2}(?::\d\d)?)$"
)
LONGEST_CLOSED = 60  # days; no calendar has more holidays in a row


@dataclass(frozen=True, slots=True)
class SendWindow:
    """From ``opens`` to ``closes`` on some weekdays in a time zone, holidays of a country left out where one is set."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo
    country: str = ""

    @classmethod
    def parse(cls, text: str, *, zone: str = "Europe/Oslo", country: str = "") -> "SendWindow":
        """Reads ``mon-fri 08-16`` or ``mon-fri 08:00-15:30``.

        Raises:
            ValueError: it has another form, or the zone or the country is not known.
        """
        match = FORM.match(text.strip().lower())
        if match is None:
            raise ValueError("must have the form mon-fri 08-16")
        first, last = match["first"], match["last"] or match["first"]
        if first not in DAYS or last not in DAYS:
            raise ValueError(f"days are written {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last)
        days = range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1))
        opens, closes = _time(match["open"]), _time(match["close"])
        if closes <= opens:
            raise ValueError("must close later than it opens")
        if country:
            _holidays(country)
        return cls(frozenset(days), opens, closes, ZoneInfo(zone), country)

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself where the window is open, else when it opens next; in UTC."""
        local = moment.astimezone(self.zone)
        for ahead in range(LONGEST_CLOSED):
            day = local.date() + timedelta(days=ahead)
            if not self._works(day):
                continue
            opens = datetime.combine(day, self.opens, self.zone)
            closes = datetime.combine(day, self.closes, self.zone)
            if local < closes:
                return max(moment, opens).astimezone(UTC)
        raise ValueError("the send window never opens")

    def _works(self, day: date) -> bool:
        return day.weekday() in self.weekdays and not (self.country and day in _holidays(self.country))


def _time(text: str) -> time:
    hours, _, minutes = text.partition(":")
    if int(hours) == 24 and int(minutes or 0) == 0:  # noqa: PLR2004 - midnight at the day's end
        return time(23, 59, 59)
    return time(int(hours), int(minutes or 0))


@cache
def _holidays(country: str) -> Any:
    import holidays

    try:
        return holidays.country_holidays(country.upper())
    except NotImplementedError as error:
        raise ValueError(f"holidays of {country} are not known") from error
