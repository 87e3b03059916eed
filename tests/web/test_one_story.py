"""Ticket, page and commands tell one story: they link to each other, and none says what the others don't."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.cli import standing
from dispatch.core import Reason, RecipientState
from dispatch.pacing import Waiting, Waits
from dispatch.report import finish_text
from dispatch.watching import overview
from dispatch.web import buttons, view, words
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.builders import NOON, some_settings
from tests.stage import a_stage
from tests.web.visitor import Visitor, links_of, tags_of, text_of

SIGN_IN = {"WEBSITE_AUTH_ENABLED": "True", "DISPATCH_BATCH_SIZE": "3"}
PAGE = "https://utsendelse.etat.example/api/status"
SEND = r"POST .*/sendMail"
REFUSED = json.dumps(
    {"error": {"code": "ErrorInvalidRecipients", "message": "x", "innerError": {"request-id": "abc-1"}}}
)


@pytest.mark.parametrize(
    ("settings", "page"),
    [
        ({}, ""),
        ({"STATUS_PAGE_URL": f"{PAGE}/"}, PAGE),
        ({"WEBSITE_HOSTNAME": "func-x.azurewebsites.net"}, ""),
        (
            {"WEBSITE_HOSTNAME": "func-x.azurewebsites.net", "WEBSITE_AUTH_ENABLED": "True"},
            "https://func-x.azurewebsites.net/api/status",
        ),
        ({"WEBSITE_HOSTNAME": "localhost:7071", "WEBSITE_AUTH_ENABLED": "True"}, "http://localhost:7071/api/status"),
        ({"WEBSITE_HOSTNAME": "x.example", "WEBSITE_AUTH_ENABLED": "True", "STATUS_PAGE_URL": PAGE}, PAGE),
    ],
)
def test_where_the_page_is_is_known_where_anybody_can_open_it(settings, page):
    known = some_settings(**settings)

    assert known.status_page() == page
    assert known.status_page("9001-8001") == (f"{page}/9001-8001" if page else "")


async def test_notes_and_report_lead_to_the_page_and_the_page_to_the_ticket():
    async with a_stage(**SIGN_IN, STATUS_PAGE_URL=PAGE, MAIL_RATE_PER_MINUTE="1") as stage:
        stage.graph.faults.add(Fault(match=SEND, status=400, body=REFUSED, times=1))
        ticket = stage.seed(members=40)
        without = seed.add_ticket(stage.pureservice.store, "Uten liste")
        seed.add_dispatch_text(stage.pureservice.store, without, "<p>Hei</p>")
        await stage.run()
        key = stage.dispatch_of(ticket).key

        written = [*stage.notes_on(ticket), stage.solutions_on(ticket)[-1]]
        assert len(written) == 3
        assert all(f'href="{PAGE}/{key}"' in html for html in written)
        (rejection,) = stage.notes_on(without)
        assert f'href="{PAGE}/{stage.dispatch_of(without).key}"' in rejection
        hrefs = [str(a.get("href")) for tag, a in tags_of(await Visitor(stage.services).get(key)) if tag == "a"]
        assert stage.services.settings.ticket_page(ticket["requestNumber"]) in hrefs


async def test_the_report_names_no_code_and_the_csv_does():
    async with a_stage(**SIGN_IN) as stage:
        stage.graph.faults.add(Fault(match=SEND, status=400, body=REFUSED, times=1))
        ticket = stage.seed(members=3)
        await stage.run()

        report = stage.solutions_on(ticket)[-1]
        csv = (await Visitor(stage.services).get(f"{stage.dispatch_of(ticket).key}/mottakere.csv")).body.decode()

        assert "ErrorInvalidRecipients" not in report
        assert "ErrorInvalidRecipients" in csv


async def test_report_and_page_tell_the_same_number_of_people():
    async with a_stage(**SIGN_IN) as stage:
        ticket = stage.seed(members=3)
        (mailing_list,) = [row for row in stage.pureservice.store.assets.values() if row.get("name") == "Listen"]
        seed.add_member(
            stage.pureservice.store, mailing_list, seed.add_user(stage.pureservice.store, "Uten", "Adresse")
        )
        await stage.run()

        assert re.search(r"3 av 4.mottakere", stage.solutions_on(ticket)[-1])
        assert "4 av 4 mottakere er behandlet" in text_of(
            await Visitor(stage.services).get(stage.dispatch_of(ticket).key)
        )


@pytest.mark.parametrize("others", [0, 1])
async def test_page_command_and_note_expect_the_same_end(others: int):
    async with a_stage(**SIGN_IN, MAIL_RATE_PER_MINUTE="1") as stage:
        for _ in range(others):
            stage.seed(members=30)
        ticket = stage.seed(members=45)
        await stage.tick()
        dispatch = stage.dispatch_of(ticket)
        visitor = Visitor(stage.services)

        one = await standing.standing(dispatch.key, stage.services)
        assert one is not None
        by_command = one.expected_done
        in_page = json.loads((await visitor.get(f"v1/dispatches/{dispatch.key}")).body)["dispatch"]["expected_done"]
        listed = json.loads((await visitor.get("v1/dispatches")).body)["dispatches"]
        (in_list,) = [one["expected_done"] for one in listed if one["key"] == dispatch.key]
        (note,) = stage.notes_on(ticket)

        assert by_command is not None
        assert in_page == in_list == by_command.isoformat().replace("+00:00", "Z")
        assert finish_text(by_command, stage.clock()) in note
        assert by_command >= NOON + timedelta(minutes=45 + 30 * others)


async def test_sending_again_says_whom_it_reaches_and_whom_not_and_is_no_button_where_it_reaches_nobody():
    async with a_stage(**SIGN_IN) as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2)
        wrong = seed.add_user(store, "Rettes", "Snart", email="feil(at)x.example")
        seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=[wrong]), ticket)
        await stage.run()
        visitor, key = Visitor(stage.services), stage.dispatch_of(ticket).key

        nobody = await visitor.get(f"{key}/send-igjen")
        assert "Ingen av dem kan nås nå" in text_of(nobody)
        assert not [tag for tag, _ in tags_of(nobody) if tag in {"form", "button"}]
        store.emailaddresses[wrong["emailAddressId"]]["email"] = "rett@x.example"
        told = text_of(await visitor.get(f"{key}/send-igjen"))
        assert "Får meldingen nå (1) Rettes Snart rett@x.example" in told


async def test_where_the_letter_itself_was_refused_there_is_no_button_but_advice_that_works():
    async with a_stage(**SIGN_IN, MAIL_MAILER="microsoft-graph") as stage:
        ticket = stage.seed(members=2)
        await stage.run()
        key = stage.dispatch_of(ticket).key
        rows = [
            row for row in await stage.services.reader.recipients(key, limit=9) if row.state is RecipientState.DELIVERED
        ]
        found = await words_of_refused(stage, key, rows)

        assert "send-igjen" not in found
        assert "send-til-nye" in found


async def words_of_refused(stage, key, rows):
    """The buttons, had the letter of all of these been refused."""
    details = await overview.details(key, stage.services)
    refused = [replace(row, state=RecipientState.FAILED, reason=Reason.MESSAGE_REFUSED) for row in rows]
    tally = replace(details.summary.tally, failed=len(rows), delivered=0)
    return [act.name for act in buttons.acts_for(replace(details.summary, tally=tally), refused)]


async def test_those_added_since_get_it_by_a_press():
    async with a_stage(**SIGN_IN) as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2)
        await stage.run()
        visitor, key = Visitor(stage.services), stage.dispatch_of(ticket).key
        assert "send-til-nye" in " ".join(links_of(await visitor.get(key)))
        assert "Ingen er lagt til" in text_of(await visitor.get(f"{key}/send-til-nye"))
        (mailing_list,) = [row for row in store.assets.values() if row.get("name") == "Listen"]
        seed.add_member(store, mailing_list, seed.add_user(store, "Glemt", "Person", email="glemt@x.example"))

        assert "Får meldingen (1) Glemt Person glemt@x.example" in text_of(await visitor.get(f"{key}/send-til-nye"))
        told = json.loads((await visitor.get(f"v1/dispatches/{key}/added")).body)
        assert [row["address"] for row in told["reached"]] == ["glemt@x.example"]
        pressed = await visitor.press(f"{key}/send-til-nye")
        assert pressed.headers["Location"].endswith("gjort=send-til-nye&antall=1")
        await stage.run()

        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(2)} | {"glemt@x.example": 1}


async def test_what_goes_along_and_what_not_stands_on_the_page_and_in_the_start_note():
    async with a_stage(**SIGN_IN, MAIL_RATE_PER_MINUTE="1") as stage:
        ticket = stage.seed(members=40)
        seed.add_attachment(stage.pureservice.store, ticket, "Høringsnotat.pdf", b"%PDF-1.4", "application/pdf")
        ours = "utsendelse-9001-7999-mottakere.csv"
        seed.add_attachment(stage.pureservice.store, ticket, ours, b"x", "text/csv", is_part_of_current_solution=True)
        await stage.tick()
        await stage.drain(hours=0.01)
        await stage.tick()

        (note,) = stage.notes_on(ticket)
        assert "Høringsnotat.pdf" in note
        assert f"Ikke med: {ours} (" in note
        page = text_of(await Visitor(stage.services).get(stage.dispatch_of(ticket).key))
        assert "Følger med Høringsnotat.pdf" in page
        assert f"Følger ikke med {ours} (" in page


# --- what it waits for


@pytest.mark.parametrize("what", Waits)
@pytest.mark.parametrize("seconds", [-7200, -1, 0, 1, 59, 7200])
def test_nothing_is_said_to_happen_in_a_moment_and_no_moment_that_is_past_is_still_to_come(what: Waits, seconds: int):
    until = NOON + timedelta(seconds=seconds)
    said = words.waits_text(Waiting(what, until, since=NOON - timedelta(hours=1)), NOON)

    assert "øyeblikk" not in said
    assert ("innen ett minutt" in said) <= (0 < seconds < words.SOON)
    assert "{" not in said


async def test_every_transport_refusing_is_told_with_since_until_and_code():
    async with a_stage(**SIGN_IN, MAIL_MAILER="microsoft-graph") as stage:
        body = json.dumps({"error": {"code": "ErrorAccessDenied", "message": "x"}})
        stage.graph.faults.add(Fault(match=SEND, status=403, body=body, times=None))
        ticket = stage.seed(members=3)
        await stage.tick()
        await stage.drain(hours=0.5)

        shown = text_of(await Visitor(stage.services).get(stage.dispatch_of(ticket).key))

        assert "E-postsystemet avviser oss, likt for alle mottakerne." in shown
        assert "Ingenting er tatt imot siden kl. 13.00" in shown
        assert "Det prøves til" in shown
        assert "ErrorAccessDenied" in shown
        assert "i minuttet" not in shown, "no rate while nothing moves"
        assert "Ferdig ca." not in shown


async def test_a_plan_that_hangs_is_told_with_since_when():
    async with a_stage(**SIGN_IN) as stage:
        stage.pureservice.faults.add(Fault(match=r"GET .*/relationship", status=503, times=None))
        stage.seed(members=3)
        for _ in range(5):
            await stage.tick()
            stage.clock.move(300)
        (head,) = stage.ledger.heads.values()

        shown = text_of(await Visitor(stage.services).get(head.key))

        assert head.state == "planning"
        assert "har ikke latt seg sette opp siden kl. 13.00" in shown


async def test_a_batch_that_nobody_fetches_is_not_said_to_come_in_a_moment():
    async with a_stage(**SIGN_IN) as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        visitor, key = Visitor(stage.services), stage.dispatch_of(ticket).key
        assert "Neste pulje står for tur" in text_of(await visitor.get(key))

        stage.clock.move(3600)

        shown = text_of(await visitor.get(key))
        assert "står for tur" not in shown
        assert "Ingenting er sendt siden kl. 13.00" in shown


async def test_letters_in_doubt_are_said_to_be_looked_up():
    async with a_stage(**SIGN_IN, MAIL_MAILER="microsoft-graph", MAIL_RECONCILE="sent-items") as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="before", times=1))
        ticket = stage.seed(members=3)
        await stage.tick()
        await stage.handle(stage.queues.take())

        shown = text_of(await Visitor(stage.services).get(stage.dispatch_of(ticket).key))

        assert "For 1 mottaker er det ikke avklart om meldingen gikk ut" in shown


def test_what_is_hidden_stays_hidden_whatever_else_a_rule_says():
    css = view.asset("stil.css").decode()

    assert re.search(r"\[hidden\]\s*\{\s*display:\s*none\s*!important", css)
