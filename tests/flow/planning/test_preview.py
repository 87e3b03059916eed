"""What would happen, before it happens: as the plan would have it, and without a trace anywhere."""

import asyncio
import copy
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest

from dispatch import tick as timer
from dispatch.core import BadConfiguration, Channel, Part, PlanDispatch, Reason, Rejected
from dispatch.planning import as_page, preview_note, preview_numbered
from dispatch.planning.preview_counts import MOST_NAMED
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.builders import NOON, a_letter, some_settings
from tests.stage import Stage, a_stage

ASKS = "Forhåndsvis utsendelse"
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


def a_mixed_case(stage: Stage, **ticket: Any):
    """Three whom it reaches, four whom it does not, and one who is on the list twice."""
    store = stage.pureservice.store
    good = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(3)]
    double = seed.add_user(store, "Kari", "Igjen", email="KARI0@eksempel.example")
    bad = [
        seed.add_user(store, "Uten", "Adresse"),
        seed.add_user(store, "Feil", "Adresse", email="feil(at)x.example"),
        seed.add_user(store, "Sluttet", "Ansatt", email="sluttet@x.example", disabled=True),
        seed.add_user(store, "Intern", "Bruker", email="intern@kunde.pureservice.local"),
    ]
    row = seed.add_ticket(store, "Høring om endring", **ticket)
    seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=[*good, double, *bad]), row)
    seed.add_dispatch_text(store, row, "<p>Hei, dette er en høring.</p>")
    return row


def traces(stage: Stage) -> tuple[Any, ...]:
    """Everything that a dispatch writes anywhere."""
    ledger = stage.ledger
    return copy.deepcopy(
        (
            ledger.heads,
            ledger.batch_rows,
            ledger.rows,
            ledger.senders,
            ledger.live,
            ledger.done,
            stage.content.blobs,
            stage.queues.messages,
            len(stage.pureservice.history),
            len(stage.graph.requests),
            len(stage.smtp.received),
        )
    )


async def test_it_tells_whom_it_reaches_and_whom_not_and_why(stage):
    ticket = a_mixed_case(stage, status="Under arbeid")

    found = await preview_numbered(ticket["requestNumber"], stage.services)

    assert (found.to_send, found.recipients, found.skipped, found.duplicates) == (3, 7, 4, 1)
    assert found.by_channel == {Channel.EMAIL: 3}
    assert found.reasons == {
        Reason.NO_ADDRESS: 1,
        Reason.INVALID_ADDRESS: 1,
        Reason.DISABLED: 1,
        Reason.LOCAL_ADDRESS: 1,
    }
    assert [row.name for row in found.left_out] == ["Uten Adresse", "Feil Adresse", "Sluttet Ansatt", "Intern Bruker"]
    assert found.lists == ("Listen",)
    assert found.problems == ()
    assert found.letter.subject == f"Høring om endring [Sak ID# {ticket['requestNumber']}]"
    assert "Hei, dette er en høring." in as_page(found.letter)


async def test_nothing_is_written_anywhere(stage):
    ticket = a_mixed_case(stage)
    before = traces(stage)

    await preview_numbered(ticket["requestNumber"], stage.services, recipient="kari1@eksempel.example")

    assert traces(stage) == before


async def test_what_is_dispatched_afterwards_is_what_the_preview_said(stage):
    ticket = a_mixed_case(stage)
    found = await preview_numbered(ticket["requestNumber"], stage.services)

    await stage.run()

    dispatch = stage.dispatch_of(ticket)
    assert (dispatch.plan.recipients, dispatch.plan.skipped, dispatch.plan.duplicates) == (7, 4, 1)
    assert sum(stage.received().values()) == found.to_send
    assert {mail.subject for mail in stage.graph.received} == {found.letter.subject}
    assert {row.address for row in found.sample} == set(stage.received())


async def test_the_letter_is_shown_for_a_chosen_recipient(stage):
    ticket = a_mixed_case(stage)

    chosen = await preview_numbered(ticket["requestNumber"], stage.services, recipient=" Kari2@EKSEMPEL.example ")
    left_out = await preview_numbered(ticket["requestNumber"], stage.services, recipient="sluttet@x.example")
    unknown = await preview_numbered(ticket["requestNumber"], stage.services, recipient="ingen@x.example")
    first = await preview_numbered(ticket["requestNumber"], stage.services)

    assert chosen.chosen.name == "Kari Nr 2"
    assert left_out.chosen.reason is Reason.DISABLED
    assert unknown.chosen is None
    assert first.chosen.name == "Kari Nr 0"


async def test_pictures_stand_in_the_file_itself(stage):
    store = stage.pureservice.store
    ticket = a_mixed_case(stage)
    picture = seed.add_attachment(store, ticket, "kart.png", PIXEL, "image/png")
    row = next(row for row in store.communications.values() if row.get("ticketId") == ticket["id"])
    row["text"] = f'<p>Kart:</p><img src="/agent/api/attachment/download/{picture["id"]}/" width="40" alt="Kart">'

    html = as_page((await preview_numbered(ticket["requestNumber"], stage.services)).letter)

    assert "data:image/png;base64," in html
    assert "cid:" not in html


# --- how long


async def test_the_expected_end_follows_the_pace():
    async with a_stage(MAIL_RATE_PER_MINUTE="2", DISPATCH_BATCH_SIZE="2") as stage:
        ticket = stage.seed(members=6)

        found = await preview_numbered(ticket["requestNumber"], stage.services)

        assert found.done == NOON + timedelta(minutes=3)
        assert found.paced
        await stage.run()
        sent = [row.changed for row in stage.rows_of(ticket)]
        assert max(sent) <= found.done
        assert max(sent) >= found.done - timedelta(minutes=1)


async def test_the_expected_end_follows_the_days_quota_and_the_send_window():
    async with a_stage(MAIL_DAILY_LIMIT="4", DISPATCH_BATCH_SIZE="2", DISPATCH_SEND_WINDOW="mon-fri 08-16") as stage:
        ticket = stage.seed(members=10)

        found = await preview_numbered(ticket["requestNumber"], stage.services)
        await stage.run(hours=24 * 8)

        assert not found.paced
        assert found.done > NOON + timedelta(days=2)
        last = max(row.changed for row in stage.rows_of(ticket))
        assert abs(last - found.done) < timedelta(minutes=10)


async def test_a_dispatch_that_is_under_way_takes_its_turns():
    async with a_stage(MAIL_RATE_PER_MINUTE="2", DISPATCH_BATCH_SIZE="2", DISPATCH_RELEASE_AHEAD_SECONDS="60") as stage:
        small = stage.seed(members=20)
        alone = await preview_numbered(small["requestNumber"], stage.services)
        stage.set_status(small, "Under arbeid")
        stage.seed(members=20)
        await stage.tick()

        both = await preview_numbered(small["requestNumber"], stage.services)

        assert both.done - both.asked > (alone.done - alone.asked) * 1.5


# --- what is wrong


async def test_what_must_be_fixed_is_told_together_with_what_is_known(stage):
    owner = seed.add_user(stage.pureservice.store, "Vanlig", "Bruker", email="vanlig@eksempel.example")
    ticket = a_mixed_case(stage, user=owner)

    found = await preview_numbered(ticket["requestNumber"], stage.services)

    assert "sluttbruker" in found.problems[0]
    assert found.to_send == 3


@pytest.mark.parametrize("missing", ["message", "list", "members"])
async def test_a_case_that_is_not_ready_says_why(stage, missing):
    store = stage.pureservice.store
    ticket = seed.add_ticket(store, "Halvferdig", status="Under arbeid")
    if missing != "message":
        seed.add_dispatch_text(store, ticket, "<p>Hei</p>")
    if missing != "list":
        seed.relate_list_to_ticket(store, seed.add_list(store, "Tom"), ticket)

    found = await preview_numbered(ticket["requestNumber"], stage.services)

    word = {"message": "mangler meldingen", "list": "ikke koblet", "members": "tom"}[missing]
    assert word in found.problems[0]
    assert (found.to_send, found.done) == (0, None)


async def test_a_message_that_is_sent_or_under_way_is_told(stage):
    ticket = stage.seed(members=2)
    await stage.tick()
    under_way = await preview_numbered(ticket["requestNumber"], stage.services)
    await stage.run()

    sent = await preview_numbered(ticket["requestNumber"], stage.services)

    assert under_way.problems == ()
    assert "allerede i gang" in under_way.stands
    assert "sendt ut før" in sent.stands


async def test_an_unknown_number_is_refused_and_an_internal_id_is_none(stage):
    ticket = stage.seed(members=1)
    assert ticket["id"] != ticket["requestNumber"]

    for number in (999_999, ticket["id"]):
        with pytest.raises(Rejected, match="problem"):
            await preview_numbered(number, stage.services)


async def test_a_long_list_is_streamed(stage):
    ticket = stage.seed(members=3_000)
    tracemalloc.start()
    before = traces(stage)[-3:]

    found = await preview_numbered(ticket["requestNumber"], stage.services)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (found.to_send, len(found.sample), len(found.left_out)) == (3_000, MOST_NAMED, 0)
    assert traces(stage)[-3:] == before
    assert peak < 120 * 1024 * 1024, "the simulator's own pages are counted as well"


async def test_only_the_first_of_those_left_out_are_kept(stage):
    store = stage.pureservice.store
    people = [seed.add_user(store, "Uten", f"Adresse {n}") for n in range(MOST_NAMED + 5)]
    ticket = stage.seed(members=1)
    seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=people), ticket)

    found = await preview_numbered(ticket["requestNumber"], stage.services)

    assert (found.skipped, len(found.left_out)) == (MOST_NAMED + 5, MOST_NAMED)


# --- in the ticket


@pytest.fixture
async def asked():
    async with a_stage(PURESERVICE_DISPATCH_PREVIEW_STATUS=ASKS) as opened:
        opened.pureservice.store.add(
            "status", id=30, name=ASKS, userDisplayName=ASKS, index=30, coreStatus=20, requestTypeId=1, disabled=False
        )
        yield opened


async def test_the_status_makes_the_timer_write_one_note_and_put_the_ticket_back(asked: Stage):
    ticket = a_mixed_case(asked, status=ASKS)

    for _ in range(3):
        await asked.tick()

    (note,) = asked.notes_on(ticket)
    assert "3 av 7\N{NO-BREAK SPACE}mottakere" in note
    assert "Mangler e-postadresse" in note
    assert "feil(at)x.example" in note
    assert "1\N{NO-BREAK SPACE}dobbeltoppføring" in note
    assert asked.status_of(ticket) == "Under arbeid"
    assert asked.received() == {}
    assert asked.ledger.heads == {}


async def test_asked_again_it_is_answered_again(asked: Stage):
    ticket = a_mixed_case(asked, status=ASKS)
    await asked.tick()

    asked.set_status(ticket, ASKS)
    await asked.tick()

    assert len(asked.notes_on(ticket)) == 2
    assert asked.status_of(ticket) == "Under arbeid"


async def test_each_delivery_of_a_question_is_a_try_however_many_come_at_once(asked: Stage, monkeypatch):
    ticket = a_mixed_case(asked, status=ASKS)
    await timer.run(asked.services)
    message = asked.queues.take(PlanDispatch)
    assert message is not None
    read, made = asked.content.read, 0

    async def slow(name: str) -> Any:
        found = await read(name)
        await asyncio.sleep(0)
        return found

    async def fails(*_: Any, **__: Any) -> Any:
        nonlocal made
        made += 1
        raise RuntimeError

    monkeypatch.setattr(asked.content, "read", slow)
    monkeypatch.setattr(asked.content, "get", lambda name: _content_of(slow(name)))
    monkeypatch.setattr("dispatch.planning.preview_note.preview_of", fails)
    for _ in range(4):
        await asyncio.gather(*(asked.handle(message) for _ in range(2)), return_exceptions=True)

    assert made == 5
    (note,) = asked.notes_on(ticket)
    assert "5 ganger" in note


async def _content_of(reading: Any) -> Any:
    return (await reading).content


async def test_a_crash_between_note_and_status_leaves_one_note(asked: Stage, monkeypatch):
    ticket = a_mixed_case(asked, status=ASKS)

    async def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(asked.services.tickets, "set_status", die)
        with pytest.raises(KeyboardInterrupt):
            await asked.tick()
    assert len(asked.notes_on(ticket)) == 1
    assert asked.status_of(ticket) == ASKS

    asked.clock.move(asked.services.settings.dispatch_sweep_seconds + 1)
    await asked.tick()

    assert len(asked.notes_on(ticket)) == 1
    assert asked.status_of(ticket) == "Under arbeid"


async def test_a_crash_after_the_status_does_not_swallow_the_next_question(asked: Stage, monkeypatch):
    ticket = a_mixed_case(asked, status=ASKS)
    set_status = asked.services.tickets.set_status

    async def die_after(*arguments: Any) -> None:
        await set_status(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(asked.services.tickets, "set_status", die_after)
        with pytest.raises(KeyboardInterrupt):
            await asked.tick()
    await asked.tick()
    asked.set_status(ticket, ASKS)
    await asked.tick()

    assert len(asked.notes_on(ticket)) == 2


async def test_a_lost_answer_to_the_note_leaves_one_note(asked: Stage):
    ticket = a_mixed_case(asked, status=ASKS)
    asked.pureservice.faults.add(Fault(match=r"POST .*/communication", drop="after"))

    await asked.tick()
    asked.clock.move(61)
    await asked.plans()

    assert len(asked.notes_on(ticket)) == 1
    assert asked.status_of(ticket) == "Under arbeid"


async def test_markup_in_a_name_stays_text_in_the_note(asked: Stage):
    store = asked.pureservice.store
    ticket = seed.add_ticket(store, "Sak", status=ASKS)
    people = [
        seed.add_user(store, "<script>alert(1)</script>", "Hacker"),
        seed.add_user(store, "A", "B", email="a@b.no"),
    ]
    seed.relate_list_to_ticket(store, seed.add_list(store, "<b>L</b>", members=people), ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei</p>")

    await asked.tick()

    (note,) = asked.notes_on(ticket)
    assert "<script>" not in note
    assert "<b>L</b>" not in note


async def test_what_must_be_fixed_stands_in_the_note(asked: Stage):
    ticket = seed.add_ticket(asked.pureservice.store, "Uten noe", status=ASKS)

    await asked.tick()

    (note,) = asked.notes_on(ticket)
    assert "mangler meldingen" in note
    assert asked.status_of(ticket) == "Under arbeid"


async def test_what_recipients_can_not_see_or_reach_stands_in_the_note_and_stops_nothing(asked: Stage):
    ticket = a_mixed_case(asked, status=ASKS)
    (row,) = [row for row in asked.pureservice.store.communications.values() if row["ticketId"] == ticket["id"]]
    row["text"] = '<p><img src="blob:https://x/1" alt="Et <b>kart</b>"> <a href="om-oss.html">om oss</a></p>'
    seed.add_attachment(asked.pureservice.store, ticket, "winmail.dat", b"x", "application/ms-tnef")

    found = await preview_numbered(ticket["requestNumber"], asked.services)
    await asked.tick()

    (note,) = asked.notes_on(ticket)
    assert "Bildet «Et &lt;b&gt;kart&lt;/b&gt;» vises ikke for mottakerne." in note
    assert "Lenken «om oss» går til «om-oss.html»" in note
    assert "Vedlegget «winmail.dat» kan bare åpnes i Outlook." in note
    assert "Stemmer alt?" in note
    assert found.problems == ()
    assert found.letter is not None
    assert len(found.letter.problems) == 3


def test_the_letter_as_one_file_has_each_picture_where_it_is_shown():
    parts = (Part("a.png", "image/png", b"a", "bilde-1@x"), Part("b.gif", "image/gif", b"b", "bilde-12@x"))
    html = '<img src="cid:bilde-12@x"><img src="cid:bilde-1@x"><img src="cid:bilde-1@x">cid:annet'

    shown = as_page(a_letter(html=html, inline=parts))

    one, other = ("data:image/png;base64,YQ==", "data:image/gif;base64,Yg==")
    assert shown == f'<img src="{other}"><img src="{one}"><img src="{one}">cid:annet'


async def test_one_ticket_that_fails_does_not_keep_the_others(asked: Stage):
    bad, good = a_mixed_case(asked, status=ASKS), a_mixed_case(asked, status=ASKS)
    asked.pureservice.faults.add(Fault(match=rf"GET .*/relationship/{bad['id']}/", status=500, times=None))

    await asked.tick()

    assert asked.status_of(bad) == ASKS
    assert len(asked.notes_on(good)) == 1


async def test_without_the_setting_nothing_is_asked_for(stage):
    before = stage.services.tickets.requests

    assert await preview_note.ask(stage.services) == 0
    assert stage.services.tickets.requests == before


async def test_an_unknown_status_name_stops_nothing():
    async with a_stage(PURESERVICE_DISPATCH_PREVIEW_STATUS="Finnes ikke") as stage:
        ticket = stage.seed(members=1)
        await stage.run()
        assert stage.status_of(ticket) == "Løst"


@pytest.mark.parametrize("name", ["til ekspedering", "Klar til splitt", "Løst", "Under arbeid"])
def test_the_status_must_be_one_of_its_own(name: str):
    with pytest.raises(BadConfiguration, match="PURESERVICE_DISPATCH_PREVIEW_STATUS"):
        some_settings(PURESERVICE_DISPATCH_PREVIEW_STATUS=name)


@pytest.mark.parametrize(
    ("settings", "sender", "answers", "unread"),
    [
        ({"MAIL_FROM_ADDRESS": "ikkesvar@etat.example"}, "ikkesvar@etat.example", "ikkesvar@etat.example", True),
        ({"MAIL_FROM_ADDRESS": "no-reply@etat.example"}, "no-reply@etat.example", "no-reply@etat.example", True),
        ({"MAIL_FROM_ADDRESS": "post@etat.example"}, "post@etat.example", "post@etat.example", False),
        ({"MAIL_REPLYTO_ADDRESS": "svar@etat.example"}, "utsending@etat.example", "svar@etat.example", False),
    ],
)
async def test_note_and_preview_say_whom_it_comes_from_and_where_answers_go(
    settings: dict[str, str], sender: str, answers: str, unread: bool
):
    async with a_stage(**settings, PURESERVICE_DISPATCH_PREVIEW_STATUS=ASKS) as stage:
        found = await preview_numbered(a_mixed_case(stage)["requestNumber"], stage.services)

    assert sender in found.origin.sender
    assert answers in found.origin.answers
    assert found.origin.is_unread is unread


async def test_a_part_of_a_name_chooses_whose_letter_is_shown(stage):
    row = a_mixed_case(stage)

    found = await preview_numbered(row["requestNumber"], stage.services, recipient="kari  NR 2")

    assert found.chosen is not None
    assert found.chosen.address == "kari2@eksempel.example"
