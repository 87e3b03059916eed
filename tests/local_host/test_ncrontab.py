"""NCRONTAB expressions: six fields, day and weekday together, and nothing that only other crons know."""

from datetime import UTC, datetime, timedelta

import pytest

from local.host import StartError
from local.host.ncrontab import Schedule

MONDAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def occurrences(expression: str, count: int = 3) -> list[str]:
    schedule, moment, found = Schedule.parse(expression), MONDAY, []
    for _ in range(count):
        moment = schedule.next_after(moment)
        found.append(f"{moment:%m-%d %H:%M:%S}")
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 */5 * * * *", ["11-23 16:05:00", "11-23 16:10:00", "11-23 16:15:00"]),
        ("*/20 * * * * *", ["11-23 16:00:20", "11-23 16:00:40", "11-23 16:01:00"]),
        ("30 5 * * * *", ["11-23 16:05:30", "11-23 17:05:30", "11-23 18:05:30"]),
        ("5 * * * *", ["11-23 16:05:00", "11-23 17:05:00", "11-23 18:05:00"]),
        ("0 0 9-10 * * 1-5", ["11-24 09:00:00", "11-24 10:00:00", "11-25 09:00:00"]),
        ("0 0 9 * * MON", ["11-30 09:00:00", "12-07 09:00:00", "12-14 09:00:00"]),
        ("0 0 0 * * Sunday", ["11-29 00:00:00", "12-06 00:00:00", "12-13 00:00:00"]),
        ("0 0 0 1 JAN,mar *", ["01-01 00:00:00", "03-01 00:00:00", "01-01 00:00:00"]),
        ("0 5/25 * * * *", ["11-23 16:05:00", "11-23 16:30:00", "11-23 16:55:00"]),
        ("0 5/1 * * * *", ["11-23 16:05:00", "11-23 17:05:00", "11-23 18:05:00"]),
        ("0 0 0 1 * MON", ["02-01 00:00:00", "03-01 00:00:00", "11-01 00:00:00"]),
        ("0 0 0 29 2 *", ["02-29 00:00:00", "02-29 00:00:00", "02-29 00:00:00"]),
        ("59 59 23 31 12 *", ["12-31 23:59:59", "12-31 23:59:59", "12-31 23:59:59"]),
    ],
)
def test_the_next_occurrences(expression: str, expected: list[str]) -> None:
    assert occurrences(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("", "* * *", "0 0 0 * * * 2027", "00:05:00", "@daily"),
        *("0 60 * * * *", "0 0 24 * * *", "0 0 0 0 * *", "0 0 0 * 13 *", "0 0 0 * * 7"),
        *("0 0 0 L * *", "0 0 0 * * MON#2", "0 */0 * * * *", "0 a * * * *", "0 , * * * *", "0 9-5 * * * *"),
        "0 *-5 * * * *",
    ],
)
def test_what_ncrontab_does_not_know_is_refused(expression: str) -> None:
    with pytest.raises(StartError, match=r"crontab|NCRONTAB|out of range"):
        Schedule.parse(expression)


def test_a_day_that_never_comes_is_told() -> None:
    with pytest.raises(StartError, match="never occurs"):
        Schedule.parse("0 0 0 31 2 *").next_after(MONDAY)


def test_an_occurrence_is_later_than_the_moment_even_by_a_fraction() -> None:
    schedule = Schedule.parse("0 0 * * * *")

    assert schedule.next_after(MONDAY) == MONDAY + timedelta(hours=1)
    assert schedule.next_after(MONDAY - timedelta(microseconds=1)) == MONDAY
    assert schedule.next_after(MONDAY + timedelta(microseconds=1)) == MONDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("expression", "subminute"), [("*/30 * * * * *", True), ("0 * * * * *", False), ("0,1 0 0 * * *", True)]
)
def test_schedules_of_less_than_a_minute_are_known(expression: str, subminute: bool) -> None:
    assert Schedule.parse(expression).is_subminute(MONDAY) is subminute
