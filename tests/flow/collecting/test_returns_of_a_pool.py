"""Returned mail of several mailboxes: each is read for what it sent, those that send no more as well."""

from collections import Counter
from urllib.parse import quote

import pytest

from dispatch.core import RecipientState
from local.simulators.faults import Fault
from local.simulators.graph import FORMS, ReturnRule
from local.simulators.graph.returns import returned
from local.simulators.pureservice import Row
from tests.stage import Stage, a_stage

A, B, C, ONE = "a@etat.example", "b@etat.example", "c@etat.example", "utsending@etat.example"
HOUR, DAY = 3600.0, 86400.0
POOL = {
    "MAIL_SENDERS": f"{A}, {B}",
    "MAIL_MAILER": "microsoft-graph",
    "MAIL_RATE_PER_MINUTE": "0",
    "DISPATCH_BATCH_SIZE": "4",
    "DISPATCH_RETURNS_DAYS": "3",
}
R = RecipientState


async def solved(stage: Stage, rules: list[ReturnRule], *, members: int = 16) -> Row:
    stage.graph.switches.returns = rules
    ticket = stage.seed(members)
    for _ in range(4):
        await stage.tick()
        await stage.drain(hours=0.1)
    assert stage.dispatch_of(ticket).state == "resolved"
    return ticket


async def days_pass(stage: Stage, days: float = 5) -> None:
    until = stage.clock().timestamp() + days * DAY
    while stage.clock().timestamp() < until:
        stage.clock.move(6 * HOUR)
        await stage.tick()
        await stage.drain()


def back(stage: Stage, ticket: Row) -> set[str]:
    return {row.address for row in stage.rows_of(ticket) if row.state is R.RETURNED}


def left(stage: Stage, mailbox: str) -> set[str]:
    """Whose letters left that mailbox, returned or not, by what the service saw."""
    return {mail.to for mail in (*stage.graph.received, *stage.graph.bounced) if mail.mailbox == mailbox}


def folder_reads(stage: Stage, mailbox: str) -> int:
    start = f"/users/{quote(mailbox, safe='')}/mailFolders"
    return sum(start in one.path for one in stage.graph.requests)


def solution(stage: Stage, ticket: Row) -> str:
    return str(stage.pureservice.store.tickets[ticket["id"]]["solution"])


async def test_what_came_back_to_each_mailbox_is_told_of_whom_that_mailbox_wrote_to():
    async with a_stage(**POOL) as stage:
        ticket = await solved(stage, [ReturnRule("kari[0-9]@", after=6 * HOUR)])
        assert left(stage, A)
        assert left(stage, B)

        await days_pass(stage)

        assert back(stage, ticket) == {f"kari{n}@eksempel.example" for n in range(10)}
        assert back(stage, ticket) & left(stage, A)
        assert back(stage, ticket) & left(stage, B)
        assert len([note for note in stage.notes_on(ticket) if ">Meldinger kom i retur<" in note]) == 1


async def test_a_report_in_the_mailbox_that_did_not_send_the_letter_is_nobody_s():
    async with a_stage(**POOL) as stage:
        ticket = await solved(stage, [])
        letter = next(mail for mail in stage.graph.received if mail.mailbox == A)
        due = stage.clock().timestamp() + HOUR
        stage.graph.mailbox(B).await_mail(returned(letter, FORMS["exchange"]), due=due, folder="inbox")

        await days_pass(stage)

        assert back(stage, ticket) == set()


@pytest.mark.parametrize("comes_to", ["sender", "shown"])
async def test_with_one_address_for_all_letters_come_back_to_it_or_to_the_mailbox_that_sent(comes_to: str):
    async with a_stage(**POOL, MAIL_SENDERS_FROM="one") as stage:
        stage.graph.switches.send_as = {ONE}
        ticket = await solved(stage, [])
        letter = stage.graph.received[0]
        mailbox = stage.graph.mailbox(letter.mailbox if comes_to == "sender" else ONE)
        due = stage.clock().timestamp() + HOUR
        mailbox.await_mail(returned(letter, FORMS["exchange"]), due=due, folder="inbox")

        await days_pass(stage)

        assert back(stage, ticket) == {letter.to}


@pytest.mark.parametrize("then", [f"{B}, {C}", ""])
async def test_a_mailbox_that_is_taken_out_is_read_until_what_it_sent_is_told(then: str):
    async with a_stage(**POOL) as stage:
        ticket = await solved(stage, [ReturnRule("kari", after=30 * HOUR)])
        stage.change(MAIL_SENDERS=then)

        await days_pass(stage)

        assert Counter(row.state for row in stage.rows_of(ticket)) == {R.RETURNED: 16}
        read = folder_reads(stage, A)
        assert read
        await days_pass(stage, 10)
        await days_pass(stage, 2)
        seen = folder_reads(stage, A)
        await days_pass(stage, 2)
        assert folder_reads(stage, A) == seen


@pytest.mark.parametrize(("status", "code"), [(403, "ErrorAccessDenied"), (404, "ErrorInvalidUser")])
async def test_a_mailbox_that_can_not_be_read_takes_back_the_promise_and_hides_no_other_s_returns(status, code):
    async with a_stage(**POOL) as stage:
        where = f"GET .*/users/{quote(B, safe='')}/mailFolders"
        body = f'{{"error": {{"code": "{code}", "message": ""}}}}'
        stage.graph.faults.add(Fault(where, status=status, body=body, times=None))
        first = await solved(stage, [ReturnRule("kari", after=6 * HOUR)])
        await days_pass(stage)
        second = await solved(stage, [], members=2)

        assert back(stage, first) == left(stage, A) != set()
        assert "Hvem det gjelder, er ikke kjent her." in solution(stage, second)


async def test_letters_by_smtp_from_a_pool_come_back_to_the_mailbox_of_returns_and_no_member_is_read():
    settings = {**POOL, "MAIL_MAILER": "smtp", "MAIL_RETURN_PATH": "retur@etat.example"}
    async with a_stage(**settings) as stage:
        await solved(stage, [])
        await days_pass(stage, 2)

        assert set(stage.services.returned_mails) == {"retur@etat.example"}
        assert folder_reads(stage, "retur@etat.example")
        assert folder_reads(stage, A) == folder_reads(stage, B) == 0
