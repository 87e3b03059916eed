"""What becomes of a recipient: certain refusals, throttling, doubt, and how doubt is settled."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core import (
    OUTCOMES,
    RECIPIENT_MOVES,
    Accepted,
    Channel,
    MessageRefused,
    OutcomeUnknown,
    Reason,
    RecipientRefused,
    RecipientState,
    Route,
    Seen,
    Sighting,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
)
from dispatch.sending import outcomes
from dispatch.sending.outcomes import DoubtPolicy
from tests.builders import NOON, a_recipient, changed

HOLD = DoubtPolicy(looks=(60.0, 300.0, 660.0), resend=False, give_up=timedelta(hours=24))
RESEND = replace(HOLD, resend=True)
GRAPH = Transport.GRAPH
ROUTE = Route("utsending@etat.example")


def in_flight(**overrides):
    begun = outcomes.begun(a_recipient(), GRAPH, NOON, message_id="<k@etat.example>", draft_id="", route=ROUTE)
    return changed(begun, **overrides)


def in_doubt(**overrides):
    return changed(outcomes.doubted(in_flight(), NOON, HOLD, detail="timeout"), **overrides)


RESULTS = [
    (Accepted(GRAPH), RecipientState.DELIVERED, None),
    (RecipientRefused(GRAPH, "ErrorInvalidRecipients"), RecipientState.FAILED, Reason.RECIPIENT_REFUSED),
    (MessageRefused(GRAPH, "413"), RecipientState.FAILED, Reason.MESSAGE_REFUSED),
    (TransportRefused(GRAPH, "ErrorAccessDenied"), RecipientState.PLANNED, None),
    (Throttled(GRAPH, "429"), RecipientState.PLANNED, None),
    (TryAgain(GRAPH, "451"), RecipientState.PLANNED, None),
    (OutcomeUnknown(GRAPH, "504"), RecipientState.IN_DOUBT, None),
]


@pytest.mark.parametrize(("result", "state", "reason"), RESULTS)
def test_each_kind_of_answer_has_one_consequence(result, state, reason):
    after = outcomes.after_attempt(in_flight(), result, NOON, HOLD)

    assert after.state is state
    assert after.reason is reason
    assert after.state in RECIPIENT_MOVES[RecipientState.IN_FLIGHT]


@pytest.mark.parametrize("doubted", [False, True])
def test_a_second_attempt_keeps_its_message_id_and_what_has_perhaps_arrived_its_date_too(doubted):
    first = in_flight(resent_in_doubt=doubted)
    again = outcomes.begun(
        outcomes.after_attempt(first, Throttled(GRAPH, "429"), NOON, HOLD),
        Transport.SMTP,
        NOON + timedelta(hours=3),
        message_id="<other@etat.example>",
        draft_id="",
        route=ROUTE,
    )

    assert again.attempt.message_id == first.attempt.message_id
    assert again.attempt.date == (first.attempt.date if doubted else NOON + timedelta(hours=3))
    assert again.attempt.count == 2


def test_a_transport_that_refused_is_remembered():
    after = outcomes.after_attempt(in_flight(), TransportRefused(GRAPH, "x"), NOON, HOLD)

    assert after.attempt.refused_by == (GRAPH,)


def test_a_recipient_to_be_tried_later_waits_longer_each_time_and_not_for_ever():
    row, waits = in_flight(), []
    for hours in range(30):
        now = NOON + timedelta(hours=hours)
        after = outcomes.after_attempt(
            changed(row, attempts=hours + 1), TryAgain(GRAPH, "451", retry_after=300), now, HOLD
        )
        if after.has_outcome:
            break
        waits.append(after.not_before - now)
        row = changed(row, waited=after.attempt.waited)

    assert waits[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert max(waits) == timedelta(hours=2)
    assert (after.state, after.reason) == (RecipientState.FAILED, Reason.GAVE_UP)
    assert timedelta(hours=24) <= sum(waits, timedelta()) < timedelta(hours=26)


def test_days_in_which_nothing_was_tried_use_up_nobodys_patience():
    long_after = outcomes.after_attempt(in_flight(), TryAgain(GRAPH, "451"), NOON + timedelta(days=9), HOLD)
    looked = outcomes.look_failed(in_doubt(), OutcomeUnknown(GRAPH, "503"), NOON + timedelta(days=9), HOLD)

    assert long_after.state is RecipientState.PLANNED
    assert looked.state is RecipientState.IN_DOUBT


def test_looks_come_at_the_times_set_and_then_the_message_is_sent_again():
    row, due = in_doubt(), []
    while row.state is RecipientState.IN_DOUBT:
        due.append((row.not_before - NOON).total_seconds())
        row = outcomes.after_look(row, Seen(Sighting.ABSENT), row.not_before, HOLD)

    assert due == [60, 300, 660]
    assert row.state is RecipientState.PLANNED
    assert row.attempt.message_id == "<k@etat.example>"


def test_what_is_found_among_the_sent_is_delivered():
    after = outcomes.after_look(in_doubt(), Seen(Sighting.SENT, message_id="<new@x>"), NOON, HOLD)

    assert (after.state, after.attempt.message_id) == (RecipientState.DELIVERED, "<new@x>")


@pytest.mark.parametrize(("policy", "state"), [(HOLD, RecipientState.UNCERTAIN), (RESEND, RecipientState.PLANNED)])
def test_where_nothing_can_tell_the_setting_decides(policy, state):
    assert outcomes.after_look(in_doubt(), Seen(Sighting.CANNOT_TELL), NOON, policy).state is state


@pytest.mark.parametrize("seen", [Seen(Sighting.DRAFT, draft_id="d2"), Seen(Sighting.ABSENT)])
def test_a_recorded_draft_that_vanished_is_never_taken_for_unsent(seen):
    row = in_doubt(draft_id="d1", looks=2)

    assert outcomes.after_look(row, seen, NOON, HOLD).state is RecipientState.UNCERTAIN


def test_a_look_that_failed_settles_nothing_until_we_give_up():
    row = in_doubt()
    soon = outcomes.look_failed(row, Throttled(GRAPH, "429", retry_after=17), NOON, HOLD)
    tired = changed(row, doubt_waited=24 * 3600.0)
    late = outcomes.look_failed(tired, OutcomeUnknown(GRAPH, "503"), NOON + timedelta(hours=25), HOLD)

    assert (soon.state, soon.doubt.looks, soon.not_before) == (RecipientState.IN_DOUBT, 0, NOON + timedelta(seconds=17))
    assert late.state is RecipientState.UNCERTAIN


def test_a_refusal_after_a_repeat_in_doubt_proves_nothing_about_the_first_letter():
    again = outcomes.after_look(in_doubt(), Seen(Sighting.CANNOT_TELL), NOON, RESEND)
    begun = outcomes.begun(again, GRAPH, NOON, message_id="<k@etat.example>", draft_id="", route=ROUTE)

    refused = outcomes.after_attempt(begun, RecipientRefused(GRAPH, "550"), NOON, RESEND)

    assert (refused.state, refused.reason) == (RecipientState.UNCERTAIN, Reason.NOTHING_CAN_TELL)


def test_no_outcome_is_ever_left_but_for_what_comes_back():
    left = {state: moves for state in OUTCOMES if (moves := RECIPIENT_MOVES[state])}

    assert left == {RecipientState.DELIVERED: {RecipientState.RETURNED}}
    assert [state for state, moves in RECIPIENT_MOVES.items() if RecipientState.RETURNED in moves] == [*left]


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.EFORMIDLING])
@pytest.mark.parametrize("refusal", [TransportRefused(GRAPH, "x"), Throttled(GRAPH, "429"), TryAgain(GRAPH, "503")])
def test_what_certainly_never_left_has_the_date_and_the_time_to_live_of_when_it_goes_at_last(refusal, channel):
    waited = outcomes.after_attempt(in_flight(channel=channel), refusal, NOON, HOLD)
    later = NOON + timedelta(days=9)

    assert outcomes.begun(waited, GRAPH, later, message_id="<m>", draft_id="", route=ROUTE).attempt.date == later
