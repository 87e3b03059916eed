"""``MAIL_SENDERS``: the mailboxes that share the sending, as they are written."""

import pytest

from dispatch.core import BadConfiguration, Channel
from dispatch.settings import in_norwegian, sender_of, senders, senders_of
from tests.builders import a_batch, some_settings


def named(value: str, **more: str) -> list[tuple[str, float, int]]:
    found = senders_of(Channel.EMAIL, some_settings(MAIL_SENDERS=value, MAIL_RATE_PER_MINUTE="30", **more))
    return [(one.name, one.rate, one.daily_limit) for one in found]


def test_each_has_what_is_set_for_all_or_its_own():
    assert named("a@x.no, b@x.no:20, c@x.no:20:5000, d@x.no::500") == [
        ("a@x.no", 30.0, 10_000),
        ("b@x.no", 20.0, 10_000),
        ("c@x.no", 20.0, 5_000),
        ("d@x.no", 30.0, 500),
    ]


def test_without_it_one_address_sends_all_as_before():
    (only,) = senders_of(Channel.EMAIL, some_settings())

    assert (only.name, only.of_pool) == ("utsending@etat.example", False)


@pytest.mark.parametrize("value", ["a", "a@x.no b@x.no", "a@x.no:fast", "a@x.no:1:2:3", "@x.no", "a@x.no,A@X.no"])
def test_what_can_not_be_read_is_told_in_both_languages(value):
    with pytest.raises(BadConfiguration) as told:
        some_settings(MAIL_SENDERS=value)

    (problem,) = told.value.problems
    assert problem.startswith("MAIL_SENDERS: ")
    assert in_norwegian(problem) != problem
    assert "x.no b" not in problem  # what was written may be a person's address


def test_a_batch_goes_by_the_mailbox_that_its_row_names_whatever_is_set_since():
    pool = some_settings(MAIL_SENDERS="a@x.no:7, b@x.no")

    assert sender_of(a_batch(mailbox="a@x.no"), pool).rate == 7
    assert sender_of(a_batch(mailbox="gone@x.no"), pool).name == "gone@x.no"
    assert sender_of(a_batch(), pool).name == "utsending@etat.example"  # released before there was a pool
    assert sender_of(a_batch(mailbox="a@x.no"), some_settings()).name == "a@x.no"


def test_whoever_looks_at_senders_sees_all_of_them():
    found = [
        one.name
        for one in senders(some_settings(MAIL_SENDERS="a@x.no, b@x.no", EF_IP_URL="http://x", EF_SELF_ID="910000012"))
    ]

    assert found == ["a@x.no", "b@x.no", "eformidling"]
