"""A setting changed while letters are in doubt: each is looked for where it was sent from, and nobody gets a second."""

import io

import pypdf
import pytest

from dispatch.core import Reason, SendBatch
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

SEND, SEND_DRAFT = r"POST .*/sendMail", r"POST .*/messages/.*/send"
TRIAL = "prove@etat.example"
ONE = {"MAIL_MAILER": "microsoft-graph"}
KARI = "kari0@eksempel.example"
REPLY = {"MAIL_REPLYTO_ADDRESS": "post@dibk.example"}


async def in_doubt(stage: Stage, fault: Fault) -> Row:
    """A ticket whose letter left, or did not, and no answer came."""
    stage.graph.faults.add(fault)
    row = stage.seed(members=1)
    await stage.tick()
    await stage.drain()
    assert [str(found.state) for found in stage.rows_of(row)] == ["in_doubt"]
    return row


@pytest.mark.parametrize("mode", ["sent-items", "draft"])
@pytest.mark.parametrize("resend", ["hold", "resend"])
async def test_another_mailbox_is_not_taken_for_the_one_that_the_letter_left_from(mode, resend):
    async with a_stage(**ONE, MAIL_RECONCILE=mode, DISPATCH_IN_DOUBT=resend) as stage:
        ticket = await in_doubt(stage, Fault(match=SEND_DRAFT if mode == "draft" else SEND, drop="after"))
        stage.change(MAIL_FROM_ADDRESS="ny@etat.example")
        await stage.run()

        assert stage.received() == {KARI: 1}
        assert stage.states_of(ticket) == {"delivered": 1}


async def test_a_draft_that_never_left_is_sent_from_the_mailbox_where_it_lies():
    async with a_stage(**ONE, MAIL_RECONCILE="draft") as stage:
        ticket = await in_doubt(stage, Fault(match=SEND_DRAFT, drop="before"))
        stage.change(MAIL_FROM_ADDRESS="ny@etat.example")
        await stage.run()

        assert [mail.mailbox for mail in stage.graph.received] == ["utsending@etat.example"]
        assert stage.states_of(ticket) == {"delivered": 1}


@pytest.mark.parametrize("resend", ["hold", "resend"])
async def test_a_mailbox_that_may_not_be_asked_any_more_leaves_the_doubt_to_a_person(resend):
    async with a_stage(**ONE, DISPATCH_IN_DOUBT=resend) as stage:
        ticket = await in_doubt(stage, Fault(match=SEND, drop="after"))
        stage.change(MAIL_FROM_ADDRESS="ny@etat.example")
        stage.graph.faults.add(Fault(match=r"GET .*utsending.*/messages", status=403, body="{}", times=None))
        await stage.run()

        assert stage.received() == {KARI: 1}
        (row,) = stage.rows_of(ticket)
        assert (row.state, row.reason) == ("uncertain", Reason.NOTHING_CAN_TELL)


@pytest.mark.parametrize(("before", "after"), [("off", "sent-items"), ("off", "draft"), ("sent-items", "off")])
async def test_what_was_not_saved_is_not_taken_for_not_sent(before, after):
    async with a_stage(**ONE, MAIL_RECONCILE=before, DISPATCH_RECONCILE_LOOKS="5,10,15") as stage:
        stage.graph.faults.add(Fault(match=SEND, drop="after"))
        ticket = stage.seed(members=1)
        await stage.tick()
        message = stage.queues.take()
        await stage.dies_in_flight(message, records=1)
        stage.change(MAIL_RECONCILE=after)
        stage.clock.move(3600)
        await stage.run()

        assert stage.received() == {KARI: 1}
        assert stage.states_of(ticket) == {"uncertain": 1}


async def test_another_integration_point_that_knows_nothing_proves_nothing():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        ticket = await handed_over_in_doubt(stage)
        stage.exchange.messages.clear()  # the new one knows nothing of it
        stage.change(EF_IP_URL=stage.exchange.url.replace("127.0.0.1", "localhost"))
        await stage.run()

        assert not stage.exchange.messages
        assert stage.states_of(ticket) == {"uncertain": 1}


def a_circular(stage: Stage) -> Row:
    """A ticket to one organisation through eFormidling."""
    store = stage.pureservice.store
    member = seed.add_company(store, "Kommunen", email="post@kommunen.example", organization_number="910000020")
    ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
    seed.relate_list_to_ticket(store, seed.add_list(store, "Kommuner", members=[member]), ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
    return ticket


async def handed_over_in_doubt(stage: Stage) -> Row:
    assert stage.exchange is not None
    ticket = a_circular(stage)
    await stage.tick()
    message = stage.queues.take()
    assert isinstance(message, SendBatch)
    await stage.dies_in_flight(message, records=2)
    assert sum(message.sent for message in stage.exchange.messages.values()) == 1
    stage.clock.move(3600)
    return ticket


@pytest.mark.parametrize(("before", "after"), [("mail", "pureservice"), ("pureservice", "mail")])
@pytest.mark.parametrize("drop", ["after", "before"])
async def test_a_doubt_on_an_own_ticket_is_settled_by_whoever_sent(before, after, drop):
    match = SEND if before == "mail" else r"POST .*/communication.*"
    async with a_stage(**ONE, **REPLY, PURESERVICE_121_SEND_VIA=before) as stage:
        simulator = stage.graph if before == "mail" else stage.pureservice
        ticket = stage.seed(members=1, status="Klar til splitt")
        await stage.tick()
        simulator.faults.add(Fault(match=match, drop=drop))
        await stage.drain()
        assert [str(found.state) for found in stage.rows_of(ticket)] == ["in_doubt"]
        stage.change(PURESERVICE_121_SEND_VIA=after)
        await stage.run()

        sent = [row for row in stage.pureservice.store.emails.values() if row.get("to") == KARI]
        assert stage.received()[KARI] + len(sent) == 1, "by one of them, and once"
        assert stage.states_of(ticket) == {"delivered": 1}


async def test_no_draft_to_a_recipient_leaves_after_the_redirect_is_set():
    async with a_stage(**ONE, MAIL_RECONCILE="draft") as stage:
        ticket = await in_doubt(stage, Fault(match=SEND_DRAFT, drop="before"))
        stage.change(MAIL_REDIRECT_TO=TRIAL)
        await stage.run()

        assert stage.received() == {}
        assert stage.states_of(ticket) == {"uncertain": 1}


async def test_a_trial_is_not_taken_for_the_letter_itself():
    async with a_stage(**ONE, MAIL_REDIRECT_TO=TRIAL) as stage:
        stage.graph.switches.lookup_lag_ms = 10_000_000
        ticket = await in_doubt(stage, Fault(match=SEND, drop="after"))
        stage.change(MAIL_REDIRECT_TO="")
        stage.graph.faults.add(Fault(match=SEND, drop="before"))
        await stage.run()

        assert stage.received()[KARI] == 1
        assert stage.states_of(ticket) == {"delivered": 1}


async def test_what_pureservice_would_send_past_the_redirect_goes_by_our_own_way():
    async with a_stage(**ONE, **REPLY, PURESERVICE_121_SEND_VIA="pureservice", MAIL_REDIRECT_TO=TRIAL) as stage:
        ticket = stage.seed(members=2, status="Klar til splitt")
        await stage.run()

        assert stage.received() == {TRIAL: 2}
        assert stage.states_of(ticket) == {"delivered": 2}


@pytest.mark.parametrize("first", [TRIAL, ""])
async def test_the_report_tells_where_each_letter_went_and_not_what_is_set_now(first):
    async with a_stage(**ONE, DISPATCH_BATCH_SIZE="1", MAIL_REDIRECT_TO=first) as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        await stage.plans()
        await stage.tick()
        message = stage.queues.take()
        assert message is not None
        await stage.handle(message)
        assert sum(stage.received().values()) == 1
        stage.change(MAIL_REDIRECT_TO="" if first else TRIAL)
        await stage.run()

        tried = 1 if first else 2
        assert stage.received()[TRIAL] == tried
        report = stage.solutions_on(ticket)[0].replace("\u00a0", " ")
        assert "Delvis prøveutsendelse" in report
        assert f"for <strong>{3 - tried} av 3 mottakere</strong>" in report
        assert report.count(f"Sendt til {TRIAL} i stedet") == tried
        (table,) = [content for name, content in stage.content.blobs.items() if name.endswith(".csv")]
        assert table.decode("utf-8-sig").count(f";utsending@etat.example;{TRIAL};\r\n") == tried
        assert table.decode("utf-8-sig").count(";utsending@etat.example;;\r\n") == 3 - tried


@pytest.mark.parametrize(("then", "later"), [(TRIAL, ""), ("", TRIAL)])
async def test_a_setting_of_after_the_letters_does_not_change_what_is_told_of_them(then, later):
    async with a_stage(**ONE, MAIL_REDIRECT_TO=then) as stage:
        ticket = stage.seed(members=2)
        await stage.tick()
        for _ in range(2):
            message = stage.queues.take()
            assert message is not None
            await stage.handle(message)
            await stage.tick()
        stage.change(MAIL_REDIRECT_TO=later)
        await stage.run()

        assert ("Prøveutsendelse" in stage.solutions_on(ticket)[0]) == bool(then)


async def test_a_receipt_that_nobody_can_ask_for_any_more_is_not_waited_for_for_ever():
    async with a_stage(WITH_EXCHANGE="1", EF_TTL_HOURS="24", DISPATCH_GIVE_UP_HOURS="2") as stage:
        assert stage.exchange is not None
        stage.exchange.behave("910000020", never_delivered=True)
        ticket = a_circular(stage)
        await stage.tick()
        await stage.drain()
        assert [str(row.state) for row in stage.rows_of(ticket)] == ["under_way"]
        stage.change(EF_IP_URL="")
        await stage.run(hours=12)
        assert [str(row.state) for row in stage.rows_of(ticket)] == ["under_way"], "it may yet be set again"
        stage.clock.move(24 * 3600)
        await stage.run(hours=24)

        assert stage.states_of(ticket) == {"uncertain": 1}
        assert stage.status_of(ticket) == "Løst"
        assert stage.received() == {}


@pytest.mark.parametrize("outcome", ["delivered", "uncertain"])
@pytest.mark.parametrize("before", [1, 2])
async def test_the_copy_for_the_archive_names_the_mailboxes_that_the_letters_left_from(outcome, before):
    settled = {"MAIL_RECONCILE": "off"} if outcome == "uncertain" else {}
    async with a_stage(**ONE, **settled, DISPATCH_BATCH_SIZE="1") as stage:
        if outcome == "uncertain":
            stage.graph.faults.add(Fault(match=SEND, drop="after", times=None))
        ticket = stage.seed(members=2)
        await stage.tick()
        for _ in range(before):
            await stage.handle(stage.queues.take())
        stage.change(MAIL_FROM_ADDRESS="ny@etat.example")
        await stage.run()

        left_from = {mail.mailbox for mail in stage.graph.received}
        assert len(left_from) == 3 - before
        assert stage.states_of(ticket) == {outcome: 2}
        (kept,) = [content for name, content in stage.content.blobs.items() if name.endswith(".pdf")]
        words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(kept)).pages)
        assert {one for one in ("utsending@etat.example", "ny@etat.example") if one in words} == left_from
