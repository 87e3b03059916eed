"""What the page says where nothing takes letters: what is wrong, what is to be done, and what each button would do."""

from datetime import timedelta

import pytest

from dispatch.core import Refusal
from dispatch.pacing import Waiting, Waits
from dispatch.report import refusal_text
from dispatch.web.words import waits_text
from tests.builders import NOON


@pytest.mark.parametrize("by_exchange", [False, True])
@pytest.mark.parametrize("about", [*Refusal, None])
@pytest.mark.parametrize("what", [Waits.REFUSED, Waits.EXCHANGE_REFUSED, Waits.HELD])
def test_page_and_note_say_the_same_of_a_refusal(what: Waits, about: Refusal | None, by_exchange: bool):
    ends = None if what is Waits.HELD else NOON + timedelta(hours=3)
    told = waits_text(Waiting(what, about=about, by_exchange=by_exchange, code="550 5.7.1", ends=ends), NOON)

    text = refusal_text(about, by_exchange=by_exchange)
    assert text.what in told
    assert text.remedy in told
    assert "Dette har ikke gjort at noen er regnet som feilet." in told
    assert "Teknisk: 550 5.7.1" in told
    assert ("«Fortsett»" in told and "«Avslutt og lag rapport»" in told) == (what is Waits.HELD)
    assert ("venter det på at noen bestemmer" in told) == (what is not Waits.HELD)
    assert "{" not in told


def test_a_report_that_is_being_written_says_since_when():
    told = waits_text(Waiting(Waits.REPORT, since=NOON), NOON).replace("\u00a0", " ")

    assert told == "Alle mottakerne er behandlet. Rapporten skrives i saken. Det begynte kl. 13.00."
    assert waits_text(Waiting(Waits.REPORT), NOON).endswith("Rapporten skrives i saken.")
