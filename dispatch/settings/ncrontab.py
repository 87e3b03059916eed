"""NCRONTAB: ``{second} {minute} {hour} {day} {month} {day-of-week}``, as the timer trigger reads it.

No library fits: those for cron take more than NCRONTAB does (``L``, ``@daily``, Sunday as 7, a year), so a schedule
could work here and stop the app in Azure, and they take day *or* weekday where NCRONTAB wants both.

What is taken here fires as NCrontab 3.4 has it. A few forms that it takes are refused, since they don't say what they
mean there: ``5/1`` is 5 to 59, ``FRI-MON`` is Monday to Friday, ``*/0`` is every one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_PART = re.compile(r"(?P<first>\*|[0-9A-Za-z]+)(?:-(?P<last>[0-9A-Za-z]+))?(?:/(?P<step>[+-]?[0-9]+))?")
_MOST_STEP = 2**31 - 1
_SEARCHED_DAYS = 366 * 41  # a day like Friday 29 February comes every 28 years, or 40 about a year like 2100


class ScheduleError(ValueError):
    """The timer would not take it. ``part`` is what it stumbles on."""

    def __init__(self, part: str, message: str) -> None:
        self.part = part
        super().__init__(message)


class AmbiguousScheduleError(ScheduleError):
    """NCrontab takes it, and does not do what it says."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> tuple[int, ...]:
        """The numbers that the text of this field allows, in order."""
        return tuple(sorted({value for part in text.split(",") for value in self._values_of(part)}))

    def _values_of(self, part: str) -> range:
        match = _PART.fullmatch(part)
        if match is None:
            raise ScheduleError(part, f"'{part}' is not a valid [{self.name}] crontab field expression.")
        step = self._step(part, match["step"])
        if match["first"] == "*":
            first, last = self.least, self.most
        else:
            first = self._number(match["first"])
            # "5/10" goes on from 5 to the end
            last = self._number(match["last"]) if match["last"] else (first if match["step"] is None else self.most)
        if not (self.least <= first <= self.most and self.least <= last <= self.most) or (
            match["first"] == "*" and match["last"]
        ):
            raise ScheduleError(
                part, f"'{part}' is out of range for [{self.name}], which is {self.least} to {self.most}."
            )
        if first > last:
            raise AmbiguousScheduleError(
                part, f"'{part}' would be read as {last} to {first}: write the list that is meant."
            )
        if match["first"] != "*" and match["last"] is None and step == 1 and match["step"]:
            raise AmbiguousScheduleError(
                part, f"'{part}' would be read as {first} to {self.most}: write {first}-{self.most}."
            )
        return range(first, last + 1, step)

    def _step(self, part: str, text: str | None) -> int:
        step = int(text or 1)
        if abs(step) > _MOST_STEP:
            raise ScheduleError(part, f"'{part}' has a step above {_MOST_STEP}.")
        if step < 1 or (text or "").startswith("+"):
            raise AmbiguousScheduleError(part, f"'{part}' would be read with a step of {max(step, 1)}: write that.")
        return step

    def _number(self, text: str) -> int:
        if text.isascii() and text.isdecimal():
            return int(text)
        for number, name in enumerate(self.names, start=self.least):
            if name.startswith(text.lower()):
                return number
        raise ScheduleError(text, f"'{text}' is not a valid [{self.name}] crontab field value.")


_FIELDS = (
    _Field("Second", 0, 59),
    _Field("Minute", 0, 59),
    _Field("Hour", 0, 23),
    _Field("Day", 1, 31),
    _Field("Month", 1, 12, _MONTHS),
    _Field("DayOfWeek", 0, 6, _WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A parsed expression. Times are UTC, as on Flex Consumption, so no hour is missing or double."""

    expression: str
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    @classmethod
    def parse(cls, expression: str) -> "Schedule":
        """Read six fields, or five without the seconds."""
        if strange := sorted({character for character in expression if character.isspace() and character != " "}):
            raise ScheduleError(
                expression, f"The schedule {expression!r} holds {strange}: only spaces may stand between its fields."
            )
        parts = [part for part in expression.split(" ") if part]
        if len(parts) == len(_FIELDS) - 1:
            parts.insert(0, "0")
        if len(parts) != len(_FIELDS):
            raise ScheduleError(
                expression,
                f"The schedule '{expression}' is no NCRONTAB expression: it needs six fields, "
                "{second} {minute} {hour} {day} {month} {day-of-week}.",
            )
        return cls(expression, *(field.values(part) for field, part in zip(_FIELDS, parts, strict=True)))

    def next_after(self, moment: datetime) -> datetime:
        """The first occurrence later than the moment."""
        start = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        for offset in range(_SEARCHED_DAYS):
            day = (start + timedelta(days=offset)).replace(hour=0, minute=0, second=0)
            if self._falls_on(day) and (found := self._first_on(day, start)):
                return found
        raise ScheduleError(self.expression, f"The schedule '{self.expression}' never occurs.")

    @property
    def is_subminute(self) -> bool:
        """Whether it is known to fire more than once a minute: such timers are not monitored."""
        fields = [part for part in self.expression.split(" ") if part]
        return len(self.seconds) > 1 and fields[1:] == ["*"] * 5

    def _falls_on(self, day: datetime) -> bool:
        weekday = day.isoweekday() % 7
        return day.month in self.months and day.day in self.days and weekday in self.weekdays

    def _first_on(self, day: datetime, start: datetime) -> datetime | None:
        from_hour = start.hour if day.date() == start.date() else 0
        for hour in (hour for hour in self.hours if hour >= from_hour):
            for minute in self.minutes:
                if day.replace(hour=hour, minute=minute, second=59) < start:
                    continue
                for second in self.seconds:
                    found = day.replace(hour=hour, minute=minute, second=second)
                    if found >= start:
                        return found
        return None
