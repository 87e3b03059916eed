"""The report on the ticket and the notes in it: true numbers, plain words, everything escaped."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import CURES, Channel, Cure, FileOrigin, LeftOut, Reason, Recipient, RecipientState, Transport
from dispatch.report import (
    Origin,
    ReportFacts,
    Shortfall,
    already_sent_note,
    perhaps_got_it,
    rejected_note,
    render_page,
    render_report,
    stopped_note,
    texts,
    times,
)
from dispatch.report.details import detail_text
from dispatch.report.shortfall import LISTED
from tests.builders import NOON, a_dispatch, a_recipient, changed

DELIVERED, FAILED = RecipientState.DELIVERED, RecipientState.FAILED
SKIPPED, UNCERTAIN = RecipientState.SKIPPED, RecipientState.UNCERTAIN


def delivered(index: int = 0, **overrides: Any) -> Recipient:
    return a_recipient(0, index, **{"state": DELIVERED, "transport": Transport.GRAPH, "changed": NOON, **overrides})


def failed(index: int = 0, **overrides: Any) -> Recipient:
    return a_recipient(1, index, **{"state": FAILED, "reason": Reason.RECIPIENT_REFUSED, "changed": NOON, **overrides})


def facts(*rows: Recipient, **overrides: Any) -> ReportFacts:
    dispatch = a_dispatch(
        recipients=len(rows), subject="Høring [Sak ID# 10234]", lists="Kommuner, Fylker", planned_at=NOON
    )
    values: dict[str, Any] = {
        "dispatch": dispatch,
        "reference": dispatch.key,
        "outcomes": Counter(row.state for row in rows),
        "transports": Counter(row.attempt.transport for row in rows if row.attempt.transport),
        "delivered": [row for row in rows if row.state is DELIVERED][:LISTED],
        "others": Shortfall.of(row for row in rows if row.state is not DELIVERED),
        "own_tickets": sum(bool(row.own_ticket.number) for row in rows),
        "perhaps_reached": any(perhaps_got_it(row, str(overrides.get("redirect_now", ""))) for row in rows),
        "finished": NOON + timedelta(minutes=41),
        "document_name": "utsendelse-9001-8001-melding.pdf",
        "recipients_name": "utsendelse-9001-8001-mottakere.csv",
        **overrides,
    }
    return ReportFacts(**values)


class Reader(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"br", "meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\xa0", " ").split())


def text_of(html: str) -> str:
    return Reader(html).text


class TestTheReport:
    def test_says_that_all_were_delivered_and_what_that_means(self):
        text = text_of(render_report(facts(delivered(0), delivered(1))))

        assert "Meldingen er levert til e-postsystemet for alle 2 mottakere ." in text
        assert "Det viser ikke at mottakeren har fått eller lest den." in text
        assert "mottatt" not in text

    def test_speaks_of_one_recipient_as_one(self):
        assert "for 1 mottaker ." in text_of(render_report(facts(delivered())))

    def test_counts_every_outcome(self):
        rows = (
            delivered(0),
            failed(0),
            failed(1),
            a_recipient(2, 0, state=SKIPPED, reason=Reason.NO_ADDRESS, address=""),
            a_recipient(2, 1, state=UNCERTAIN, reason=Reason.NOTHING_CAN_TELL),
        )
        text = text_of(render_report(facts(*rows)))

        assert "1 av 5 mottakere" in text
        assert (
            "Levert til e-postsystemet 1 Kom i retur 0 Ikke levert 2 Ikke forsøkt sendt 1 Usikkert om levert 1 "
            "Mottakere i alt 5" in text
        )
        assert "Ikke levert (2)" in text

    def test_names_everyone_who_was_not_delivered_to_with_reason_and_advice(self):
        text = text_of(
            render_report(facts(delivered(), failed(name="Ola Nordmann", address="ola@x.example", detail="550 5.1.1")))
        )

        assert "Ola Nordmann ola@x.example Adressen ble avvist" in text
        assert "550" not in text, "a server's code is for the CSV"
        assert texts.REASONS[Reason.RECIPIENT_REFUSED].advice in text

    def test_says_how_those_can_be_sent_to_all_the_same(self):
        asked = "den som drifter løsningen om å sende på nytt"
        assert asked in text_of(render_report(facts(delivered(), failed())))
        assert asked not in text_of(render_report(facts(delivered())))

    @pytest.mark.parametrize("reason", Reason)
    def test_the_advice_is_one_that_works_for_the_reason(self, reason: Reason):
        page = "https://utsendelse.etat.example/api/status/9001-8001"
        text = text_of(render_report(facts(delivered(), failed(reason=reason), page=page)))
        cure = CURES[reason]

        assert ("Trykk så" in text) is (cure is Cure.ADDRESS)
        assert ("Gjør det som står ved årsaken" in text) is (cure is Cure.ADDRESS)
        assert ("Trykk «Send på nytt til dem som ikke fikk den»" in text) is (cure in (Cure.TIME, Cure.WISH))
        assert ("krysser av for det" in text) is (cure is Cure.WISH)
        assert ("en ny sak med en endret melding" in text) is (reason is Reason.MESSAGE_REFUSED)
        assert ("Ingen av dem kan nås herfra" in text) is (reason is Reason.ANONYMISED)
        assert ("En person avsluttet utsendelsen før alle" in text) is reason.value.startswith("ended")

    def test_says_whom_it_came_from_and_where_answers_and_returns_go(self):
        origin = Origin("Etaten <ikkesvar@etat.example>", "post@etat.example")
        text = text_of(render_report(facts(delivered(), origin=origin, sent_from=["gammel@etat.example"])))

        assert "Fra gammel@etat.example" in text, "what the rows say goes before what is set up by now"
        assert "Svar går til post@etat.example" in text
        assert "innboksen til avsenderadressen (gammel@etat.example)" in text

    def test_names_who_shares_an_address_with_whom_and_how_it_went(self):
        sharing = [("Ola Nordmann", "Kari Nordmann", "Levert til e-postsystemet")]
        text = text_of(render_report(facts(delivered(), sharers=2, sharing=sharing)))

        assert "Ola Nordmann (samme adresse som Kari Nordmann): Levert til e-postsystemet" in text
        assert "Alle står i utsendelse-9001-8001-mottakere.csv" in text

    def test_where_there_is_a_page_it_is_a_press_with_its_link(self):
        page = "https://utsendelse.etat.example/api/status/9001-8001"
        reader = Reader(render_report(facts(delivered(), failed(), page=page)))

        assert "Trykk så «Send på nytt til dem som ikke fikk den» på statussiden" in reader.text.replace(" .", ".")
        assert "den som drifter" not in reader.text
        assert [attributes["href"] for tag, attributes in reader.tags if tag == "a"] == [page, page]

    def test_where_the_letter_itself_was_refused_nobody_is_told_to_send_it_again(self):
        page = "https://utsendelse.etat.example/api/status/9001-8001"
        text = text_of(render_report(facts(delivered(), failed(reason=Reason.MESSAGE_REFUSED), page=page)))

        assert "Send på nytt" not in text
        assert "Lag en ny sak med en endret melding" in text

    def test_tells_when_by_what_and_to_which_lists(self):
        rows = [delivered(0), delivered(1, transport=Transport.SMTP)]
        made = facts(*rows)
        text = text_of(render_report(replace(made, dispatch=changed(made.dispatch, duplicates=1234))))

        assert "Startet 23. november 2026 kl. 13.00 Siste mottaker ferdig 23. november 2026 kl. 13.41" in text
        assert "Microsoft 365: 1, e-postserveren: 1" in text
        assert "Kommuner, Fylker" in text
        assert "Dobbeltoppføringer 1 234 fjernet" in text

    def test_lists_a_sensible_number_and_points_to_the_rest(self):
        rows = [delivered(number) for number in range(1500)]
        html = render_report(facts(*rows))

        assert "Og 1 300 til. Se " in text_of(html)
        assert html.count("@eksempel.example") == LISTED

    def test_lists_a_sensible_number_of_failed_ones_too(self):
        html = render_report(facts(*[failed(number) for number in range(LISTED + 7)]))

        assert "Og 7 til. Se " in text_of(html)
        assert html.count("@eksempel.example") == LISTED

    def test_warns_that_nobody_but_the_tester_got_it(self):
        text = text_of(render_report(facts(delivered(), redirected={"test@etat.example": 1})))

        assert "Prøveutsendelse: Alle meldingene ble sendt til test@etat.example" in text
        assert "Prøvemeldingen er levert" in text

    def test_says_when_there_is_no_pdf(self):
        assert "lage en PDF" not in text_of(render_report(facts(delivered())))
        why = "Skriften i PDF-en mangler tegn for kinesisk skrift."
        text = text_of(render_report(facts(delivered(), document_name="melding.html", document_why=why)))

        assert f"lage en PDF av meldingen. {why} Den ligger ved som en nettside" in text

    def test_has_its_reference_as_it_is(self):
        assert "9001-8001" in render_report(facts(delivered()))

    def test_has_inline_styles_only_and_headers_with_scope(self):
        reader = Reader(render_report(facts(delivered(), failed())))

        assert not {"style", "script", "link", "img"} & {tag for tag, _ in reader.tags}
        assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in reader.tags if tag == "th")
        assert all("class" not in attributes for _, attributes in reader.tags)
        assert [tag for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)] == ["h2", "h3", "h3", "h3", "h3"]
        assert reader.open == []

    def test_escapes_what_came_from_outside(self):
        evil = "<b>x</b><script>alert(1)</script>\" onload='x"
        row = failed(name=evil, address=evil, detail=evil)
        made = facts(delivered(name=evil, address=evil), row)
        reader = Reader(render_report(replace(made, dispatch=changed(made.dispatch, subject=evil, lists=evil))))

        assert not {"b", "script"} & {tag for tag, _ in reader.tags}
        assert evil in reader.text

    @given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
    def test_has_the_same_tags_whatever_the_names_are(self, name, address, detail):
        plain = Reader(render_report(facts(failed(name="x", address="x", detail="x")))).tags

        assert Reader(render_report(facts(failed(name=name, address=address, detail=detail)))).tags == plain

    def test_reads_well_as_a_page(self):
        page = render_page(render_report(facts(delivered())), title="Utsendelse <1>")

        assert page.startswith("<!doctype html>")
        assert '<html lang="nb">' in page
        assert "<title>Utsendelse &lt;1&gt;</title>" in page
        assert "<h2" in page


class TestTheFacts:
    def test_must_add_up(self):
        with pytest.raises(ValueError, match="1 outcomes for 2 planned"):
            facts(delivered(), dispatch=a_dispatch(recipients=2))

    def test_must_name_everyone_who_was_not_delivered_to(self):
        with pytest.raises(ValueError, match="0 recipients listed as"):
            facts(failed(), others=Shortfall())

    def test_may_not_hold_anyone_under_way(self):
        with pytest.raises(ValueError, match="no outcome"):
            facts(a_recipient(state=RecipientState.IN_DOUBT))

    def test_may_not_claim_more_transports_than_deliveries(self):
        with pytest.raises(ValueError, match="transports"):
            facts(delivered(), transports={Transport.GRAPH: 2})


class TestTheNotes:
    def test_of_a_rejection_says_what_to_mend_and_how_to_go_on(self):
        html = rejected_note(
            problems=["Listen <A> er tom.", "Meldingen mangler."],
            ready_status="Til ekspedering",
            reference="9001-8001/1",
        )

        assert "Listen <A> er tom. Meldingen mangler." in text_of(html)
        assert "Rett opp og sett status til «Til ekspedering» igjen." in text_of(html)
        assert "9001-8001/1" in html

    def test_of_a_stop_says_how_far_it_came_and_how_to_go_on(self):
        html = stopped_note(
            dispatch=a_dispatch(recipients=1300),
            sent=120,
            ready_status="Til ekspedering",
            reference="9001-8001/stopp-1",
            remaining=1177,
            missed=3,
        )

        assert (
            "levert til e-postsystemet for 120 av 1 300 mottakere så langt. 1 177 gjenstår. 3 er ikke nådd"
            in text_of(html)
        )
        assert "Sett status til «Til ekspedering» for å fortsette." in text_of(html)
        assert "9001-8001/stopp-1" in html

    def test_of_a_message_sent_before_says_when_and_what_to_do(self):
        html = already_sent_note(dispatch=a_dispatch(resolved_at=NOON), tally=None, message_type="Utsendelse - innhold")

        assert "ble ferdig 23. november 2026 kl. 13.00." in text_of(html)
        assert "Skriv en ny melding av typen «Utsendelse - innhold»" in text_of(html)

    def test_of_a_message_sent_before_makes_no_time_up(self):
        assert "ble ferdig" not in already_sent_note(dispatch=a_dispatch(), tally=None, message_type="x")


class TestTheWords:
    def test_cover_every_state_reason_channel_and_transport(self):
        assert set(texts.STATES) == set(RecipientState)
        assert set(texts.REASONS) == set(Reason)
        assert set(texts.CHANNELS) == set(Channel)
        assert set(texts.TRANSPORTS) == set(Transport)

    def test_are_whole_sentences_with_something_to_do(self):
        for explanation in texts.REASONS.values():
            assert explanation.meaning.endswith(".")
            assert explanation.advice.endswith(".")
            assert not explanation.short.endswith(".")

    @pytest.mark.parametrize(
        ("moment", "shown"),
        [
            (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), "23. november 2026 kl. 13.00"),
            (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "29. mars 2026 kl. 01.59"),
            (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29. mars 2026 kl. 03.00"),
            (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), "25. oktober 2026 kl. 02.59"),
            (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "25. oktober 2026 kl. 02.00"),
            (datetime(2024, 3, 31, 1, 0, tzinfo=UTC), "31. mars 2024 kl. 03.00"),
            (datetime(2027, 12, 31, 23, 30, tzinfo=UTC), "1. januar 2028 kl. 00.30"),
        ],
    )
    def test_give_norwegian_time(self, moment, shown):
        assert times.moment_text(moment).replace("\xa0", " ") == shown

    def test_translate_our_own_details_and_leave_a_servers_answer(self):
        assert detail_text("found in the mailbox") == "Funnet i avsenderens postkasse"
        assert detail_text("550 5.1.1 No such user") == "550 5.1.1 No such user"


@pytest.mark.parametrize("reason", sorted(reason for reason, cure in CURES.items() if cure is Cure.ADDRESS))
def test_what_a_corrected_address_cures_is_corrected_where_it_stands(reason: Reason):
    """A recipient of the ticket's file is not in Pureservice: there is nothing to correct there."""
    advice = texts.REASONS[reason].advice
    assert reason is Reason.DISABLED or ("i Pureservice" in advice and "i mottakerfilen" in advice)


def test_own_files_are_told_where_nothing_goes_to_all():
    without, with_own = (a_dispatch(recipients=1, planned_at=NOON, has_own_files=has) for has in (False, True))
    left_out = {"left_out": [LeftOut("mottakere.xlsx", FileOrigin.RECIPIENTS)]}

    assert "Egne vedlegg" not in render_report(facts(delivered(), dispatch=without, **left_out))
    told = render_report(facts(delivered(), dispatch=with_own, **left_out))
    assert "Vedlegg til alle" in told
    assert "Vedlegg til mottakerne" not in told
    assert "i kolonnen «Egne vedlegg»" in told
