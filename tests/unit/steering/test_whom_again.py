"""Whom another sending of the same letter reaches, by why the last one did not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import CURES, Channel, Cure, Doubt, Member, MemberKind, Reason, RecipientState, Scenario
from dispatch.steering.whom_again import choose
from tests.builders import a_recipient

R = RecipientState
MEMBER = Member(
    kind=MemberKind.PERSON, id=301, relation_id=1, name="Kåre Nordmann", address="mottaker0.0@eksempel.example"
)
CORRECTED = replace(MEMBER, address="ny@eksempel.example")
MISSED = {
    Reason.NOTHING_CAN_TELL: R.UNCERTAIN,
    Reason.ENDED_UNSETTLED: R.UNCERTAIN,
    Reason.NO_ADDRESS: R.SKIPPED,
    Reason.ANONYMISED: R.SKIPPED,
}


def chosen(reason: Reason, member: Member, *, uncertain: bool = False) -> list[str]:
    row = a_recipient(state=MISSED.get(reason, R.FAILED), reason=reason)
    known = {(member.kind, member.id): member}
    return [item.address for item in choose([row], known, Scenario.ONE_TO_MANY, uncertain=uncertain)]


@pytest.mark.parametrize("reason", [reason for reason, cure in CURES.items() if cure is Cure.TIME])
def test_what_has_passed_is_sent_again_to_where_the_member_is_now(reason):
    assert chosen(reason, MEMBER) == [MEMBER.address]
    assert chosen(reason, CORRECTED) == [CORRECTED.address]


@pytest.mark.parametrize("reason", [reason for reason, cure in CURES.items() if cure is Cure.ADDRESS])
def test_an_address_is_sent_to_again_once_it_was_corrected(reason):
    assert chosen(reason, CORRECTED) == [CORRECTED.address]


def test_the_same_address_that_was_refused_is_left_alone():
    assert chosen(Reason.RECIPIENT_REFUSED, MEMBER) == []


@pytest.mark.parametrize("reason", [reason for reason, cure in CURES.items() if cure is Cure.NOTHING])
def test_what_nothing_cures_is_never_sent_again(reason):
    assert chosen(reason, CORRECTED, uncertain=True) == []


@pytest.mark.parametrize("reason", [reason for reason, cure in CURES.items() if cure is Cure.WISH])
def test_those_of_whom_nobody_knows_are_sent_to_again_by_a_persons_wish_alone(reason):
    assert chosen(reason, MEMBER) == []
    assert len(chosen(reason, MEMBER, uncertain=True)) == 1


@pytest.mark.parametrize("reason", [reason for reason, cure in CURES.items() if cure is Cure.TIME])
def test_who_was_once_sent_to_again_in_doubt_has_perhaps_got_it_however_the_row_ended(reason):
    """Also where the row says failed, as one of the version before does."""
    row = a_recipient(state=R.FAILED, reason=reason, doubt=Doubt(resent=True))
    known = {(MEMBER.kind, MEMBER.id): MEMBER}

    assert choose([row], known, Scenario.ONE_TO_MANY, uncertain=False) == []
    (again,) = choose([row], known, Scenario.ONE_TO_MANY, uncertain=True)
    assert again.doubted


@given(
    st.lists(
        st.builds(
            a_recipient,
            index=st.integers(0, 9),
            state=st.sampled_from([R.DELIVERED, R.FAILED, R.SKIPPED, R.UNCERTAIN]),
            reason=st.sampled_from([None, *Reason]),
            channel=st.sampled_from([Channel.EMAIL, Channel.EFORMIDLING]),
            superseded=st.booleans(),
        ),
        max_size=8,
        unique_by=lambda row: row.index,
    )
)
def test_nobody_who_has_the_letter_gets_it_again(rows):
    delivered = {row.address for row in rows if row.state is R.DELIVERED}
    again = choose(rows, {}, Scenario.ONE_TO_MANY, uncertain=True)

    assert not {item.address for item in again} & delivered
    assert len({item.address for item in again}) == len(again)


@pytest.mark.parametrize("gone", [{"anonymised": True}, {"disabled": True}])
@pytest.mark.parametrize("reason", list(CURES))
def test_nobody_who_is_anonymised_or_disabled_by_now_is_written_to(reason, gone):
    assert chosen(reason, replace(CORRECTED, **gone), uncertain=True) == []
