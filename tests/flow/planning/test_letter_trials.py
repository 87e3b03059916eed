"""A trial: what one recipient would get, to our own people alone, and no dispatch."""

import base64
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from dispatch.core import Rejected
from dispatch.planning import preview_numbered, send_trial
from local.arrived import Arrived, arrived
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.adapters.spreadsheets.making import csv_file
from tests.flow.planning.test_whom_the_file_names import a_ticket, put
from tests.stage import Stage, a_stage
from tests.unit.cli.trial_in_terminal import refusal_of_trial
from tests.web.visitor import KARI, ROLE, Visitor, text_of

OURS = "saksbehandler@etat.example"
WITH_PAGE = {"WEBSITE_AUTH_ENABLED": "True", "WEB_ALLOWED_ROLE": ROLE}
HEADS = ("Navn", "E-post", "Frist", "Vedlegg")
LINES = [(f"Nr {n}", f"nr{n}@eksempel.example", f"{n}. mai", f"{n}.pdf") for n in range(3)]


def a_merge(stage: Stage, **ticket: Any) -> Row:
    row = a_ticket(stage, text="<p>{{navn}}: {{frist}}</p>", **ticket)
    for n in range(3):
        put(stage, row, f"%PDF-1.7 {n}".encode(), f"{n}.pdf")
    put(stage, row, csv_file([HEADS, *LINES]))
    return row


def letters(stage: Stage) -> list[Arrived]:
    return list(arrived(stage.graph.received, stage.smtp.received))


def signed_in(address: str) -> dict[str, str]:
    claims = [
        {"typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": KARI},
        {"typ": "preferred_username", "val": address},
        {"typ": "roles", "val": ROLE},
    ]
    return {"x-ms-client-principal": base64.b64encode(json.dumps({"claims": claims}).encode()).decode()}


@pytest.mark.parametrize("faulty", [False, True])
async def test_it_is_the_letter_of_the_one_who_is_chosen_and_the_dispatch_is_as_if_it_never_was(faulty: bool) -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage)
        if faulty:  # the second transport takes it
            stage.graph.faults.add(Fault(match="sendMail", status=403, times=1))
        found = await preview_numbered(ticket["requestNumber"], stage.services, recipient="nr 1")
        assert await send_trial(found, OURS, stage.services) == OURS

        (trial,) = letters(stage)
        assert trial.to == OURS
        assert len(stage.smtp.received) == faulty
        assert not stage.ledger.heads
        assert not await stage.content.stored_under("")
        stage.graph.received.clear()
        stage.smtp.received.clear()
        await stage.run()

        real = next(mail for mail in letters(stage) if mail.to == "nr1@eksempel.example")
        assert trial.subject == f"Prøve: {real.subject}"
        assert (trial.html, trial.files) == (real.html, real.files)
        assert stage.received() == {f"nr{n}@eksempel.example": 1 for n in range(3)}


@pytest.mark.parametrize(
    ("to", "allowed", "goes"),
    [
        (OURS, "", True),
        ("ute@eksempel.example", "", False),
        ("x@sub.etat.example", "", False),
        ("x@annen.example", "annen.example, etat.example", True),
        ("ikke en adresse", "", False),
    ],
)
async def test_it_goes_to_our_own_domains_alone(to: str, allowed: str, goes: bool) -> None:
    async with a_stage(DISPATCH_TRIAL_DOMAINS=allowed) as stage:
        ticket = a_merge(stage)
        found = await preview_numbered(ticket["requestNumber"], stage.services)
        if goes:
            await send_trial(found, to, stage.services)
        else:
            with pytest.raises(Rejected):
                await send_trial(found, to, stage.services)
        assert [mail.to for mail in letters(stage)] == ([to] if goes else [])


async def test_where_something_must_be_fixed_it_says_that_and_sends_nothing() -> None:
    async with a_stage() as stage:
        ticket = a_ticket(stage, text="<p>{{finnes ikke}}</p>")
        put(stage, ticket, csv_file([HEADS[:2], LINES[0][:2]]))
        found = await preview_numbered(ticket["requestNumber"], stage.services)
        with pytest.raises(Rejected) as refused:
            await send_trial(found, OURS, stage.services)
        assert "{{finnes ikke}} finnes ikke" in refused.value.problems[0]
        assert not letters(stage)


async def test_from_the_page_it_goes_to_whoever_is_signed_in_and_to_nobody_by_a_foreign_form() -> None:
    async with a_stage(**WITH_PAGE) as stage:
        ticket = a_merge(stage)
        visitor = Visitor(stage.services, signed_in(OURS))
        asked = f"forhandsvisning?sak={ticket['requestNumber']}&mottaker=nr 2"
        shown = await visitor.get(asked)
        assert "Send en prøve til meg" in text_of(shown)
        assert "Dette er ulikt fra mottaker til mottaker" in text_of(shown)
        token = re.search(r'name="token" value="([^"]+)"', shown.body.decode())
        assert token
        form = {"sak": str(ticket["requestNumber"]), "mottaker": "nr 2"}

        foreign = await visitor.post("forhandsvisning/prove", {**form, "token": "1.x"})
        assert foreign.status >= 400
        assert not letters(stage)

        done = await visitor.post("forhandsvisning/prove", {**form, "token": token[1]})
        assert done.status == 303
        (trial,) = letters(stage)
        assert trial.to == OURS
        assert "Nr 2: 2. mai" in trial.html
        assert list(trial.files) == ["2.pdf"]
        told = await visitor.get(done.headers["Location"].partition("/status/")[2])
        assert f"Prøven er sendt til {OURS}" in text_of(told)


async def test_who_signs_in_from_elsewhere_sees_no_button() -> None:
    async with a_stage(**WITH_PAGE) as stage:
        ticket = a_merge(stage)
        visitor = Visitor(stage.services, signed_in("gjest@annen.example"))
        shown = await visitor.get(f"forhandsvisning?sak={ticket['requestNumber']}")
        assert "Send en prøve til meg" not in text_of(shown)


async def test_the_preview_status_sends_one_to_the_tickets_case_worker_and_only_one() -> None:
    async with a_stage(PURESERVICE_DISPATCH_PREVIEW_STATUS="Til forhåndsvisning") as stage:
        store = stage.pureservice.store
        store.add("status", name="Til forhåndsvisning", requestTypeId=1, coreStatus=20)
        agent = seed.add_user(store, "Sara", "Behandler", email=OURS)
        ticket = a_merge(stage, status="Til forhåndsvisning", assignedAgentId=agent["id"])
        await stage.tick()
        await stage.tick()

        (trial,) = letters(stage)
        assert trial.to == OURS
        assert "Nr 0: 0. mai" in trial.html
        (note,) = stage.notes_on(ticket)
        assert f"En prøve, slik Nr 0 vil få meldingen, er sendt til {OURS}." in note
        assert "Frist" in note
        assert "0.pdf" in note


PREVIEW = {"PURESERVICE_DISPATCH_PREVIEW_STATUS": "Til forhåndsvisning"}
DENIED = Fault(match="sendMail", status=403, times=None)
TROUBLES = {  # what Pureservice does with the recipient's file, and the mail system with the letter; what is said
    "more than the ticket says": (None, None, "Prøven er med vedlegg større enn 1 MB, som er grensen."),
    "no answer": (Fault(status=503, times=None), None, "Pureservice svarer ikke, så vedleggene til prøven"),
    "gone": (Fault(status=404, times=None), None, "Pureservice svarte nei på et oppslag"),
    "empty": (Fault(status=204, times=None), None, "En fil i saken har ikke noe innhold i Pureservice."),
    "nobody sends": (Fault(times=0), DENIED, "Prøven kunne ikke sendes nå."),
    "cut off": (Fault(times=0), Fault(match="sendMail", drop="after"), "Det er usikkert om prøven ble sendt."),
}


async def by_page(stage: Stage, ticket: Row) -> str:
    visitor = Visitor(stage.services, signed_in(OURS))
    shown = await visitor.get(f"forhandsvisning?sak={ticket['requestNumber']}")
    token = re.search(r'name="token" value="([^"]+)"', shown.body.decode())
    assert token
    form = {"sak": str(ticket["requestNumber"]), "mottaker": "", "token": token[1]}
    return text_of(await visitor.post("forhandsvisning/prove", form))


async def by_terminal(stage: Stage, ticket: Row) -> str:
    return await refusal_of_trial(ticket["requestNumber"], stage.services, to=OURS)


async def by_status(stage: Stage, ticket: Row) -> str:
    stage.set_status(ticket, PREVIEW["PURESERVICE_DISPATCH_PREVIEW_STATUS"])
    await stage.tick()
    (note,) = stage.notes_on(ticket)
    assert "Dette er ulikt" in note, "the preview itself is told whatever becomes of the trial"
    return note


@pytest.mark.parametrize("way", [by_page, by_terminal, by_status])
@pytest.mark.parametrize(("of_file", "of_mail", "told"), TROUBLES.values(), ids=TROUBLES)
async def test_whatever_stands_in_its_way_is_told_to_the_person(
    way: Any, of_file: Fault | None, of_mail: Fault | None, told: str
) -> None:
    async with a_stage(MAIL_MAX_MEGABYTES="1", MAIL_MAILER="microsoft-graph", **WITH_PAGE, **PREVIEW) as stage:
        store = stage.pureservice.store
        store.add("status", name="Til forhåndsvisning", requestTypeId=1, coreStatus=20)
        agent = seed.add_user(store, "Sara", "Behandler", email=OURS)
        ticket = a_merge(stage, status="Under arbeid", assignedAgentId=agent["id"])
        file = next(row for row in store.attachments.values() if row["fileName"] == "0.pdf")
        if of_file is None:
            store.put_file(file["id"], b"x" * 1_200_000)
            file |= {"size": "12.00K", "contentLength": 12_288}
        else:
            stage.pureservice.faults.add(replace(of_file, match=rf"download/{file['id']}\b"))
        stage.graph.faults.add(*([replace(of_mail)] if of_mail else []))

        assert told in await way(stage, ticket)
        assert not stage.ledger.heads


async def test_one_that_was_interrupted_is_told_and_not_sent_once_more() -> None:
    async with a_stage(**PREVIEW) as stage:
        store = stage.pureservice.store
        store.add("status", name="Til forhåndsvisning", requestTypeId=1, coreStatus=20)
        agent = seed.add_user(store, "Sara", "Behandler", email=OURS)
        ticket = a_merge(stage, status="Til forhåndsvisning", assignedAgentId=agent["id"])
        stage.pureservice.faults.add(Fault(match="POST /agent/api/communication", status=503, times=3))
        await stage.tick()
        await stage.run(hours=1)

        assert len(letters(stage)) == 1
        (note,) = stage.notes_on(ticket)
        assert f"En prøve til {OURS} ble avbrutt, og det er usikkert om den ble sendt." in note


async def test_of_one_who_does_not_get_the_message_there_is_no_letter_to_try() -> None:
    async with a_stage() as stage:
        ticket = stage.seed(1)
        store = stage.pureservice.store
        members = seed.add_list(store, "Uten", members=[seed.add_user(store, "Uten", "Adresse")])
        seed.relate_list_to_ticket(store, members, ticket)
        found = await preview_numbered(ticket["requestNumber"], stage.services, recipient="uten adresse")
        with pytest.raises(Rejected) as refused:
            await send_trial(found, OURS, stage.services)
        assert refused.value.problems == (
            "Uten Adresse får ikke meldingen, så det er ingen prøve å sende. Velg en annen mottaker.",
        )
        assert not letters(stage)
