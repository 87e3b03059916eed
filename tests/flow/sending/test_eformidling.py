"""eFormidling as a channel: who gets an archive message, who gets e-mail instead and why, and when it is delivered."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

DPO, DPF, DPV, UNKNOWN = "910000020", "910000039", "910000047", "910000063"
REPLY = "post@dibk.example"


def a_circular(stage: Stage, *members: Row, status: str = seed.READY) -> Row:
    """A ready ticket whose end user asks for eFormidling."""
    store = stage.pureservice.store
    mailing_list = seed.add_list(store, "Kommuner", members=members)
    row = seed.add_ticket(store, "Rundskriv", seed.EF_USER, status=status)
    seed.relate_list_to_ticket(store, mailing_list, row)
    seed.add_dispatch_text(store, row, "<p>Hei, dette er et rundskriv.</p>")
    seed.add_attachment(store, row, "vedlegg æøå.pdf", b"%PDF-1.7 vedlegg", "application/pdf")
    return row


def organisation(stage: Stage, number: str, *, email: str | None = None, name: str = "") -> Row:
    return seed.add_company(
        stage.pureservice.store, name or f"Kommune {number}", email=email, organization_number=number
    )


def handed_over(stage: Stage) -> Counter[str]:
    """How often each organisation was sent a message, whatever became of it."""
    assert stage.exchange is not None
    return Counter(message.receiver for message in stage.exchange.messages.values() if message.sent)


async def test_organisations_get_an_archive_message_and_all_others_e_mail_with_the_reason():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        ticket = a_circular(
            stage,
            organisation(stage, DPO),
            organisation(stage, f"NO {DPF[:3]} {DPF[3:6]} {DPF[6:]} MVA"),
            organisation(stage, DPV, email="post@dpv.example"),
            organisation(stage, UNKNOWN, email="post@ukjent.example"),
            organisation(stage, "910000021", email="post@galt.example"),  # the check digit is wrong
            organisation(stage, "", email="post@uten.example"),
            seed.add_user(store, "Kari", "Nordmann", email="kari@eksempel.example"),
        )
        await stage.run()
        assert handed_over(stage) == {DPO: 1, DPF: 1, DPV: 1}
        assert set(stage.received()) == {
            "post@ukjent.example",
            "post@galt.example",
            "post@uten.example",
            "kari@eksempel.example",
        }
        assert set(stage.received().values()) == {1}
        counted = [row for row in stage.rows_of(ticket) if not row.superseded]
        assert {str(row.state) for row in counted} == {"delivered"}
        (solution,) = stage.solutions_on(ticket)
        for reason in (
            "Personer nås ikke gjennom eFormidling",
            "Firmaet mangler organisasjonsnummer",
            "Organisasjonsnummeret er ikke gyldig",
            "Organisasjonen kan ikke nås gjennom eFormidling",
        ):
            assert reason in solution
        assert "Levert gjennom eFormidling" in solution
        assert stage.status_of(ticket) == "Løst"


async def test_the_message_is_a_pdf_with_the_tickets_files():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        a_circular(stage, organisation(stage, DPO))
        await stage.run()
        assert stage.exchange is not None
        (message,) = stage.exchange.messages.values()
        names = [file.name for file in message.files]
        assert names[0] == "arkivmelding.xml"
        assert names[1] == "melding.pdf"
        assert message.files[1].content.startswith(b"%PDF-")
        assert [file.title for file in message.files][2] == "vedlegg æøå.pdf"
        assert message.files[2].content == b"%PDF-1.7 vedlegg"


async def test_what_fails_or_expires_falls_back_to_e_mail_and_the_report_tells_both():
    async with a_stage(WITH_EXCHANGE="1", EF_TTL_HOURS="2", EF_LATE_HOURS="1") as stage:
        assert stage.exchange is not None
        stage.exchange.behave(DPO, fails=True)
        stage.exchange.behave(DPF, never_delivered=True)
        stage.exchange.behave(DPV, fails=True)
        ticket = a_circular(
            stage,
            organisation(stage, DPO, email="post@dpo.example"),
            organisation(stage, DPF, email="post@dpf.example"),
            organisation(stage, DPV),  # nowhere to fall back to
        )
        await stage.run(hours=8)
        assert stage.received() == {"post@dpo.example": 1, "post@dpf.example": 1}
        assert handed_over(stage) == {DPO: 1, DPF: 1, DPV: 1}
        assert stage.status_of(ticket) == "Løst"
        (solution,) = stage.solutions_on(ticket)
        assert "Meldingen feilet i eFormidling" in solution
        assert "eFormidling kvitterte ikke i tide" in solution
        assert "eFormidling feilet" in solution
        counted = Counter(str(row.state) for row in stage.rows_of(ticket) if not row.superseded)
        assert counted == {"delivered": 2, "failed": 1}


@pytest.mark.parametrize(("hours", "e_mails"), [(3, 0), (5, 1)])
async def test_a_receipt_that_comes_after_the_time_to_live_is_waited_for(hours: int, e_mails: int):
    async with a_stage(WITH_EXCHANGE="1", EF_TTL_HOURS="2", EF_LATE_HOURS="2") as stage:
        assert stage.exchange is not None
        stage.exchange.delay(delivery=hours * 3600)
        ticket = a_circular(stage, organisation(stage, DPO, email="post@dpo.example"))
        await stage.run(hours=7)
        assert stage.received() == ({"post@dpo.example": 1} if e_mails else {})
        assert handed_over(stage) == {DPO: 1}
        (solution,) = stage.solutions_on(ticket)
        assert ("Organisasjonen kan også få den i eFormidling senere" in solution) == bool(e_mails)


async def test_what_never_left_is_not_waited_for_beyond_its_time():
    async with a_stage(WITH_EXCHANGE="1", EF_TTL_HOURS="2", EF_LATE_HOURS="20") as stage:
        assert stage.exchange is not None
        stage.exchange.delay(queue=100 * 3600)
        a_circular(stage, organisation(stage, DPO, email="post@dpo.example"))
        await stage.run(hours=4)
        assert stage.received() == {"post@dpo.example": 1}


async def test_without_a_fallback_nobody_gets_e_mail():
    async with a_stage(WITH_EXCHANGE="1", EF_FALLBACK="none") as stage:
        assert stage.exchange is not None
        stage.exchange.behave(DPO, fails=True)
        ticket = a_circular(stage, organisation(stage, DPO, email="post@dpo.example"), organisation(stage, DPV))
        await stage.run()
        assert stage.received() == {}
        assert stage.states_of(ticket) == {"failed": 1, "delivered": 1}


async def test_a_receipt_is_waited_for_without_anything_on_the_queue():
    async with a_stage(WITH_EXCHANGE="1", EF_TTL_HOURS="72", EF_LATE_HOURS="0") as stage:
        assert stage.exchange is not None
        stage.exchange.behave(DPO, never_delivered=True)
        ticket = a_circular(stage, organisation(stage, DPO), organisation(stage, DPV))
        await stage.run(hours=9.5)
        assert stage.states_of(ticket) == {"under_way": 1, "delivered": 1}
        assert not stage.queues.messages
        assert sum("/conversations/" in path for _, path, _ in stage.exchange.requests) < 40
        assert stage.status_of(ticket) == seed.READY
        assert stage.notes_on(ticket) == []
        await stage.run(hours=20)
        (note,) = stage.notes_on(ticket)
        assert "venter på kvittering" in note
        await stage.run(hours=60)
        assert stage.status_of(ticket) == "Løst"
        assert stage.states_of(ticket) == {"failed": 1, "delivered": 1}
        assert len(stage.notes_on(ticket)) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize(
    ("request_", "skip"),
    [
        (r"POST /api/messages/out$", 0),
        (r"PUT /api/messages/out/", 0),
        (r"PUT /api/messages/out/", 1),
        (r"PUT /api/messages/out/", 2),
        (r"POST /api/messages/out/[0-9a-f-]+$", 0),
        (r"GET /api/conversations/", 0),
    ],
)
async def test_a_connection_that_drops_sends_no_message_twice_and_loses_none(request_, skip, drop):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        ticket = a_circular(stage, organisation(stage, DPO))
        stage.exchange.faults.add(Fault(match=request_, drop=drop, skip=skip))
        await stage.run()
        assert handed_over(stage) == {DPO: 1}
        assert stage.exchange.double_sends == 0
        assert len(stage.exchange.delivered_to(DPO)) == 1
        assert stage.states_of(ticket) == {"delivered": 1}


async def test_an_integration_point_that_refuses_us_fails_nobody():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        ticket = a_circular(stage, organisation(stage, DPO, email="post@dpo.example"))
        stage.exchange.faults.add(Fault(match="/api/", status=401, times=6))
        await stage.run()
        assert stage.states_of(ticket) == {"delivered": 1}
        assert stage.received() == {}


async def test_an_eformidling_ticket_where_it_is_not_set_up_is_told_so():
    async with a_stage() as stage:
        ticket = a_circular(stage, organisation(stage, DPO, email="post@dpo.example"))
        await stage.run(hours=1)
        (note,) = stage.notes_on(ticket)
        assert "sette opp eFormidling" in note
        assert stage.received() == {}


async def test_with_a_ticket_of_its_own_the_organisation_is_reached_by_eformidling_and_never_mailed():
    async with a_stage(WITH_EXCHANGE="1", MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        store = stage.pureservice.store
        ticket = a_circular(
            stage,
            organisation(stage, DPO, email="post@dpo.example"),
            seed.add_user(store, "Kari", "Nordmann", email="kari@eksempel.example"),
            status="Klar til splitt",
        )
        await stage.run()
        cases = [row for row in store.tickets.values() if str(row.get("customerReference") or "").startswith("utsend")]
        users = {str(row["emailAddress"]) for row in cases}
        assert users == {f"{DPO}@eformidling.pureservice.local", "kari@eksempel.example"}
        assert stage.received() == {"kari@eksempel.example": 1}
        assert handed_over(stage) == {DPO: 1}
        assert all(len(stage.notes_on(case)) == 1 for case in cases)
        assert stage.status_of(ticket) == "Løst"


async def test_an_address_that_nothing_is_sent_to_keeps_nobody_from_it():
    """A disabled person and an organisation share an address; the person is skipped, so the organisation gets it."""
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        ticket = a_circular(
            stage,
            seed.add_user(store, "Kari", "Sluttet", email="post@felles.example", disabled=True),
            organisation(stage, UNKNOWN, email="post@felles.example"),
        )
        await stage.run()
        assert stage.received() == {"post@felles.example": 1}
        assert stage.status_of(ticket) == "Løst"


# --- answers


def an_answer(stage: Stage, local: str = DPO, *, age: timedelta = timedelta(hours=1)) -> tuple[Row, Row]:
    """A ticket of an end user whom only eFormidling reaches, with an agent's undelivered message and one file."""
    store = stage.pureservice.store
    user = seed.add_user(store, "Postmottak", "Kommunen", email=f"{local}@eformidling.pureservice.local")
    ticket = seed.add_ticket(store, "Spørsmål om plan", user, status=seed.OPEN)
    seed.add_attachment(store, ticket, "intern.pdf", b"%PDF-1.7 intern", "application/pdf")
    own = seed.add_attachment(store, ticket, "svar.pdf", b"%PDF-1.7 svar", "application/pdf")
    _, email = seed.add_message(store, ticket, "<p>Her er svaret.</p>", "Svar", attachments=[own])
    email["created"] = (stage.clock() - age).isoformat()
    return ticket, email


async def test_an_answer_goes_out_once_and_is_marked_sent_after_the_receipt():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        stage.exchange.behave(DPO, never_delivered=True)
        ticket, email = an_answer(stage)
        for _ in range(10):
            await stage.tick()
            await stage.drain(hours=5 / 60)
        assert handed_over(stage) == {DPO: 1}
        assert email["status"] == 5
        stage.exchange.behave(DPO, never_delivered=False)
        await stage.run()
        assert email["status"] == 4
        assert handed_over(stage) == {DPO: 1}
        (message,) = stage.exchange.delivered_to(DPO)
        assert [file.title for file in message.files][2:] == ["svar.pdf"]
        assert str(ticket["requestNumber"]) in message.title
        assert stage.status_of(ticket) == seed.OPEN
        assert stage.notes_on(ticket) == []


@pytest.mark.parametrize("local", ["910000021", "ola", "000000000"])
async def test_an_answer_to_no_organisation_is_never_sent_and_told_once(local):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, email = an_answer(stage, local)
        await stage.run(hours=3)
        await stage.run(hours=3)
        assert handed_over(stage) == {}
        (note,) = stage.notes_on(ticket)
        assert "ikke et gyldig organisasjonsnummer" in note
        assert email["status"] == 5


async def test_an_answer_that_fails_leaves_one_note_and_is_not_marked():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        stage.exchange.behave(DPO, fails=True)
        ticket, email = an_answer(stage)
        await stage.run(hours=30)
        (note,) = stage.notes_on(ticket)
        assert "ikke sendt gjennom eFormidling" in note
        assert email["status"] == 5
        assert stage.status_of(ticket) == seed.OPEN


async def test_old_answers_are_left_alone():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        an_answer(stage, age=timedelta(days=8))
        await stage.run(hours=3)
        assert handed_over(stage) == {}


# --- falling back, when something happens in the middle


async def test_batches_that_fall_back_at_once_lose_nobody_and_write_to_nobody_twice():
    async with a_stage(WITH_EXCHANGE="1", DISPATCH_BATCH_SIZE="1") as stage:
        assert stage.exchange is not None
        numbers = [DPO, DPF, DPV]
        for number in numbers:
            stage.exchange.behave(number, fails=True)
        ticket = a_circular(stage, *(organisation(stage, n, email=f"post@{n}.example") for n in numbers))
        await stage.tick()
        while messages := [message for _ in numbers if (message := stage.queues.take())]:
            await asyncio.gather(*(stage.handle(message) for message in messages))
            stage.clock.now += timedelta(seconds=16)
        await stage.run()
        assert stage.received() == {f"post@{n}.example": 1 for n in numbers}
        counted = [row for row in stage.rows_of(ticket) if not row.superseded]
        assert [str(row.state) for row in counted] == ["delivered"] * 3


async def test_a_worker_that_dies_right_after_the_fallback_was_planned_plans_no_second_one():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        stage.exchange.behave(DPO, fails=True)
        ticket = a_circular(stage, organisation(stage, DPO, email="post@dpo.example"), organisation(stage, DPV))
        plan, died = stage.ledger.write_batch, 0

        async def dying(*given, instead_of=None):
            nonlocal died
            written = await plan(*given, instead_of=instead_of)
            if instead_of is not None and not died:
                died += 1
                raise RuntimeError("the process is gone")
            return written

        stage.ledger.write_batch = dying
        for _ in range(60):
            await stage.tick()
            try:
                await stage.drain(hours=5 / 60)
            except RuntimeError:
                stage.clock.now += timedelta(minutes=3)  # the lease ends, and the sweep releases the batch again
            stage.clock.now += timedelta(minutes=5)
            if stage.status_of(ticket) == "Løst":
                break
        assert died == 1
        assert stage.received() == {"post@dpo.example": 1}
        assert stage.status_of(ticket) == "Løst"
        assert len(stage.solutions_on(ticket)) == 1


async def test_a_trial_set_after_the_plan_holds_eformidling_back():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        a_circular(stage, organisation(stage, DPO))
        await stage.tick()
        trial = stage.services.settings.model_copy(update={"mail_redirect_to": "prove@etat.example"})
        stage.services = replace(stage.services, settings=trial)

        await stage.run(hours=2)

        assert handed_over(stage) == {}
