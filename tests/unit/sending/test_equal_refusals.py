"""Equal refusals of different recipients in a row are one refusal, and nobody's own."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import (
    Accepted,
    BatchState,
    Channel,
    MessageRefused,
    Reason,
    RecipientRefused,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
)
from dispatch.sending.equal_refusals import EqualRefusals, Others, beside
from tests.builders import NOON, a_batch, a_recipient

SMTP = Transport.SMTP
FINAL = (MessageRefused, RecipientRefused)
LATER = NOON + timedelta(minutes=2)


class Judge(EqualRefusals):
    """Two minutes after the first attempt of whoever is tried again."""

    def as_one(self, results, now=LATER):
        return super().as_one(results, now)


def taken():
    return Accepted(SMTP, "<id>")


def of_rules(code="550 5.7.1"):
    return RecipientRefused(SMTP, code, "at RCPT", reason=Reason.POLICY_REFUSED)


def of_letter(code="554 5.7.1"):
    return MessageRefused(SMTP, code, "at END")


def of_address():
    return RecipientRefused(SMTP, "550 5.1.1", "at RCPT")


def rows(*results, attempts=1, channel=Channel.EMAIL, start=0):
    recipients = [a_recipient(index=start + place, channel=channel) for place in range(len(results))]
    first = NOON if attempts > 1 else LATER
    tried = [replace(row, attempt=replace(row.attempt, count=attempts, first=first)) for row in recipients]
    return list(zip(tried, results, strict=True))


def kinds(results):
    return [type(result) for result in results]


@pytest.mark.parametrize("refusal", [of_rules, of_letter])
def test_three_equal_ones_are_the_transports(refusal):
    (first, *rest) = Judge().as_one(rows(refusal(), refusal(), refusal(), refusal()))

    assert kinds([first, *rest]) == [TransportRefused] * 4
    assert first.code == f"{refusal().code} {refusal().detail}, 4 in a row"


@pytest.mark.parametrize("refusal", [of_rules, of_letter])
def test_too_few_to_tell_are_tried_once_more_and_are_then_their_own(refusal):
    judge = Judge()

    assert kinds(judge.as_one(rows(refusal(), refusal()))) == [TryAgain, TryAgain]
    assert kinds(Judge().as_one(rows(refusal(), attempts=2))) == [type(refusal())]


def test_a_row_goes_on_over_windows():
    judge = Judge()

    assert kinds(judge.as_one(rows(of_rules(), of_rules()))) == [TryAgain, TryAgain]
    assert kinds(judge.as_one(rows(of_rules(), start=2))) == [TransportRefused]


def test_one_between_two_that_were_taken_is_its_own():
    assert kinds(Judge().as_one(rows(taken(), of_rules(), taken(), of_letter(), taken()))) == [
        Accepted,
        RecipientRefused,
        Accepted,
        MessageRefused,
        Accepted,
    ]


def test_refusals_that_differ_are_their_own_when_tried_again():
    results = Judge().as_one(rows(of_rules("550 5.7.1"), of_rules("550 5.7.2"), of_rules("550 5.7.3")))

    assert kinds(results) == [TryAgain] * 3


def test_who_is_refused_again_where_others_are_taken_is_refused_for_good():
    judge = Judge()
    judge.as_one(rows(taken()))

    assert kinds(judge.as_one(rows(of_rules(), of_rules(), of_rules(), attempts=2))) == [RecipientRefused] * 3


def test_a_block_that_begins_in_the_middle_fails_nobody():
    judge = Judge()
    judge.as_one(rows(taken(), taken(), taken(), taken()))

    assert kinds(judge.as_one(rows(of_rules(), of_rules(), of_rules(), of_rules()))) == [TransportRefused] * 4


def test_addresses_that_are_gone_are_common_and_need_more():
    assert kinds(Judge().as_one(rows(*[of_address()] * 2))) == [RecipientRefused] * 2
    assert kinds(Judge().as_one(rows(*[of_address()] * 9))) == [TryAgain] * 9
    assert kinds(Judge().as_one(rows(*[of_address()] * 10))) == [TransportRefused] * 10


def test_addresses_are_gone_however_many_where_anybody_is_taken():
    assert kinds(Judge().as_one(rows(taken(), *[of_address()] * 40)))[1:] == [RecipientRefused] * 40


def test_what_is_neither_taken_nor_refused_neither_ends_nor_lengthens_a_row():
    wait = Throttled(SMTP, "432")

    assert kinds(Judge().as_one(rows(of_rules(), wait, of_rules(), wait))) == [
        TryAgain,
        Throttled,
        TryAgain,
        Throttled,
    ]


@pytest.mark.parametrize("reason", [Reason.INVALID_ADDRESS, Reason.EF_UNREACHABLE])
def test_what_is_the_recipients_own_beyond_doubt_stays_so(reason):
    own = RecipientRefused(SMTP, "AddressNotUsable", reason=reason)

    assert kinds(Judge().as_one(rows(*[own] * 20))) == [RecipientRefused] * 20


def test_eformidling_has_rules_of_its_own():
    refused = [MessageRefused(Transport.EFORMIDLING, "refused")] * 5

    assert kinds(Judge().as_one(rows(*refused, channel=Channel.EFORMIDLING))) == [MessageRefused] * 5


# --- what the dispatch's other batches tell


@pytest.mark.parametrize("way", [Channel.EMAIL, Channel.TICKET])
def test_what_eformidling_takes_says_nothing_of_how_e_mail_fares_nor_the_other_way(way):
    late = NOON + timedelta(minutes=5)
    mine = a_batch(0, channel=way, to_send=2)
    theirs = a_batch(1, channel=Channel.EFORMIDLING, to_send=40, reached=late)
    done = a_batch(2, channel=way, to_send=9, state=BatchState.RECORDED, reached=NOON)

    assert beside(mine, [mine, theirs, done]) == Others(left=42, reached=NOON)
    assert beside(theirs, [mine, theirs, done]) == Others(left=42, reached=late)


@pytest.mark.parametrize("refusal", [of_rules, of_letter])
@pytest.mark.parametrize("size", [1, 2])
def test_a_batch_too_small_for_a_row_fails_nobody_while_nobody_at_all_is_taken(refusal, size):
    judge = Judge(Others(left=20))

    assert kinds(judge.as_one(rows(*[refusal()] * size, attempts=2))) == [TransportRefused] * size


@pytest.mark.parametrize("refusal", [of_rules, of_letter])
def test_where_others_were_taken_since_it_is_the_recipients_own(refusal):
    judge = Judge(Others(left=20, reached=NOON + timedelta(minutes=1)))

    assert kinds(judge.as_one(rows(refusal(), attempts=2))) == [type(refusal())]


@pytest.mark.parametrize("refusal", [of_rules, of_letter])
def test_what_was_taken_before_the_first_refusal_tells_nothing(refusal):
    judge = Judge(Others(left=20, reached=NOON - timedelta(minutes=1)))

    assert kinds(judge.as_one(rows(refusal(), attempts=2))) == [TransportRefused]


def test_a_block_that_begins_in_the_middle_of_a_run_fails_nobody_who_is_tried_again_in_it():
    judge = Judge()
    judge.as_one(rows(taken(), taken()), NOON - timedelta(seconds=1))
    judge.as_one(rows(*[of_rules()] * 3), NOON)

    assert kinds(judge.as_one(rows(*[of_rules()] * 3, attempts=2))) == [TransportRefused] * 3


@pytest.mark.parametrize(("others", "kind"), [(Others(20), TransportRefused), (Others(20, NOON), TryAgain)])
def test_who_was_put_off_for_long_enough_is_given_up_only_where_others_are_taken(others, kind):
    judge = Judge(others, give_up=3600.0)
    ((row, result),) = rows(TryAgain(SMTP, "451"), attempts=9)
    patient = replace(row, attempt=replace(row.attempt, waited=3600.0))

    assert kinds(judge.as_one([(patient, result)])) == [kind]
    assert kinds(judge.as_one([(row, result)])) == [TryAgain]


RESULTS = st.sampled_from([taken, of_rules, of_letter, of_address, lambda: Throttled(SMTP, "432")])


@given(st.lists(st.lists(RESULTS, min_size=1, max_size=8), max_size=6))
def test_whatever_comes_nothing_that_was_taken_or_waits_changes(windows):
    judge = Judge()
    for window in windows:
        before = [make() for make in window]
        after = judge.as_one(rows(*before))
        for was, now in zip(before, after, strict=True):
            if isinstance(was, FINAL):
                assert now is was or isinstance(now, (TransportRefused, TryAgain))
            else:
                assert now is was


@given(st.lists(st.integers(1, 8), min_size=1, max_size=8), st.sampled_from([of_rules, of_letter]))
def test_where_nobody_is_taken_nobody_is_failed_by_a_first_attempt(sizes, refusal):
    judge = Judge()
    for size in sizes:
        after = judge.as_one(rows(*[refusal() for _ in range(size)]))

        assert not [result for result in after if isinstance(result, FINAL)]
