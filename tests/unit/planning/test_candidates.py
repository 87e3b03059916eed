"""What a ready ticket asks for, by its messages and by what the ledger knows of them. Nothing is asked of anybody."""

from types import SimpleNamespace
from typing import Any

import pytest

from dispatch.core import Channel, Communication, CommunicationId, DispatchState, Scenario, TicketId, dispatch_key
from dispatch.planning.candidates import TicketStanding, Wanted, decide
from tests.builders import FixedClock, a_dispatch, a_ticket, some_settings

D = DispatchState
TICKET = TicketId(9001)


def a_message(number: int = 8001, html: str = "<p>Hei</p>", **overrides) -> Communication:
    return Communication(id=CommunicationId(number), ticket_id=TICKET, html=html, **overrides)


def decided(*messages: Communication, states: dict[int, DispatchState] | None = None, **overrides):
    keys = {message.id: dispatch_key(TICKET, message.id) for message in messages}
    known = {
        message.id: a_dispatch(key=keys[message.id], state=state) if (state := (states or {}).get(message.id)) else None
        for message in messages
    }
    unfinished = tuple(row for row in known.values() if row and row.state not in (D.RESOLVED, D.REJECTED))
    services: Any = SimpleNamespace(settings=some_settings(), exchange=None, clock=FixedClock())
    return decide(
        a_ticket(**overrides), Scenario.ONE_TO_MANY, messages, TicketStanding(known, keys, unfinished), services
    )


def test_one_message_that_was_never_sent_is_planned():
    found = decided(a_message())

    assert (found.wanted, found.key, found.problems) == (Wanted.PLAN, "9001-8001", ())


@pytest.mark.parametrize(
    ("messages", "ticket", "says"),
    [
        ((), {}, "mangler meldingen"),
        ((a_message(1), a_message(2)), {}, "nøyaktig én"),
        ((a_message(html=" "),), {}, "er tom"),
        ((a_message(faults=("text",)),), {}, "8001"),
        ((a_message(),), {"user_address": "kari@etat.example"}, "Sluttbrukeren"),
        ((a_message(),), {"faults": ("subject",)}, "9001"),
    ],
)
def test_what_can_not_be_sent_is_rejected_in_words(messages, ticket, says):
    found = decided(*messages, **ticket)

    assert found.wanted is Wanted.REJECT
    assert any(says in problem for problem in found.problems), found.problems


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (D.PLANNING, Wanted.PLAN),
        (D.SENDING, Wanted.NOTHING),
        (D.RESOLVING, Wanted.NOTHING),
        (D.STOPPED, Wanted.RESUME),
        (D.RESOLVED, Wanted.ALREADY_SENT),
        (D.REJECTING, Wanted.PLAN),
        (D.REJECTED, Wanted.PLAN),
    ],
)
def test_what_is_known_of_the_message_decides(state, wanted):
    assert decided(a_message(), states={8001: state}).wanted is wanted


def test_a_new_message_beside_one_that_was_sent_is_planned_alone():
    found = decided(a_message(1), a_message(2), states={1: D.RESOLVED})

    assert (found.wanted, found.key) == (Wanted.PLAN, "9001-2")


def test_a_new_message_waits_for_the_one_that_is_under_way():
    found = decided(a_message(1), a_message(2), states={1: D.SENDING})

    assert (found.wanted, found.key, found.beside) == (Wanted.NOTHING, "9001-1", (2,))


def test_the_end_user_chooses_the_channel():
    assert decided(a_message()).channel is Channel.EMAIL
