"""A moment out of a ticket's field: the ways that people and systems write one, and nothing else."""

from datetime import UTC, datetime

import pytest

from dispatch.core import parse_moment

OSLO = "Europe/Oslo"
WRITTEN = {
    "2027-01-14T07:00:00Z": (2027, 1, 14, 7, 0),
    "2027-01-14T08:00:00+01:00": (2027, 1, 14, 7, 0),
    "2027-01-14 08:00": (2027, 1, 14, 7, 0),
    "14.01.2027 kl. 08.00": (2027, 1, 14, 7, 0),
    "14.1.2027 8:00": (2027, 1, 14, 7, 0),
    " 14. 1. 2027,  kl 08:00 ": (2027, 1, 14, 7, 0),
    "14.07.2027 kl. 08.00": (2027, 7, 14, 6, 0),
    "2027-01-14": (2027, 1, 13, 23, 0),
    "14.01.2027": (2027, 1, 13, 23, 0),
    "20270114": (2027, 1, 13, 23, 0),
    "2027-01-14T02:00:00-05:00": (2027, 1, 14, 7, 0),
    # On the last Sunday of March the hour after two is left out, and in October it comes twice.
    "28.03.2027 kl. 01.30": (2027, 3, 28, 0, 30),
    "28.03.2027 kl. 02.30": (2027, 3, 28, 1, 30),
    "28.03.2027 kl. 03.30": (2027, 3, 28, 1, 30),
    "31.10.2027 kl. 02.30": (2027, 10, 31, 0, 30),
    "31.10.2027 kl. 03.30": (2027, 10, 31, 2, 30),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_moment_is_read_however_it_is_written(written: str):
    assert parse_moment(written, zone=OSLO) == datetime(*WRITTEN[written], tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "14.01.2027",
            "2027-01-14",
            "20270114",
            "2027-01-14T00:00:00",
            "2027-01-14T00:00:00Z",
            "2027-01-13T23:00:00Z",
        ),
        "2027-01-14T00:00:00+01:00",
    ],
)
def test_a_day_alone_may_last_until_the_next(written: str):
    assert parse_moment(written, zone=OSLO, end_of_day=True) == datetime(2027, 1, 14, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("28.03.2027", (2027, 3, 28, 22)),
        ("31.10.2027", (2027, 10, 31, 23)),
        ("14.01.2027 kl. 00.00", (2027, 1, 13, 23)),
    ],
)
def test_a_day_is_as_long_as_it_is_there(written: str, ends: tuple[int, int, int, int]):
    assert parse_moment(written, zone=OSLO, end_of_day=True) == datetime(*ends, tzinfo=UTC)


@pytest.mark.parametrize("written", ["i morgen", "31.02.2027", "14.01.27", "14/01/2027", "1", "kl. 08.00"])
def test_what_is_no_moment_is_refused(written: str):
    with pytest.raises(ValueError):  # noqa: PT011 - datetime's own words differ
        parse_moment(written, zone=OSLO)


@pytest.mark.parametrize("written", ["", "  ", "\n"])
def test_an_empty_field_says_nothing(written: str):
    assert parse_moment(written, zone=OSLO) is None
