"""NCRONTAB expressions: six fields, day and weekday together, and nothing that only other crons know."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.settings import in_norwegian
from dispatch.settings.ncrontab import AmbiguousScheduleError, Schedule, ScheduleError
from dispatch.settings.shared_with_host import problems

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
    with pytest.raises(ScheduleError, match=r"crontab|NCRONTAB|out of range|would be read"):
        Schedule.parse(expression)


def test_a_day_that_never_comes_is_told() -> None:
    with pytest.raises(ScheduleError, match="never occurs"):
        Schedule.parse("0 0 0 31 2 *").next_after(MONDAY)


def test_an_occurrence_is_later_than_the_moment_even_by_a_fraction() -> None:
    schedule = Schedule.parse("0 0 * * * *")

    assert schedule.next_after(MONDAY) == MONDAY + timedelta(hours=1)
    assert schedule.next_after(MONDAY - timedelta(microseconds=1)) == MONDAY
    assert schedule.next_after(MONDAY + timedelta(microseconds=1)) == MONDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("expression", "subminute"),
    [("*/30 * * * * *", True), ("0 * * * * *", False), ("* * * * *", False), ("0,1 0 0 * * *", False)],
)
def test_schedules_of_less_than_a_minute_are_known_where_all_but_the_seconds_is_free(
    expression: str, subminute: bool
) -> None:
    assert Schedule.parse(expression).is_subminute is subminute


@pytest.mark.parametrize(
    "expression", ["0 60 * * * *", "0 */5 * * * MAN", "0 0 25 * * *", "0 0 0 31 2 *", "0 5/1 * * * *"]
)
def test_the_settings_refuse_what_the_timer_would_not_run_by(expression: str) -> None:
    """The host leaves out a function whose schedule it can't read, and says so where nobody looks."""
    (line,) = problems({"DISPATCH_SCHEDULE": expression})

    assert expression.split()[1] in line or "MAN" in line or "25" in line or expression in line
    assert in_norwegian(line) != line


RECORDED: dict[str, Any] = json.loads((Path(__file__).parents[2] / "cases/ncrontab.json").read_text(encoding="utf-8"))
LAST_SEARCHED = 2300  # the recording does not look further
AFTER = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in RECORDED["after"]]


def first_and_tenth(schedule: Schedule, moment: datetime) -> list[str]:
    found: list[str] = []
    for _ in range(10):
        try:
            moment = schedule.next_after(moment)
        except ScheduleError:
            return [*found[:1], "never"] if found else ["never", "never"]
        found.append("never" if moment.year >= LAST_SEARCHED else f"{moment:%Y-%m-%dT%H:%M:%S}")
    return [found[0], found[9]]


def test_every_recorded_schedule_fires_as_there_or_is_refused_in_words() -> None:
    """None is taken that the real timer refuses; one that it takes and we refuse is one of the few that mislead."""
    wrong, taken, misleading = [], 0, []
    for case in RECORDED["expressions"]:
        try:
            schedule = Schedule.parse(case["expression"])
        except AmbiguousScheduleError:
            misleading.append(case["expression"])
            continue
        except ScheduleError:
            if case["taken"]:
                wrong.append(case["expression"])
            continue
        taken += 1
        if not case["taken"] or [first_and_tenth(schedule, moment) for moment in AFTER] != case["next"]:
            wrong.append(case["expression"])

    assert wrong == []
    assert taken > 400
    assert all(MISLEADING.search(expression) for expression in misleading)


#: ``n/1``, a reversed range, a step of nought or with a sign.
MISLEADING = re.compile(r"\w+/0*1\b|\w+-\w+|/[+-]?\d", re.IGNORECASE)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 5/1 * * * *", "'5/1' would be read as 5 to 59: write 5-59."),
        ("0 0 0 * * FRI-MON", "'FRI-MON' would be read as 1 to 5: write the list that is meant."),
        ("0 */0 * * * *", "'*/0' would be read with a step of 1: write that."),
        ("0 */+5 * * * *", "'*/+5' would be read with a step of 5: write that."),
        ("0 0 0 * * *\n", "only spaces may stand between its fields"),
        ("0 0 0 * *\u00a0*", "only spaces may stand between its fields"),
        ("00:05:00", "needs six fields"),
    ],
)
def test_a_misleading_schedule_is_refused_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(ScheduleError, match=re.escape(reason)):
        Schedule.parse(expression)
