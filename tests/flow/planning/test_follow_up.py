"""A follow-up reaches those who got the message before, by the ledger, and nobody else."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import RecipientState, Rejected
from dispatch.planning import preview_numbered, preview_of
from dispatch.report import preview_note
from dispatch.steering import actions, send_to_added
from local.simulators.faults import Fault
from local.simulators.graph import ReturnRule
from local.simulators.pureservice import Row, seed
from tests.adapters.spreadsheets.making import csv_file
from tests.flow.planning.test_whom_the_file_names import put
from tests.stage import Stage, a_stage

FOLLOW_UP = "ut@oppfolging.pureservice.local"
SETTINGS = {"PURESERVICE_DISPATCH_FOLLOW_UP": FOLLOW_UP, "MAIL_RATE_PER_MINUTE": "0", "DISPATCH_RETURNS_DAYS": "3"}
DAY = 86400.0


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with a_stage(**SETTINGS) as opened:
        seed.add_user(opened.pureservice.store, "Send", "Oppfølging", email=FOLLOW_UP)
        yield opened


async def settles(stage: Stage, ticks: int = 4) -> None:
    for _ in range(ticks):
        await stage.tick()
        await stage.drain(hours=0.1)


async def sent(stage: Stage, members: int = 5, **ticket: Any) -> Row:
    row = stage.seed(members, **ticket)
    await settles(stage)
    assert stage.status_of(row) == "Løst"
    return row


def follows(stage: Stage, ticket: Row, *, status: str = seed.READY) -> None:
    """The case worker writes another message, says whom it is for, and sets the status."""
    store = stage.pureservice.store
    seed.add_dispatch_text(store, ticket, "<p>Rettelse til høringen.</p>")
    user = next(row for row in store.users.values() if _address(stage, row) == FOLLOW_UP)
    store.update("ticket", store.tickets[ticket["id"]], {"userId": user["id"]})
    store.tickets[ticket["id"]]["emailAddress"] = FOLLOW_UP
    stage.set_status(ticket, status)


def _address(stage: Stage, user: Row) -> str:
    address = stage.pureservice.store.emailaddresses.get(user.get("emailAddressId") or 0)
    return str(address["email"]) if address else ""


async def reached(stage: Stage, ticket: Row, **said: Any) -> Counter[str]:
    """Who received the follow-up: what the servers have now and had not before."""
    before = stage.received()
    follows(stage, ticket, **said)
    await settles(stage)
    return stage.received() - before


def karis(*numbers: int) -> Counter[str]:
    return Counter(f"kari{n}@eksempel.example" for n in numbers)


def told(stage: Stage, ticket: Row, words: str) -> bool:
    return any(words in note for note in stage.notes_on(ticket))


async def test_it_reaches_whoever_got_the_message_and_nobody_refused_returned_or_added_since(stage: Stage):
    store = stage.pureservice.store
    stage.graph.switches.returns = [ReturnRule("kari3@", after=DAY)]
    ticket = stage.seed(5)
    mailing_list = next(row for row in store.assets.values() if row.get("name") == "Listen")
    seed.add_member(store, mailing_list, seed.add_user(store, "Uten", "Adresse", email=""))
    await settles(stage)
    stage.clock.move(2 * DAY)
    await settles(stage)
    stage.graph.switches.returns = []
    seed.add_member(store, mailing_list, seed.add_user(store, "Ny", "Mottaker", email="ny@eksempel.example"))

    assert await reached(stage, ticket) == karis(0, 1, 2, 4)

    solution = str(store.tickets[ticket["id"]]["solution"])
    assert "De som fikk «" in solution


async def test_it_needs_no_list_and_asks_for_none(stage: Stage):
    ticket = await sent(stage, 3)
    for row in stage.pureservice.store.assets.values():
        row["isMarkedForDeletion"] = True

    assert await reached(stage, ticket) == karis(0, 1, 2)


async def test_it_gives_everybody_a_ticket_where_the_status_says_so(stage: Stage):
    stage.change(MAIL_REPLYTO_ADDRESS="svar@etat.example")
    ticket = await sent(stage, 3)
    tickets = len(stage.pureservice.store.tickets)

    assert await reached(stage, ticket, status=seed.READY_121) == karis(0, 1, 2)
    assert len(stage.pureservice.store.tickets) == tickets + 3


async def test_it_follows_tickets_of_their_own_too(stage: Stage):
    stage.change(MAIL_REPLYTO_ADDRESS="svar@etat.example")
    ticket = await sent(stage, 3, status=seed.READY_121)

    assert await reached(stage, ticket) == karis(0, 1, 2)


async def test_a_follow_up_is_followed_up_by_who_got_it_last(stage: Stage):
    ticket = await sent(stage, 4)
    stage.graph.switches.returns = [ReturnRule("kari1@", after=DAY)]
    assert await reached(stage, ticket) == karis(0, 2, 3), "the other's comes back instead"
    stage.clock.move(2 * DAY)
    await settles(stage)
    stage.graph.switches.returns = []

    assert await reached(stage, ticket) == karis(0, 2, 3)


async def test_it_waits_for_the_one_that_is_under_way(stage: Stage):
    ticket = stage.seed(3)
    await stage.tick()
    follows(stage, ticket)

    await stage.drain()

    assert stage.received() == karis(0, 1, 2), "the first one goes on, and nothing else"
    await settles(stage)
    assert stage.status_of(ticket) == "Løst"
    before = stage.received()
    stage.set_status(ticket, seed.READY)
    await settles(stage)
    assert stage.received() - before == karis(0, 1, 2)


async def test_nothing_sent_is_nothing_to_follow(stage: Stage):
    ticket = stage.seed(3)
    store = stage.pureservice.store
    user = next(row for row in store.users.values() if _address(stage, row) == FOLLOW_UP)
    store.update("ticket", store.tickets[ticket["id"]], {"userId": user["id"]})
    store.tickets[ticket["id"]]["emailAddress"] = FOLLOW_UP
    await settles(stage)

    assert stage.received() == Counter()
    assert told(stage, ticket, "ingen ferdig utsendelse å følge opp")


async def test_whoever_has_been_removed_since_can_not_be_followed(stage: Stage):
    ticket = await sent(stage, 3)
    stage.clock.move(400 * DAY)
    await settles(stage)

    assert await reached(stage, ticket) == Counter()
    assert told(stage, ticket, "er slettet fordi lagringstiden er ute")


async def test_a_message_that_reached_nobody_is_followed_by_nobody(stage: Stage):
    stage.graph.switches.returns = [ReturnRule("kari", after=DAY)]
    ticket = await sent(stage, 2)
    stage.clock.move(2 * DAY)
    await settles(stage)
    stage.graph.switches.returns = []

    assert await reached(stage, ticket) == Counter()
    assert told(stage, ticket, "Ingen fikk den forrige meldingen")


async def test_who_moved_is_written_to_where_they_are_and_who_left_is_not(stage: Stage):
    ticket = await sent(stage, 4)
    store = stage.pureservice.store
    by_address = {_address(stage, row): row for row in store.users.values()}
    store.emailaddresses[by_address["kari1@eksempel.example"]["emailAddressId"]]["email"] = "kari1@nytt.example"
    by_address["kari2@eksempel.example"]["disabled"] = True

    assert await reached(stage, ticket) == karis(0, 3) + Counter(["kari1@nytt.example"])


async def test_a_trial_is_followed_by_a_trial_and_by_nothing_else(stage: Stage):
    stage.change(MAIL_REDIRECT_TO="prove@etat.example")
    ticket = await sent(stage, 2)
    assert await reached(stage, ticket) == Counter({"prove@etat.example": 2})

    stage.change(MAIL_REDIRECT_TO="")

    assert await reached(stage, ticket) == Counter()
    assert told(stage, ticket, "Ingen fikk den forrige meldingen")


async def test_it_can_be_sent_to_nobody_else_afterwards(stage: Stage):
    ticket = await sent(stage, 3)
    await reached(stage, ticket)
    newest = max(stage.ledger.heads.values(), key=lambda head: head.communication_id)
    assert newest.plan.follows

    for refused in (
        send_to_added.foreseen(newest.key, stage.services),
        actions.send_to_added(newest.key, stage.services, who="x"),
    ):
        with pytest.raises(Rejected) as told_why:
            await refused
        assert "kan ikke sendes til flere" in told_why.value.problems[0]


async def test_the_preview_shows_whom_it_would_reach_and_writes_nothing(stage: Stage):
    ticket = await sent(stage, 3)
    follows(stage, ticket, status=seed.OPEN)
    blobs = dict(stage.content.blobs)

    found = await preview_of(await stage.services.tickets.ticket(ticket["id"]), stage.services)  # type: ignore[arg-type]

    assert found.problems == ()
    assert [row.address for row in found.sample] == sorted(karis(0, 1, 2))
    assert found.lists[0].startswith("De som fikk «")
    assert dict(stage.content.blobs) == blobs


async def test_an_interrupted_reading_goes_on_and_nobody_gets_it_twice(stage: Stage):
    ticket = await sent(stage, 600)
    before = stage.received()
    pause = Fault(match="/user/", status=429, headers={"Retry-After": "60"}, body="{}", skip=7, times=1)
    stage.pureservice.faults.add(pause)
    follows(stage, ticket)
    await stage.tick()
    first = [request.path for request in stage.pureservice.requests if "/user/" in request.path]
    assert any("/members/" in name for name in stage.content.blobs), "what was read is kept"
    stage.clock.now += timedelta(minutes=5)
    await settles(stage, ticks=12)

    again = [request.path for request in stage.pureservice.requests if "/user/" in request.path][len(first) :]
    assert again
    assert first[0] not in again, "and not asked for again"
    assert stage.received() - before == karis(*range(600))
    rows = [
        row for head in stage.ledger.heads.values() if head.plan.follows for row in stage.ledger.rows[head.key].values()
    ]
    assert Counter(row.state for row in rows) == {RecipientState.DELIVERED: 600}


async def test_each_has_the_values_of_their_own_line_and_nobody_else_of_the_file_gets_it(stage: Stage):
    heads = ("Navn", "E-post", "Frist")
    lines = [(f"Kari {n}", f"kari{n}@eksempel.example", f"{n + 1}. mai") for n in range(3)]
    ticket = seed.add_ticket(stage.pureservice.store, "Høring")
    seed.add_dispatch_text(stage.pureservice.store, ticket, "<p>Frist {{frist}}</p>")
    put(stage, ticket, csv_file([heads, *lines]))
    stage.graph.switches.returns = [ReturnRule("kari2@", after=DAY)]
    await settles(stage)
    stage.clock.move(2 * DAY)
    await settles(stage)
    stage.graph.switches.returns = []
    attachments = stage.pureservice.store.attachments
    for number in [row["id"] for row in attachments.values() if row["fileName"] == "mottakere.csv"]:
        del attachments[number]
    moved = [("Ny", "ny@eksempel.example", "9. mai"), *[(name, address, f"ny {day}") for name, address, day in lines]]
    put(stage, ticket, csv_file([heads, *moved]))
    before = len(stage.graph.received)

    follows(stage, ticket)
    store = stage.pureservice.store
    newest = max((row for row in store.communications.values() if row.get("customTypeId")), key=lambda row: row["id"])
    newest["text"] = "<p>Rettet: {{frist}}</p>"
    await settles(stage)

    got = {mail.to: mail.html for mail in stage.graph.received[before:]}
    assert sorted(got) == sorted(karis(0, 1))
    assert "Rettet: ny 1. mai" in got["kari0@eksempel.example"]
    assert "Rettet: ny 2. mai" in got["kari1@eksempel.example"]


@pytest.mark.parametrize("sending", ["first", "follow-up", "added"])
async def test_how_many_get_no_file_of_their_own_is_told_before_and_after(stage: Stage, sending: str):
    """One stands on a row with a file, one on a row without, and three on a list alone."""
    store = stage.pureservice.store
    ticket = stage.seed(5, status="Under arbeid" if sending == "first" else seed.READY)
    if sending != "first":
        await settles(stage)
    put(stage, ticket, b"%PDF-1.7 vedtak", "Vedtak.pdf")
    lines = [("Kari", "kari0@eksempel.example", "Vedtak.pdf"), ("Kari", "kari1@eksempel.example", "")]
    new = [("Ada", "ada@eksempel.example", "Vedtak.pdf"), ("Per", "per@eksempel.example", "")]
    put(stage, ticket, csv_file([("Navn", "E-post", "Vedlegg"), *(new if sending == "added" else lines)]))
    count, words = (1, "1 mottaker") if sending == "added" else (4, "4 mottakere")
    if sending == "added":
        await actions.send_to_added(stage.dispatch_of(ticket).key, stage.services, who="x")
    else:
        if sending == "follow-up":
            follows(stage, ticket, status="Under arbeid")
        found = await preview_numbered(ticket["requestNumber"], stage.services)
        assert found.own.without_files == count
        assert f"{words} får meldingen uten eget vedlegg" in preview_note_of(found)
        stage.set_status(ticket, seed.READY)
    await settles(stage)

    assert f"{words}, som ikke sto i mottakerfilen eller hadde en tom celle der" in str(
        store.tickets[ticket["id"]]["solution"]
    ).replace("\xa0", " ")


def preview_note_of(found: Any) -> str:
    note = preview_note(preview=found, trial="", finish="", duration="", ready_status="", reference="", page="")
    return note.replace("\xa0", " ")
