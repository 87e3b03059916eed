"""What a cell holds, as the text that a letter gets: the way Norwegians write numbers, dates and times."""

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from dispatch.adapters.spreadsheets.number_formats import formatted, is_date

# Excel and LibreOffice keep fifteen digits of a number.
DIGITS = 15
EXACT = 10**DIGITS

Value = str | int | float | bool | date | datetime | time | timedelta


def is_cut(value: Value) -> bool:
    """Whether digits of the number were lost before anybody could read it."""
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) >= EXACT


def is_no_value(value: Value, form: str) -> bool:
    """Whether it is what no cell can show: infinite, not a number at all, or no day of any calendar."""
    return isinstance(value, float) and (not math.isfinite(value) or is_date(form))


def text_of(value: Value, form: str = "") -> str:
    """The value as text; a number in the form that its cell has, where it has one."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "ja" if value else "nei"
    if isinstance(value, int | float):
        return _number(value, form)
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}.{minutes % 60:02}" + (f".{seconds:02}" if seconds else "")
    if isinstance(value, time):
        return _clock(value)
    day = f"{value:%d.%m.}{value.year}"
    if isinstance(value, datetime) and value.time() != time():
        return f"{day} kl. {_clock(value.time())}"
    return day


def _clock(value: time) -> str:
    return f"{value:%H.%M.%S}" if value.second else f"{value:%H.%M}"


def _number(value: float, form: str) -> str:
    exact = Decimal(format(value, f".{DIGITS}g"))
    if form and (written := formatted(exact, form)) is not None:
        return written
    plain = format(exact, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain.replace(".", ",")
