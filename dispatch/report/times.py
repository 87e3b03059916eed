"""Moments in Norwegian time, as a letter, a note and the page have them."""

from datetime import UTC, datetime, timedelta

from dispatch.report.texts import NO_BREAK

_MONTHS = "januar februar mars april mai juni juli august september oktober november desember".split()  # noqa: SIM905
_SUNDAY = 6


def norwegian_time(moment: datetime) -> datetime:
    """The moment in Norwegian local time, by the European Union's rule; the image need not hold time zone data."""
    utc = moment.astimezone(UTC)
    hours = 2 if _change(utc.year, 3) <= utc < _change(utc.year, 10) else 1
    return (utc + timedelta(hours=hours)).replace(tzinfo=None)


def moment_text(moment: datetime) -> str:
    """Date and time as a letter has them: 23. november 2026 kl. 13.05."""
    local = norwegian_time(moment)
    day = f"{local.day}. {_MONTHS[local.month - 1]} {local.year}".replace(" ", NO_BREAK)
    return f"{day} kl.{NO_BREAK}{local:%H.%M}"


def clock_text(moment: datetime, now: datetime) -> str:
    """A moment as it is said: «kl. 13.05», «24. november kl. 08.00»."""
    local, today = norwegian_time(moment), norwegian_time(now)
    clock = f"kl.{NO_BREAK}{local:%H.%M}"
    return clock if local.date() == today.date() else moment_text(moment).replace(f"{NO_BREAK}{today.year}", "")


def _change(year: int, month: int) -> datetime:
    """One o'clock UTC on the month's last Sunday."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() - _SUNDAY) % 7)
