"""Answers through eFormidling: what the organisation gets, and what the ticket says where it gets nothing."""

import contextlib
import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from dispatch import tick
from dispatch.answering import exchange_replies
from dispatch.answering.find_answers import receivers
from dispatch.core import Dispatch, DispatchState, PlanDispatch, Rejected
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import ProcessDiesError, Stage, a_stage

KOMMUNE = "910000020"
DOMAIN = "eformidling.pureservice.local"


def an_answer(stage: Stage, html: str, files: list[tuple[str, bytes]], *, to: str = "") -> tuple[Row, Row]:
    """A ticket of the organisation, with an agent's message that Pureservice could not deliver."""
    store = stage.pureservice.store
    user = seed.add_user(store, "Postmottak", "Kommunen", email=f"{KOMMUNE}@{DOMAIN}")
    ticket = seed.add_ticket(store, "Spørsmål om plan", user, status=seed.OPEN)
    attached = [seed.add_attachment(store, ticket, name, content, "application/pdf") for name, content in files]
    _, email = seed.add_message(store, ticket, html, "Svar", attachments=attached)
    email["created"] = (stage.clock() - timedelta(hours=1)).isoformat()
    if to:
        email["to"] = to
    return ticket, email


def text_of_pdf(message: Any) -> str:
    (content,) = [file.content for file in message.files if file.content.startswith(b"%PDF")]
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def received(stage: Stage) -> list[Any]:
    assert stage.exchange is not None
    return stage.exchange.delivered_to(KOMMUNE)


@pytest.mark.parametrize("html", ["", "<p> </p>", "<p>&nbsp;</p><style>p {color: red}</style>", "<div><br></div>"])
async def test_an_answer_that_is_only_a_file_is_sent(html):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, email = an_answer(stage, html, [("svar.pdf", b"%PDF-1.7 svar")])
        await stage.run()

        (message,) = received(stage)
        assert [file.title for file in message.files][2:] == ["svar.pdf"]
        assert email["status"] == 4
        assert stage.notes_on(ticket) == []


@pytest.mark.parametrize("legacy", [False, True], ids=["ticketId", "requestId"])
async def test_an_answer_without_text_and_files_is_told_once(legacy):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        stage.pureservice.switches.legacy_request_id = legacy
        ticket, _ = an_answer(stage, "<p> </p>", [])
        await stage.run(hours=2)
        await stage.run(hours=2)

        (note,) = stage.notes_on(ticket)
        assert "tom" in note
        assert received(stage) == []


@pytest.mark.parametrize(
    ("footer", "shown"),
    [
        ("Til {{navn}} ({{ Orgnr }}), {{saksnummer}}", "Til Postmottak Kommunen (910000020), 10234"),
        ("Hei {{fornavn|alle sammen}} {{RequestNumber}}", "Hei alle sammen 10234"),
        (r"\{{navn}} <b>{{navn}}</b>", "{{navn}} <b>Postmottak Kommunen</b>"),
    ],
)
async def test_a_field_of_the_footer_is_filled_and_one_of_the_agents_words_stays(footer, shown):
    async with a_stage(WITH_EXCHANGE="1", MAIL_FOOTER=footer) as stage:
        _, email = an_answer(stage, "", [])
        email["html"] = "<p>Skriv {{frist}} der.</p>"
        await stage.run(hours=2)

        (message,) = received(stage)
        read = text_of_pdf(message)
        assert shown in read
        assert "Skriv {{frist}} der." in read


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("footer", "told"),
    [
        ("Frist: {{frist}}", "Flettefeltet {{frist}} finnes ikke."),
        ("{{epost}}", "Flettefeltet {{epost}} har ingen verdi for den som svaret går til."),
        ("{{navn", "«{{navn» ligner et flettefelt, men er ikke helt."),
    ],
)
async def test_a_field_of_the_footer_that_can_not_be_filled_is_told_where_it_would_be_shown(footer, told, whole):
    async with a_stage(WITH_EXCHANGE="1", MAIL_FOOTER=footer) as stage:
        ticket, email = an_answer(stage, "<p>Svar</p>", [])
        if not whole:
            email["html"] = "<p>Svar</p>"
        await stage.run(hours=2)

        if whole:
            (message,) = received(stage)
            assert footer not in text_of_pdf(message)
        else:
            assert not received(stage)
            (note,) = stage.notes_on(ticket)
            assert told in note
            assert "MAIL_FOOTER" in note


async def test_an_answer_whose_file_is_gone_is_told_once_and_not_sent_without_it():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, _ = an_answer(stage, "<p>Se vedlegg</p>", [("svar.pdf", b"%PDF-1.7 svar")])
        stage.pureservice.faults.add(
            Fault(match=r"GET .*/attachment/?\?", status=200, body='{"attachments": []}', times=None)
        )
        await stage.run(hours=2)
        await stage.run(hours=2)

        (note,) = stage.notes_on(ticket)
        assert "finnes ikke lenger i saken" in note
        assert received(stage) == []


async def test_an_answer_that_pureservice_refuses_to_show_is_told_once():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, _ = an_answer(stage, "<p>Se vedlegg</p>", [("svar.pdf", b"%PDF-1.7 svar")])
        stage.pureservice.faults.add(Fault(match="GET .*/attachment/download", status=404, times=None))
        await stage.run(hours=2)
        await stage.run(hours=2)

        assert len(stage.notes_on(ticket)) == 1
        assert received(stage) == []


@pytest.mark.parametrize(
    "to",
    [
        "Kommunen <{0}@{1}>",
        '"Kommunen, avd. plan; nord" <{0}@{1}>',
        "Kommunen, avd. plan <{0}@{1}>",
        "{0}@{1} <{0}@{1}>",
        "'{0}@{1}'",
        "SMTP:{0}@{1}",
        "{0}@{1};",
        "{0} @{1}",
    ],
)
async def test_a_receiver_is_known_in_every_form_that_people_and_programs_write(to):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, email = an_answer(stage, "<p>Svar</p>", [], to=to.format(KOMMUNE, DOMAIN))
        await stage.run()

        assert len(received(stage)) == 1, stage.notes_on(ticket)
        assert email["status"] == 4


def test_other_receivers_are_not_taken_for_ours():
    assert receivers(f"a@x.no, {KOMMUNE}@{DOMAIN}; 910000038@{DOMAIN.upper()}", DOMAIN) == [KOMMUNE, "910000038"]
    assert receivers(f"{KOMMUNE}@{DOMAIN}.no, {KOMMUNE}@sub.{DOMAIN}, {KOMMUNE} {DOMAIN}", DOMAIN) == []


async def test_two_answers_with_the_same_words_each_carry_their_own_document():
    """The document lists its files and its date, so it is another where they are."""
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, _ = an_answer(stage, "<p>Se vedlegg</p>", [("vedtak.pdf", b"%PDF-1.7 vedtak")])
        await stage.run()
        store = stage.pureservice.store
        second = seed.add_attachment(store, ticket, "kart.pdf", b"%PDF-1.7 kart", "application/pdf")
        _, email = seed.add_message(store, ticket, "<p>Se vedlegg</p>", "Svar", attachments=[second])
        email["created"] = stage.clock().isoformat()
        stage.clock.now += timedelta(days=2)
        await stage.run()

        documents = [message.files[1].content for message in received(stage)]
        assert len(documents) == 2
        assert documents[0] != documents[1]


SPOILED = {
    "without created": {"created": None},
    "created is no date": {"created": "i går"},
    "to is a list": {"to": ["x"]},
    "a ticket that is none": {"ticketId": "abc"},
    "direction": {"direction": []},
}


@pytest.mark.parametrize("spoiled", SPOILED.values(), ids=SPOILED)
async def test_one_row_that_can_not_be_read_stops_no_other_answer(stage_with_exchange, spoiled):
    stage = stage_with_exchange
    an_answer(stage, "<p>Første</p>", [])[1].update(spoiled)
    _, email = an_answer(stage, "<p>Andre</p>", [])

    await stage.run()

    assert len(received(stage)) == 1
    assert email["status"] == 4


@pytest.mark.parametrize("spoiled", [{"subject": []}, {"html": {"x": 1}}])
async def test_an_answer_of_which_a_part_can_not_be_read_is_told_with_its_id(stage_with_exchange, spoiled):
    stage = stage_with_exchange
    ticket, email = an_answer(stage, "<p>Første</p>", [])
    email.update(spoiled)

    await stage.run(hours=2)
    await stage.run(hours=2)

    (note,) = stage.notes_on(ticket)
    assert f"e-posten med id {email['id']}" in note
    assert received(stage) == []


@pytest.fixture
async def stage_with_exchange():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        yield stage


async def test_a_reply_that_is_sent_again_while_it_is_retired_stays_in_the_index(monkeypatch):
    """A person presses between the row's last write and the removal of its line."""
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        stage.exchange.behave(KOMMUNE, fails=True)
        _, email = an_answer(stage, "<p>Svar</p>", [])
        retire = stage.ledger.retire
        pressed: list[int] = []

        async def slow(dispatch: Dispatch) -> None:
            if dispatch.state is DispatchState.RESOLVED and not pressed:
                stage.exchange.behave(KOMMUNE, fails=False)
                pressed.append(await actions.retry_failed(dispatch.key, stage.services, who="test"))
            await retire(dispatch)

        monkeypatch.setattr(stage.ledger, "retire", slow)
        await stage.run(hours=30)

        assert pressed == [1]
        assert len(received(stage)) == 1
        assert email["status"] == 4


async def test_one_answer_that_kills_its_process_keeps_nobody_waiting_and_is_told(monkeypatch):
    """It was composed in the timer: nothing after it was planned, at any tick."""
    async with a_stage(WITH_EXCHANGE="1") as stage:
        deadly, _ = an_answer(stage, "<p>Dette dreper prosessen</p>", [])
        other, email = an_answer(stage, "<p>Svar</p>", [])
        compose = exchange_replies.compose_reply

        async def dies(ticket: Any, *given: Any, **named: Any) -> Any:
            if ticket.id == deadly["id"]:
                raise ProcessDiesError
            return await compose(ticket, *given, **named)

        monkeypatch.setattr(exchange_replies, "compose_reply", dies)
        for _ in range(8):
            await tick.run(stage.services)
            while (message := stage.queues.take()) is not None:
                with contextlib.suppress(ProcessDiesError):
                    await stage.handle(message)
            stage.clock.move(3600)

        assert email["status"] == 4
        assert len(received(stage)) == 1
        (note,) = stage.notes_on(deadly)
        assert "avbrutt av en teknisk feil" in note
        assert stage.notes_on(other) == []


async def test_a_poisoned_answer_is_told_once(monkeypatch):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, _ = an_answer(stage, "<p>Svar</p>", [])

        async def fails(*_: Any, **named: Any) -> Any:
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(exchange_replies, "compose_reply", fails)
        await tick.run(stage.services)
        message = stage.queues.take(PlanDispatch)
        assert isinstance(message, PlanDispatch)
        for _ in range(5):
            with pytest.raises(RuntimeError):
                await stage.handle(message)
        for _ in range(2):
            await stage.poison(message)

        assert len(stage.notes_on(ticket)) == 1


@pytest.mark.parametrize("moved_at", ["sent", "planned", "asked"])
async def test_an_answer_whose_ticket_is_merged_into_another_is_sent_once(moved_at):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, email = an_answer(stage, "<p>Svar</p>", [])
        other = seed.add_ticket(stage.pureservice.store, "Den andre", status=seed.OPEN)
        if moved_at == "asked":
            await tick.run(stage.services)
        elif moved_at == "planned":
            await stage.tick()
        else:
            stage.pureservice.faults.add(Fault(match="PATCH .*/email/", status=400, times=None))
            await stage.run()
            assert email["status"] == 5
        stage.pureservice.store.update("email", email, {"ticketId": other["id"]})
        await stage.run(hours=3)

        assert len(received(stage)) == 1
        told = stage.notes_on(ticket) + stage.notes_on(other)
        assert ["Ikke send den på nytt" in note for note in told] == [True] * (moved_at == "sent")


@pytest.mark.parametrize(
    "to", ["{0}@{1}; kari@etat.example", "kari@etat.example, {0}@{1}", "{0}@{1};Kari <kari@etat.example>"]
)
async def test_an_answer_to_others_as_well_is_not_marked_as_sent_and_says_whom_it_did_not_reach(to):
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, email = an_answer(stage, "<p>Svar</p>", [], to=to.format(KOMMUNE, DOMAIN))
        await stage.run(hours=30)
        await stage.run(hours=2)

        assert len(received(stage)) == 1
        assert email["status"] == 5
        (note,) = stage.notes_on(ticket)
        assert "men ikke til alle" in note
        assert "kari@etat.example" in note
        assert KOMMUNE in note


async def test_an_answer_to_several_organisations_is_refused_for_what_it_is():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, _ = an_answer(stage, "<p>Svar</p>", [], to=f"{KOMMUNE}@{DOMAIN}; 910000038@{DOMAIN}")
        await stage.run(hours=2)

        (note,) = stage.notes_on(ticket)
        assert "flere mottakere i eFormidling" in note
        assert "gyldig organisasjonsnummer" not in note
        assert received(stage) == []


async def test_a_press_on_an_answer_that_is_held_does_what_it_says():
    async with a_stage(WITH_EXCHANGE="1", DISPATCH_GIVE_UP_HOURS="1", EF_FALLBACK="none") as stage:
        assert stage.exchange is not None
        an_answer(stage, "<p>Svar</p>", [])
        stage.exchange.behave(KOMMUNE, fails=True)
        await stage.run(hours=30)
        (key,) = stage.ledger.heads
        await actions.retry_failed(key, stage.services, who="test")
        stage.change(MAIL_REDIRECT_TO="prove@etat.example")  # nothing is taken, and the round is held
        await stage.run(hours=20)
        assert stage.ledger.heads[key].state is DispatchState.STOPPED
        stage.change(MAIL_REDIRECT_TO="")
        stage.exchange.behave(KOMMUNE, fails=False)

        with pytest.raises(Rejected):
            await actions.retry_failed(key, stage.services, who="test")
        await actions.resume(key, stage.services, who="test")
        await stage.run(hours=20)
        assert len(received(stage)) == 1


async def test_a_delivered_answer_that_can_not_be_marked_is_told_as_delivered():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        stage.pureservice.switches.email_patch = "refused"
        ticket, email = an_answer(stage, "<p>Svar</p>", [])
        await stage.run(hours=4)
        await stage.run(hours=2)

        assert len(received(stage)) == 1
        assert email["status"] == 5
        (note,) = stage.notes_on(ticket)
        assert "Ikke send den på nytt" in note


async def test_an_answer_that_was_begun_is_sent_however_long_its_planning_waited():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        _, email = an_answer(stage, "<p>Svar</p>", [])
        stage.pureservice.faults.add(
            Fault(match=r"GET .*/attachment/?\?", status=403, times=None, body='{"message": "no"}')
        )
        for _ in range(40):
            await stage.tick()
            await stage.drain()
            stage.clock.move(6 * 3600)
        stage.pureservice.faults.clear()
        await stage.run()

        assert len(received(stage)) == 1
        assert email["status"] == 4


async def test_an_answer_that_waits_while_answers_are_off_writes_to_nobody():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        an_answer(stage, "<p>Svar</p>", [])
        await tick.run(stage.services)
        stage.change(MAIL_REDIRECT_TO="prove@etat.example")
        await stage.run(hours=2)
        assert received(stage) == []
        assert not stage.received()

        stage.change(MAIL_REDIRECT_TO="")
        await stage.run()
        assert len(received(stage)) == 1


async def test_an_answer_that_is_settled_otherwise_before_it_is_planned_ends_with_words():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        ticket, email = an_answer(stage, "<p>Svar</p>", [])
        await tick.run(stage.services)
        email["status"] = 4
        await stage.run(hours=10)

        (note,) = stage.notes_on(ticket)
        assert "står ikke lenger som «ikke levert»" in note
        assert received(stage) == []
        (head,) = stage.ledger.heads.values()
        assert head.state is DispatchState.REJECTED
