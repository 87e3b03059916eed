"""Merge fields from the ticket to the servers: every letter that arrives holds its own recipient's values alone."""

import csv
import io
import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pypdf import PdfReader

from dispatch.planning import preview_numbered
from dispatch.steering import actions
from local.arrived import Arrived, arrived
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.adapters.spreadsheets.making import csv_file
from tests.flow.planning.test_whom_the_file_names import put
from tests.stage import Stage, a_stage

SEND = "sendMail"
NO_SUCH = json.dumps({"error": {"code": "ErrorInvalidRecipients", "message": "no such recipient"}})
HEADS = ("Navn", "E-post", "Frist", "Beløp")
GRAPH_ONLY, SMTP_ONLY = {"MAIL_MAILER": "microsoft-graph"}, {"MAIL_MAILER": "smtp"}
TEXT = "<p>Hei {{ Fornavn | alle sammen }}, fristen er <b>{{fr</b>ist}}. {{RequestNumber}}</p>"


def a_merge(stage: Stage, text: str = TEXT, subject: str = "Til {{navn}}: {{frist}}", **ticket: Any) -> Row:
    row = seed.add_ticket(stage.pureservice.store, "Høring om {{frist}}", **ticket)
    seed.add_dispatch_text(stage.pureservice.store, row, text, subject=subject)
    return row


def lines(count: int) -> list[tuple[str, ...]]:
    return [(f"Kari {n} Nordmann", f"nr{n}@eksempel.example", f"{n + 1}. mai", str(n * 100)) for n in range(count)]


def letters(stage: Stage) -> dict[str, Arrived]:
    every = list(arrived(stage.graph.received, stage.smtp.received))
    found = {mail.to: mail for mail in every}
    assert len(found) == len(every)
    return found


@pytest.mark.parametrize("settings", [GRAPH_ONLY, SMTP_ONLY, {"MAIL_RECONCILE": "draft"}])
async def test_every_letter_holds_its_own_values_in_subject_html_and_text(settings: dict[str, str]) -> None:
    async with a_stage(**settings) as stage:
        ticket = a_merge(stage)
        put(stage, ticket, csv_file([HEADS, *lines(30)]))

        await stage.run()

        received = letters(stage)
        assert len(received) == 30
        for n in range(30):
            mail = received[f"nr{n}@eksempel.example"]
            assert mail.subject == f"Til Kari {n} Nordmann: {n + 1}. mai [Sak ID# {ticket['requestNumber']}]"
            assert f"Hei Kari {n}, fristen er <b>{n + 1}. mai</b>. {ticket['requestNumber']}" in mail.html
            assert not mail.text or f"Hei Kari {n}, fristen er {n + 1}. mai. {ticket['requestNumber']}" in mail.text
            assert "⟦" not in mail.html + mail.subject + mail.text
            assert "{{" not in mail.html + mail.subject + mail.text


async def test_a_field_that_nobody_defines_and_one_without_value_are_told_and_nobody_gets_anything() -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage, "<p>{{frist}} {{fritt}} {{beløp}}</p>")
        some = [(f"Nr {n}", f"nr{n}@eksempel.example", "1. mai", "" if n < 25 else "7") for n in range(30)]
        put(stage, ticket, csv_file([HEADS, *some]))
        await stage.run()

        assert not stage.received()
        assert "Flettefeltet {{fritt}} finnes ikke. Mener du {{Frist}}?" in stage.notes_on(ticket)[0]

        text = next(c for c in stage.pureservice.store.communications.values() if c.get("customTypeId"))
        text["text"] = "<p>{{frist}} {{beløp}}</p>"
        stage.set_status(ticket, seed.READY)
        await stage.run()

        assert not stage.received()
        note = stage.notes_on(ticket)[-1]
        assert "Flettefeltet {{Beløp}} har ingen verdi for Nr 0 (rad 2), Nr 1 (rad 3)" in note
        assert "Nr 19 (rad 21) og 5 til" in note
        assert "Nr 20" not in note


@pytest.mark.parametrize("settings", [GRAPH_ONLY, SMTP_ONLY])
@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=y>',
        "a\r\nBcc: ond@eksempel.example",
        "{{navn}} ⟦saksnummer⟧ {{beløp}}",
        "{% raw %}{{ 7*7 }}",
        '#eval("1") $x$ *fet* _u_ \\',
        "=HYPERLINK(1)",
        "A&amp;B &lt;",
        "😀 ש æøå " + "x" * 300,
    ],
)
async def test_whatever_a_value_holds_is_read_as_that_text_and_as_nothing_else(
    value: str, settings: dict[str, str]
) -> None:
    from html import escape

    async with a_stage(**settings) as stage:
        ticket = a_merge(stage, "<p>[{{frist}}]</p>", subject="Om {{frist}}")
        put(stage, ticket, csv_file([HEADS, ("Kari", "kari@eksempel.example", value, "1")]))
        await stage.run()

        (mail,) = letters(stage).values()
        as_text = "\n".join(value.replace("\r\n", "\n").split("\n"))
        assert f"[{escape(as_text).replace(chr(10), '<br>')}]" in mail.html
        on_one_line = " ".join(value.split())
        assert mail.subject.startswith(f"Om {on_one_line[:150]}")
        assert mail.subject.endswith(f"[Sak ID# {ticket['requestNumber']}]")
        assert len(mail.subject) <= 250
        assert stage.status_of(ticket) == seed.SOLVED


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\{{navn}}", "{{navn}}"),
        (r"\{<b>{na</b>vn}}", "{{navn}}"),
        (r"\{{ og \}}", "{{ og }}"),
        (r"\{{navn}}{{navn}}", "{{navn}}Kari"),
        (r"\{{{{navn}}\}}", "{{Kari}}"),
        (r"a\b {{navn}}", r"a\b Kari"),
    ],
)
async def test_a_backslash_before_the_signs_keeps_them(written: str, read: str) -> None:
    async with a_stage(MAIL_REPLYTO_ADDRESS="post@dibk.example", **SMTP_ONLY) as stage:
        ticket = a_merge(stage, f"<p>[{written}]</p>", re.sub("<.*?>", "", written), status=seed.READY_121)
        put(stage, ticket, csv_file([HEADS, ("Kari", "kari@eksempel.example", "", "")]))
        stage.pureservice.store.tickets[ticket["id"]]["subject"] = "Vedtak"
        await stage.run()

        (mail,) = letters(stage).values()
        assert mail.subject.startswith(f"{read} [Sak ID#")
        assert f"[{read}]" in re.sub("<.*?>", "", mail.html)
        assert f"[{read}]" in mail.text


HOSTILE = ["1", "æ ø/../&x=2?y#z", "javascript:alert(1)", '"><script>', "a@b:c//d%2e%zz", "to\nlinjer", "{{navn}}"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "address",
    ["https://skjema.example/svar?nr={{frist}}&til=x", "https://skjema.example/svar?nr=%7B%7BFrist%7D%7D&til=x"],
)
async def test_in_the_address_of_a_link_a_value_is_data_and_leads_nowhere_else(address: str, value: str) -> None:
    async with a_stage(**SMTP_ONLY) as stage:
        ticket = a_merge(stage, f'<p>Svar <a href="{address}">her, {{{{navn}}}}</a></p>', subject="Til {{navn}}")
        put(stage, ticket, csv_file([HEADS, ("Kari", "kari@eksempel.example", value, "")]))
        await stage.run()

        (mail,) = letters(stage).values()
        (target,) = re.findall(r'href="([^"]*)"[^>]*>her, Kari<', mail.html)
        went = urlsplit(unescape(target))
        assert (went.scheme, went.netloc, went.path) == ("https", "skjema.example", "/svar")
        assert parse_qs(went.query) == {"nr": [value], "til": ["x"]}
        assert unescape(target) in mail.text


@pytest.mark.parametrize(
    "address", ["{{frist}}", "https://{{frist}}.example/", "https://x.example:{{frist}}", "mailto:{{frist}}"]
)
async def test_a_field_that_could_lead_anywhere_is_told(address: str) -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage, f'<p><a href="{address}">her</a></p>')
        put(stage, ticket, csv_file([HEADS, ("Kari", "kari@eksempel.example", "1", "")]))
        await stage.run()

        assert not stage.received()
        assert "Et flettefelt står foran i adressen til en lenke" in stage.notes_on(ticket)[0]


async def test_no_value_turns_the_writing_of_what_follows_it() -> None:
    async with a_stage(**SMTP_ONLY) as stage:
        ticket = a_merge(stage, "<p>[{{frist}}]</p>", subject="Om {{frist}}")
        put(stage, ticket, csv_file([HEADS, ("Kari", "kari@eksempel.example", "mot\u202evenstre \u2066x", "1")]))
        await stage.run()

        (mail,) = letters(stage).values()
        assert "[motvenstre x]" in mail.html
        assert "[motvenstre x]" in mail.text
        assert mail.subject.startswith("Om motvenstre x [")


async def test_who_is_on_a_list_alone_has_what_everybody_has_and_the_defaults() -> None:
    async with a_stage() as stage:
        ticket = stage.seed(members=2)
        text = next(c for c in stage.pureservice.store.communications.values() if c.get("customTypeId"))
        text["text"] = "<p>{{navn}}/{{FORNAVN}}/{{e-post}}/{{frist|snart}}</p>"
        put(stage, ticket, csv_file([HEADS, ("Ola Fra Filen", "kari1@eksempel.example", "i dag", "")]))
        await stage.run()

        received = letters(stage)
        assert "Kari Nr 0/Kari Nr/kari0@eksempel.example/snart" in received["kari0@eksempel.example"].html
        assert "Ola Fra Filen/Ola Fra/kari1@eksempel.example/i dag" in received["kari1@eksempel.example"].html


@pytest.mark.parametrize("via", ["mail", "pureservice"])
async def test_own_tickets_hold_the_values_and_each_its_own_number(via: str) -> None:
    async with a_stage(MAIL_REPLYTO_ADDRESS="post@dibk.example", PURESERVICE_121_SEND_VIA=via) as stage:
        ticket = a_merge(stage, "<p>{{navn}} {{saksnummer}}</p>", subject="", status=seed.READY_121)
        put(stage, ticket, csv_file([HEADS, *lines(3)]))
        await stage.run()

        store = stage.pureservice.store
        own = [
            row for row in store.tickets.values() if str(row.get("customerReference") or "").startswith("utsendelse-")
        ]
        assert sorted(row["subject"] for row in own) == [f"Høring om {n + 1}. mai" for n in range(3)]
        for row in own:
            n = int(str(row["subject"])[10:11]) - 1
            words = f"Kari {n} Nordmann {row['requestNumber']}"
            if via == "mail":
                assert words in letters(stage)[f"nr{n}@eksempel.example"].html
            else:
                written = [c for c in store.communications.values() if c.get("ticketId") == row["id"]]
                assert any(words in str(c["text"]) for c in written)


async def test_through_eformidling_each_document_holds_its_own_values() -> None:
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        numbers = ["910000020", "910000039"]
        ticket = a_merge(stage, "<p>Frist {{frist}} {{organisasjonsnummer}}</p>", user=seed.EF_USER)
        heads = ("Navn", "Orgnr", "Frist")
        put(stage, ticket, csv_file([heads, *((f"Etat {n}", n, f"dag {n[-2:]}") for n in numbers)]))
        await stage.run()

        for number in numbers:
            (message,) = stage.exchange.delivered_to(number)
            assert f"Til Etat {number}: dag {number[-2:]}" in str(message.title)


async def test_sending_again_takes_corrected_values_wherever_the_line_stands_now() -> None:
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        ticket = a_merge(stage, "<p>{{navn}}: {{frist}}</p>")
        some = lines(3)
        file = put(stage, ticket, csv_file([HEADS, *some]))
        stage.graph.faults.add(Fault(match=SEND, status=400, body=NO_SUCH, times=1))
        await stage.run()
        (missed,) = {f"nr{n}@eksempel.example" for n in range(3)} - set(letters(stage))
        stage.graph.received.clear()

        n = int(missed[2])
        corrected = (some[n][0], f"ny{n}@eksempel.example", "10. juni", "")
        others = [line for line in some if line[1] != missed]
        stage.pureservice.store.put_file(file["id"], csv_file([HEADS, corrected, *reversed(others)]))
        assert await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="Kari") == 1
        await stage.run()

        (mail,) = letters(stage).values()
        assert mail.to == f"ny{n}@eksempel.example"
        assert f"{some[n][0]}: 10. juni" in mail.html


async def test_who_was_on_a_list_gets_the_values_of_the_file_that_has_them_now_when_sent_to_again() -> None:
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = a_merge(stage, "<p>{{navn}}: {{frist|snart}}</p>", subject="Til {{navn}}")
        wrong = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}(at)eksempel.example") for n in range(2)]
        seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=wrong), ticket)
        ola = ("Ola", "ola@eksempel.example", "i går", "")
        file = put(stage, ticket, csv_file([HEADS, ola]))
        await stage.run()
        assert list(letters(stage)) == ["ola@eksempel.example"]

        for n, user in enumerate(wrong):
            store.emailaddresses[user["emailAddressId"]]["email"] = f"kari{n}@eksempel.example"
        stage.pureservice.store.put_file(
            file["id"], csv_file([HEADS, ("Kari Fra Filen", "kari0@eksempel.example", "i dag", ""), ola])
        )
        await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="Kari")
        await stage.run()

        received = letters(stage)
        assert len(received) == 3
        assert "Kari Fra Filen: i dag" in received["kari0@eksempel.example"].html
        assert "Kari Nr 1: snart" in received["kari1@eksempel.example"].html


async def test_a_file_that_changes_after_the_preview_is_read_as_it_is_when_the_ticket_is_ready() -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage, status="Under arbeid")
        file = put(stage, ticket, csv_file([HEADS, *lines(2)]))
        before = await preview_numbered(ticket["requestNumber"], stage.services)
        stage.pureservice.store.put_file(file["id"], csv_file([HEADS, ("Ada Ny", "ada@eksempel.example", "i dag", "")]))
        stage.set_status(ticket, seed.READY)
        await stage.run()

        assert before.to_send == 2
        (mail,) = letters(stage).values()
        assert (mail.to, mail.subject[:21]) == ("ada@eksempel.example", "Til Ada Ny: i dag [Sa")


async def test_report_archive_and_list_say_what_each_one_got() -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage, "<p>{{navn}}: {{frist}}</p>")
        put(stage, ticket, csv_file([HEADS, ("=1+1", "kari@eksempel.example", "=2+2", ""), *lines(2)]))
        await stage.run()

        key = stage.dispatch_of(ticket).key
        listed = await stage.content.get(f"{key}/report/utsendelse-{key}-mottakere.csv")
        assert listed is not None
        table = list(csv.reader(io.StringIO(listed.decode("utf-8-sig")), delimiter=";"))
        assert table[0][-3:] == ["navn", "Frist", "Egne vedlegg"]
        assert [row[-3:] for row in table[1:]] == [
            ["'=1+1", "'=2+2", ""],
            ["Kari 0 Nordmann", "1. mai", ""],
            ["Kari 1 Nordmann", "2. mai", ""],
        ]
        pdf = await stage.content.get(f"{key}/report/utsendelse-{key}-melding.pdf")
        assert pdf is not None
        words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
        assert "{{navn}}: {{Frist}}" in words
        assert "Eksempel: slik ble meldingen til =1+1" in words
        assert "=1+1: =2+2" in words
        assert "⟦" not in words


async def test_who_is_added_afterwards_gets_their_own_values() -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage, "<p>{{navn}}: {{frist}}</p>")
        file = put(stage, ticket, csv_file([HEADS, *lines(2)]))
        await stage.run()
        stage.graph.received.clear()
        new = ("Ada Ny", "ada@eksempel.example", "i morgen", "")
        stage.pureservice.store.put_file(file["id"], csv_file([HEADS, new, *lines(2)]))
        await actions.send_to_added(stage.dispatch_of(ticket).key, stage.services, who="Kari")
        await stage.run()

        (mail,) = stage.graph.received
        assert "Ada Ny: i morgen" in mail.html
        assert mail.to == "ada@eksempel.example"


async def test_the_preview_shows_the_letter_as_the_chosen_one_gets_it() -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage)
        put(stage, ticket, csv_file([HEADS, *lines(3)]))
        found = await preview_numbered(ticket["requestNumber"], stage.services, recipient="nr2@eksempel.example")

        assert not found.problems
        assert found.letter is not None
        assert "Hei Kari 2, fristen er <b>3. mai</b>" in found.letter.html
        assert found.own.of(found.sample[0]).values == (
            "Kari 0 Nordmann", "1. mai", "Kari 0",
        )  # fmt: skip
