"""Whom letters are said to be from, where several mailboxes share the sending."""

from dispatch.core import Scenario
from dispatch.report import origin_of
from tests.builders import some_settings

POOL = {"MAIL_SENDERS": "a@etat.example, b@etat.example"}


def told(**settings: str) -> tuple[str, str, bool]:
    found = origin_of(some_settings(**settings), Scenario.ONE_TO_MANY)
    return found.sender, found.answers, found.is_unread


def test_each_mailbox_is_named_where_letters_are_from_the_one_that_sends():
    both = "Etaten <a@etat.example>, Etaten <b@etat.example>"

    assert told(**POOL) == (both, f"Den av adressene som meldingen kom fra: {both}", False)
    assert told(**POOL, MAIL_REPLYTO_ADDRESS="svar@etat.example") == (both, "svar@etat.example", False)


def test_one_address_is_named_where_it_is_shown_on_all():
    one = "Etaten <utsending@etat.example>"

    assert told(**POOL, MAIL_SENDERS_FROM="one") == (one, one, False)
    assert told() == (one, one, False)


def test_an_address_that_nobody_reads_is_seen_among_several():
    assert told(MAIL_SENDERS="a@etat.example, ikke-svar@etat.example")[2] is True
