"""What comes back after a dispatch: who is told of, whom nobody names, and what the ticket gets once."""

import csv
import io
from collections.abc import AsyncIterator

import pytest

from dispatch.core import Reason, RecipientState, ReturnCause
from dispatch.steering import actions
from local.simulators.graph import ReturnRule
from local.simulators.graph.switches import SEND
from local.simulators.pureservice import Row
from tests.stage import Stage, a_stage

HOUR, DAY = 3600.0, 86400.0
R = RecipientState
# What a report must say to count, and what must never count.
COUNTS = (
    "exchange",
    "exchange_html",
    "postfix",
    "headers",
    "marker_lost",
    "base64",
    "several",
    "forwarded",
    "qmail",
    "exim",
    "expired",
    "quota",
)
NEVER = ("delayed", "out_of_office", "challenge", "answer", "read_receipt", "forged")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with a_stage(DISPATCH_RETURNS_DAYS="3", MAIL_RATE_PER_MINUTE="0") as opened:
        yield opened


async def solved(stage: Stage, rules: list[ReturnRule], *, members: int = 5) -> Row:
    stage.graph.switches.returns = rules
    ticket = stage.seed(members)
    for _ in range(4):  # what comes back later is a matter of the ticks that follow
        await stage.tick()
        await stage.drain(hours=0.1)
    assert stage.dispatch_of(ticket).state == "resolved"
    return ticket


async def days_pass(stage: Stage, days: float, *, step: float = 6 * HOUR) -> None:
    until = stage.clock().timestamp() + days * DAY
    while stage.clock().timestamp() < until:
        stage.clock.move(step)
        await stage.tick()
        await stage.drain()


def notes(stage: Stage, ticket: Row, word: str = ">Meldinger kom i retur<") -> list[str]:
    found = stage.pureservice.store.communications.values()
    texts = [str(row.get("text", "")) for row in found if row.get("ticketId") == ticket["id"]]
    return [text for text in texts if word in text]


async def test_what_comes_back_after_the_report_is_told_in_one_note_with_a_new_list(stage: Stage):
    ticket = await solved(stage, [ReturnRule("kari[13]@", after=6 * HOUR)])

    await days_pass(stage, 5)

    states = {row.address: (row.state, row.reason, row.attempt.returned.cause) for row in stage.rows_of(ticket)}
    came_back = (R.RETURNED, Reason.RECIPIENT_REFUSED, ReturnCause.NO_SUCH_MAILBOX)
    assert states == {
        f"kari{n}@eksempel.example": came_back if n in (1, 3) else (R.DELIVERED, None, None) for n in range(5)
    }
    (note,) = notes(stage, ticket)
    assert ">2\u00a0meldinger<" in note
    assert "Kari Nr 1" in note
    assert "Kari Nr 2" not in note
    assert "Postkassen finnes ikke" in note
    (batch,) = await stage.ledger.batches(stage.dispatch_of(ticket).key)
    assert (batch.counts.delivered, batch.counts.returned) == (3, 2)


async def test_every_form_of_report_is_tied_to_its_recipient_and_nothing_else_counts(stage: Stage):
    forms = [*COUNTS, *NEVER]
    rules = [ReturnRule(f"^kari{n}@", form=form, after=(n % 7) * HOUR) for n, form in enumerate(forms)]
    ticket = await solved(stage, rules, members=len(forms) + 2)

    await days_pass(stage, 4)

    returned = {row.address for row in stage.rows_of(ticket) if row.state is R.RETURNED}
    assert returned == {f"kari{n}@eksempel.example" for n in range(len(COUNTS))}
    assert returned == {one.letter.to for one in stage.graph.returned if one.says == "failed"}


async def test_a_return_that_comes_before_the_report_stands_in_it_and_needs_no_note(stage: Stage):
    stage.graph.switches.returns = [ReturnRule("kari1@", after=0)]
    ticket = stage.seed(3)
    await stage.tick()
    await stage.handle_next()  # the batch is recorded; the report waits
    stage.clock.move(300)
    await stage.tick()
    await stage.drain()

    solution = stage.pureservice.store.tickets[ticket["id"]]["solution"]
    assert "Kom i retur (1)" in solution
    assert "2 av 3" in solution.replace("\u00a0", " ").replace("<strong>", "")
    await days_pass(stage, 4)
    assert notes(stage, ticket) == []
    assert stage.dispatch_of(ticket).notes.returned == 1


async def test_reports_that_come_twice_and_in_any_order_count_once(stage: Stage):
    rules = [ReturnRule("kari2@", after=30 * HOUR, copies=3), ReturnRule("kari2@", form="delayed", after=40 * HOUR)]
    ticket = await solved(stage, rules)

    await days_pass(stage, 4)

    assert [row.state for row in stage.rows_of(ticket)].count(R.RETURNED) == 1
    assert len(notes(stage, ticket)) == 1


async def test_the_mail_is_moved_where_a_folder_is_named_and_never_deleted():
    async with a_stage(DISPATCH_RETURNS_DAYS="3", MAIL_RETURNS_FOLDER="Returer") as stage:
        box = stage.graph.mailbox("utsending@etat.example")
        box.folders["returer-id"] = "Returer"
        await solved(stage, [ReturnRule("kari1@", after=HOUR), ReturnRule("kari2@", form="answer", after=HOUR)])
        await days_pass(stage, 1)

        assert [item.content.to[0].address for item in box.lying_in("returer-id")] == ["utsending@etat.example"]
        assert len(box.lying_in("inbox")) == 1  # what a person answered stays where it is
        assert len(box.lying_in("sentitems")) == 5


async def test_without_the_permission_it_is_off_and_the_report_promises_nothing(stage: Stage):
    stage.graph.switches.permissions = {SEND}
    first = await solved(stage, [ReturnRule("kari1@", after=0)])
    await days_pass(stage, 5)
    second = await solved(stage, [])

    assert {row.state for row in stage.rows_of(first)} == {R.DELIVERED}
    assert notes(stage, first) == []
    solution = stage.pureservice.store.tickets[second["id"]]["solution"]
    assert "Hvem det gjelder, er ikke kjent her." in solution


async def test_what_names_an_address_and_no_letter_is_told_and_changes_nothing(stage: Stage):
    ticket = await solved(stage, [ReturnRule("kari1@", form="without_letter", after=HOUR)])

    await days_pass(stage, 4)

    assert {row.state for row in stage.rows_of(ticket)} <= {R.DELIVERED, R.RETURNED}
    assert len(notes(stage, ticket)) == 1


async def test_send_again_reaches_those_whose_address_was_corrected(stage: Stage):
    ticket = await solved(stage, [ReturnRule("^kari[13]@", after=HOUR)])
    await days_pass(stage, 4)
    person = next(
        row for row in stage.pureservice.store.users.values() if row["firstName"] and "Nr 1" in row["lastName"]
    )
    for address in stage.pureservice.store.emailaddresses.values():
        if address["email"] == "kari1@eksempel.example":
            address["email"] = "kari.ny@eksempel.example"
    assert person

    count = await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="Test")
    await stage.run()

    assert count == 1
    assert [mail.to for mail in stage.graph.received if "ny@" in mail.to] == ["kari.ny@eksempel.example"]
    counted = [row for row in stage.rows_of(ticket) if not row.superseded]
    assert sorted(row.state for row in counted) == [*[R.DELIVERED] * 4, R.RETURNED]


async def test_the_list_of_recipients_says_what_the_simulator_sent_back(stage: Stage):
    ticket = await solved(stage, [ReturnRule("kari[024]@", after=HOUR)])
    await days_pass(stage, 4)

    key = stage.dispatch_of(ticket).key
    kept = await stage.content.get(f"{key}/report/utsendelse-{key}-mottakere-retur.csv")
    assert kept is not None
    rows = list(csv.DictReader(io.StringIO(kept.decode("utf-8-sig")), delimiter=";"))
    back = {row["Adresse"] for row in rows if row["Resultat"] == "Kom i retur"}
    assert back == {one.letter.to for one in stage.graph.returned}
    assert all(row["Kom i retur"] and row["Teknisk svar"] for row in rows if row["Adresse"] in back)
