"""What SMTP can't deliver comes back to a mailbox of its own, which is read over Graph."""

from collections.abc import AsyncIterator

import pytest

from dispatch.core import RecipientState
from local.simulators.graph import FORMS
from local.simulators.graph.records import ReceivedMail
from local.simulators.graph.returns import returned
from local.simulators.graph.switches import SEND
from local.simulators.pureservice import Row
from local.simulators.smtp import ReceivedMail as Letter
from tests.stage import Stage, a_stage

MAILBOX, DAY = "retur@etat.example", 86400.0
KEYED = "retur+*@etat.example"
BY_SMTP = {"MAIL_MAILER": "smtp", "MAIL_RATE_PER_MINUTE": "0", "DISPATCH_RETURNS_DAYS": "3"}
# Without the returned letter nothing but the address that the report comes to says which letter it is.
NAMELESS, NAMED = ("without_letter", "exchange_without_letter"), ("postfix", "headers", "marker_lost", "exim", "qmail")
NOTHING = ("delayed", "out_of_office", "challenge", "answer", "read_receipt")


@pytest.fixture
async def keyed() -> AsyncIterator[Stage]:
    async with a_stage(MAIL_RETURN_PATH=KEYED, **BY_SMTP) as opened:
        yield opened


def comes_back(stage: Stage, letter: Letter, form: str, *, mailbox: str = MAILBOX) -> None:
    """The server that the letter was for writes to the envelope's sender."""
    headers = {name.lower(): str(value) for name, value in letter.message.items() if name.lower() == "x-dispatch-key"}
    sent = ReceivedMail(
        mailbox=letter.sender,
        to=letter.to,
        to_name="",
        subject="Høring",
        html="",
        message_id=letter.message_id if form not in NAMELESS else "",
        key=headers.get("x-dispatch-key", ""),
        headers=headers,
        attachments=[],
        reply_to="",
        from_name="",
        at=0.0,
        via="sendMail",
    )
    due = stage.clock().timestamp() + DAY / 2
    stage.graph.mailbox(mailbox).await_mail(returned(sent, FORMS[form]), due=due, folder="inbox")


async def solved(stage: Stage, members: int) -> Row:
    ticket = stage.seed(members)
    for _ in range(4):
        await stage.tick()
        await stage.drain(hours=0.1)
    assert stage.dispatch_of(ticket).state == "resolved"
    assert stage.graph.received == []
    return ticket


async def days_pass(stage: Stage, days: int = 5) -> None:
    for _ in range(days * 2):
        stage.clock.move(DAY / 2)
        await stage.tick()
        await stage.drain()


def back(stage: Stage, ticket: Row) -> set[str]:
    return {row.address for row in stage.rows_of(ticket) if row.state is RecipientState.RETURNED}


async def test_each_letter_comes_back_under_an_address_of_its_own_and_is_known_by_it(keyed: Stage):
    forms = (*NAMELESS, *NAMED, *NOTHING)
    ticket = await solved(keyed, len(forms) + 2)
    letters = sorted(keyed.smtp.received, key=lambda letter: letter.to)
    assert len({letter.sender for letter in letters}) == len(letters)
    assert all(letter.sender.startswith("retur+") for letter in letters)
    assert all("retur" not in str(letter.message["From"]) for letter in letters), "only the envelope says so"
    for letter, form in zip(letters, forms, strict=False):
        comes_back(keyed, letter, form)

    await days_pass(keyed)

    assert back(keyed, ticket) == {letter.to for letter in letters[: len(NAMELESS) + len(NAMED)]}
    notes = [note for note in keyed.notes_on(ticket) if ">Meldinger kom i retur<" in note]
    assert len(notes) == 1


async def test_a_report_under_one_letter_s_address_that_holds_another_s_letter_is_nobody_s(keyed: Stage):
    ticket = await solved(keyed, 3)
    one, other, _ = sorted(keyed.smtp.received, key=lambda letter: letter.to)
    mixed = Letter(
        sender=one.sender, recipients=other.recipients, at=other.at, username="", tls=False, pieces=other.pieces
    )
    comes_back(keyed, mixed, "postfix")

    await days_pass(keyed)

    assert back(keyed, ticket) == set()


@pytest.mark.parametrize("form", ["postfix", "marker_lost", "exim"])
async def test_one_address_for_all_leaves_the_letter_to_say_whose_it_is(form: str):
    async with a_stage(MAIL_RETURN_PATH=MAILBOX, **BY_SMTP) as stage:
        ticket = await solved(stage, 3)
        letters = sorted(stage.smtp.received, key=lambda letter: letter.to)
        assert {letter.sender for letter in letters} == {MAILBOX}
        comes_back(stage, letters[1], form)

        await days_pass(stage)

        assert back(stage, ticket) == {letters[1].to}


async def test_without_a_mailbox_of_returns_the_report_says_that_nobody_knows():
    async with a_stage(**BY_SMTP) as stage:
        ticket = await solved(stage, 2)
        (letter, _) = stage.smtp.received
        comes_back(stage, letter, "postfix", mailbox=letter.sender)

        await days_pass(stage)

        assert back(stage, ticket) == set()
        solution = str(stage.pureservice.store.tickets[ticket["id"]]["solution"])
        assert "Hvem det gjelder, er ikke kjent her." in solution


async def test_a_mailbox_of_returns_that_can_not_be_read_promises_nothing_and_is_named(keyed: Stage):
    keyed.graph.switches.permissions = {SEND}
    first = await solved(keyed, 2)
    comes_back(keyed, keyed.smtp.received[0], "postfix")
    await days_pass(keyed)
    second = await solved(keyed, 2)

    assert back(keyed, first) == set()
    solution = str(keyed.pureservice.store.tickets[second["id"]]["solution"])
    assert f"eller til {MAILBOX}" in solution
    assert "Hvem det gjelder, er ikke kjent her." in solution


async def test_both_mailboxes_are_read_where_letters_leave_both_ways():
    async with a_stage(MAIL_RETURN_PATH=KEYED, **{**BY_SMTP, "MAIL_MAILER": "failover:smtp,microsoft-graph"}) as stage:
        ticket = stage.seed(3)
        for _ in range(4):
            await stage.tick()
            await stage.drain(hours=0.5)
        assert set(stage.services.returned_mails) == {MAILBOX, stage.services.settings.mail_from_address}
        letters = sorted(stage.smtp.received, key=lambda letter: letter.to)
        comes_back(stage, letters[-1], "without_letter")

        await days_pass(stage)

        assert back(stage, ticket) == {letters[-1].to}
