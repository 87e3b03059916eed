"""Office hours in Norway: weekdays, holidays, and the two days a year when the clock is moved."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.core import BadConfiguration, SenderState, SendWindow
from dispatch.pacing import Pace
from tests.builders import some_settings

OFFICE = SendWindow.parse("mon-fri 08-16", country="NO")


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),
        ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T16:00", "2026-11-24T08:00"),
        ("2026-11-27T17:00", "2026-11-30T08:00"),
        ("2026-12-24T17:00", "2026-12-28T08:00"),
        ("2027-03-24T17:00", "2027-03-30T08:00"),
        ("2027-05-16T12:00", "2027-05-18T08:00"),
        ("2027-03-26T17:00", "2027-03-30T08:00"),
        ("2026-10-23T17:00", "2026-10-26T08:00"),
    ],
)
def test_the_window_opens_on_the_next_working_day(asked, opens):
    assert OFFICE.next_open(oslo(asked)) == oslo(opens)


def test_the_answer_is_in_utc_also_when_the_clock_has_been_moved():
    assert OFFICE.next_open(datetime(2027, 3, 31, 5, 0, tzinfo=UTC)) == datetime(2027, 3, 31, 6, 0, tzinfo=UTC)
    assert OFFICE.next_open(datetime(2026, 11, 23, 5, 0, tzinfo=UTC)) == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_without_a_country_holidays_are_days_like_others():
    assert SendWindow.parse("mon-fri 08-16").next_open(oslo("2026-12-25T10:00")) == oslo("2026-12-25T10:00")


@pytest.mark.parametrize(
    "text", ["08-16", "mon-fri", "man-fre 08-16", "mon-fri 16-08", "mon-fri 08-25", "mon-fri 8.30-16"]
)
def test_another_form_is_told_at_start(text):
    with pytest.raises(BadConfiguration, match="DISPATCH_SEND_WINDOW"):
        some_settings(DISPATCH_SEND_WINDOW=text)


def test_an_unknown_zone_or_country_is_told_at_start():
    with pytest.raises(BadConfiguration, match="DISPATCH_TIMEZONE: is not a known time zone"):
        some_settings(DISPATCH_TIMEZONE="Europe/Osl")
    with pytest.raises(BadConfiguration, match="holidays of XX are not known"):
        some_settings(DISPATCH_SEND_WINDOW="mon-fri 08-16", DISPATCH_HOLIDAYS="XX")


def test_batches_keep_to_the_window_and_to_the_day_together():
    pace = Pace(60, 400, OFFICE)
    sender, due = SenderState("a@b.example"), []
    for _ in range(12):
        moment, sender = pace.place(sender, 96, oslo("2026-11-27T15:00"))
        due.append(moment)

    assert all(OFFICE.next_open(moment) == moment for moment in due)
    for start in due:
        assert sum(96 for other in due if start <= other < start + timedelta(hours=24)) <= 400
