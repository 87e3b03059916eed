"""Times and durations as a case worker reads them in a note, on the page and in the terminal (Norwegian bokmål)."""

from datetime import datetime, timedelta

from dispatch.report import texts, times

MINUTE, HOUR, DAY = 60, 3600, 86400


def finish_text(done: datetime, now: datetime) -> str:
    """When it will be done: «kl. 14.20» today, «24. november kl. 09.05» another day. Local Norwegian time."""
    # Rounded up to five minutes: nobody knows it better than that, and too early disappoints.
    local, today = times.norwegian_time(up_to_five_minutes(done)), times.norwegian_time(now)
    clock = f"kl.{texts.NO_BREAK}{local:%H.%M}"
    if local.date() == today.date():
        return clock
    day = times.moment_text(up_to_five_minutes(done)).partition(f" kl.{texts.NO_BREAK}")[0]
    year = f"{texts.NO_BREAK}{local.year}"
    shown = day.removesuffix(year) if local.year == today.year else day
    return f"{shown} {clock}"


def duration_text(seconds: float) -> str:
    """How long it takes, in its two largest units: «42 minutter», «3 timer 20 minutter», «2 døgn 3 timer»."""
    if seconds < MINUTE:
        return "under ett minutt"
    minutes = round(seconds / MINUTE)
    days, rest = divmod(minutes, DAY // MINUTE)
    hours, minutes = divmod(rest, HOUR // MINUTE)
    units = (
        (days, texts.counted(days, "døgn", "døgn")),
        (hours, texts.counted(hours, "time", "timer")),
        (minutes, texts.counted(minutes, "minutt", "minutter")),
    )
    return " ".join([text for count, text in units if count][:2])


def up_to_five_minutes(moment: datetime) -> datetime:
    """The next whole five minutes: an expected end is said no finer."""
    over = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment - over + (timedelta(minutes=5) if over else timedelta())
