"""Several mailboxes share the sending: who sends what, who is asked what became of it, and what refusals do."""

from collections import Counter
from datetime import timedelta
from urllib.parse import quote

import pytest

from dispatch.core import BatchState, SendBatch, SenderState
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import ProcessDiesError, Stage, a_stage

A, B, C = "a@etat.example", "b@etat.example", "c@etat.example"
POOL = {"MAIL_SENDERS": f"{A}, {B}, {C}", "MAIL_MAILER": "microsoft-graph", "DISPATCH_BATCH_SIZE": "4"}


def by_mailbox(stage: Stage) -> dict[str, int]:
    return dict(Counter(mail.mailbox for mail in stage.graph.received))


def asked(stage: Stage, mailbox: str, *, what: str = "sendMail") -> int:
    """Requests to that mailbox, by what the server saw."""
    return sum(f"/users/{quote(mailbox, safe='')}/" in one.path and what in one.path for one in stage.graph.requests)


def refusing(mailbox: str, *, status: int = 403, code: str = "ErrorAccessDenied", times: int | None = None) -> Fault:
    body = f'{{"error": {{"code": "{code}", "message": ""}}}}'
    return Fault(f"POST .*/users/{quote(mailbox, safe='')}/", status=status, body=body, times=times)


async def test_batches_are_spread_over_the_mailboxes_and_nobody_gets_two():
    async with a_stage(**POOL) as stage:
        ticket = stage.seed(members=24)
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 24}
        assert by_mailbox(stage) == {A: 8, B: 8, C: 8}
        assert set(stage.received().values()) == {1}
        assert {mail.from_address for mail in stage.graph.received} == {A, B, C}


async def test_one_address_is_shown_where_that_is_wished_and_answers_go_to_one_place():
    settings = {"MAIL_SENDERS_FROM": "one", "MAIL_REPLYTO_ADDRESS": "svar@etat.example"}
    async with a_stage(**POOL, **settings) as stage:
        stage.graph.switches.send_as = {"utsending@etat.example"}
        stage.seed(members=12)
        await stage.run()

        assert set(by_mailbox(stage)) == {A, B, C}
        shown = {(mail.from_address, mail.sent_by, mail.reply_to) for mail in stage.graph.received}
        assert shown == {("utsending@etat.example", "utsending@etat.example", "svar@etat.example")}


async def test_the_message_id_is_of_one_domain_whichever_mailbox_sends():
    async with a_stage(**POOL) as stage:
        stage.seed(members=12)
        await stage.run()

        assert {mail.message_id.rpartition("@")[2] for mail in stage.graph.received} == {"etat.example>"}
        assert len({mail.message_id for mail in stage.graph.received}) == 12


async def test_four_mailboxes_take_a_quarter_of_the_time():
    took = {}
    for senders in ("", f"{A},{B},{C},d@etat.example"):
        async with a_stage(MAIL_SENDERS=senders, MAIL_RATE_PER_MINUTE="5", DISPATCH_BATCH_SIZE="10") as stage:
            began = stage.clock()
            stage.seed(members=80)
            await stage.run()
            took[bool(senders)] = (stage.clock() - began).total_seconds() / 60
            assert len(stage.graph.received) == 80

    assert took[False] >= 14
    assert took[True] <= 5


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "ErrorAccessDenied"),
        (404, "MailboxNotEnabledForRESTAPI"),
        (429, "ErrorSubmissionQuotaExceeded"),
        (400, "ErrorMessageSubmissionBlocked"),
    ],
)
async def test_a_mailbox_that_refuses_hands_its_batches_to_the_others(status, code):
    async with a_stage(**POOL) as stage:
        stage.graph.faults.add(refusing(B, status=status, code=code))
        ticket = stage.seed(members=40)
        began = stage.clock()
        await stage.run(hours=3)

        assert stage.states_of(ticket) == {"delivered": 40}
        assert set(by_mailbox(stage)) == {A, C}
        assert set(stage.received().values()) == {1}
        assert asked(stage, B) <= 12  # a few tries, and not one for everybody
        assert stage.clock() - began < timedelta(minutes=30)


async def test_a_mailbox_that_dies_in_the_middle_is_asked_about_what_it_had_and_gets_nothing_more():
    async with a_stage(**POOL) as stage:
        lost = Fault(f"POST .*/users/{quote(B, safe='')}/sendMail", status=504, commit=True, times=1, skip=1)
        stage.graph.faults.add(lost, refusing(B))
        stage.graph.faults.rules[1].skip = 1  # two leave it, the second without an answer, and then it is gone
        ticket = stage.seed(members=40)
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 40}
        assert by_mailbox(stage)[B] == 2
        assert set(stage.received().values()) == {1}
        assert asked(stage, B, what="messages") >= 1  # the one that may have left is looked up there
        assert asked(stage, A, what="messages") == asked(stage, C, what="messages") == 0


async def test_a_mailbox_that_rests_for_long_hands_on_and_one_that_rests_shortly_does_not():
    for seconds, goes_on in ((600, True), (20, False)):
        async with a_stage(**POOL, MAIL_RATE_PER_MINUTE="0") as stage:
            throttled = refusing(B, status=429, code="ApplicationThrottled", times=3)
            throttled.headers = {"Retry-After": str(seconds)}
            stage.graph.faults.add(throttled)
            ticket = stage.seed(members=24)
            await stage.tick()
            await stage.drain(hours=0.05)

            assert (stage.states_of(ticket) == {"delivered": 24}) is True
            assert (by_mailbox(stage).get(B, 0) == 0) is goes_on


async def test_whoever_may_have_been_sent_to_keeps_the_batch_in_its_mailbox():
    async with a_stage(**POOL) as stage:
        hung = Fault(f"POST .*/users/{quote(A, safe='')}/sendMail", status=504, times=1)
        stage.graph.faults.add(hung, refusing(A))
        stage.seed(members=4)
        await stage.tick()
        await stage.drain()

        (batch,) = await stage.ledger.batches((await stage.ledger.active())[0].key)
        assert batch.mailbox == A
        assert by_mailbox(stage) == {}  # nobody's letter goes by another before it is settled
        stage.graph.faults.clear()
        await stage.run()
        assert by_mailbox(stage) == {A: 4}


async def test_where_all_refuse_the_next_transport_has_its_turn():
    async with a_stage(**{**POOL, "MAIL_MAILER": "failover"}) as stage:
        stage.graph.faults.add(*(refusing(box) for box in (A, B, C)))
        ticket = stage.seed(members=40)
        began = stage.clock()
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 40}
        assert by_mailbox(stage) == {}
        assert len(stage.smtp.received) == 40
        assert stage.clock() - began < timedelta(minutes=30)


async def test_where_one_takes_letters_no_other_transport_is_used():
    async with a_stage(**{**POOL, "MAIL_MAILER": "failover"}) as stage:
        stage.graph.faults.add(refusing(A), refusing(B))
        stage.seed(members=40)
        await stage.run()

        assert by_mailbox(stage) == {C: 40}
        assert not stage.smtp.received


async def test_a_small_dispatch_is_not_behind_a_giant():
    pace = {"MAIL_RATE_PER_MINUTE": "4", "DISPATCH_BATCH_SIZE": "16"}
    async with a_stage(**{**POOL, **pace}) as stage:
        giant = stage.seed(members=200)
        await stage.tick()
        await stage.drain(hours=2 / 60)
        small = _another(stage, members=12)
        began = stage.clock()
        await stage.tick()
        while stage.states_of(small) != {"delivered": 12}:
            await stage.tick()
            await stage.drain(hours=1 / 60)
            stage.clock.now += timedelta(minutes=1)
            assert stage.clock() - began < timedelta(minutes=15)

        assert stage.states_of(giant)["planned"] > 40


async def test_all_mailboxes_together_keep_to_the_tenants_limit():
    async with a_stage(**POOL, MAIL_TENANT_DAILY_LIMIT="20") as stage:
        ticket = stage.seed(members=30)
        await stage.tick()
        await stage.drain(hours=20)
        assert 16 <= len(stage.graph.received) <= 20
        assert (await stage.ledger.sender("tenant")).sent_by_hour != {}

        await stage.run(hours=30)
        assert stage.states_of(ticket) == {"delivered": 30}


async def test_the_tenants_limit_counts_nobody_to_whom_nothing_was_sent():
    async with a_stage(**POOL, MAIL_TENANT_DAILY_LIMIT="20") as stage:
        stage.graph.faults.add(*(refusing(box) for box in (A, B, C)))
        stage.seed(members=12)
        await stage.tick()
        await stage.drain()

        assert sum((await stage.ledger.sender("tenant")).sent_by_hour.values()) == 0


async def test_one_with_a_limit_of_its_own_leaves_the_rest_to_the_others():
    pool = {**POOL, "MAIL_SENDERS": f"{A}::8,{B}"}
    async with a_stage(**pool) as stage:
        ticket = stage.seed(members=40)
        await stage.run(hours=2)

        assert stage.states_of(ticket) == {"delivered": 40}
        assert by_mailbox(stage) == {A: 8, B: 32}


async def test_a_worker_that_dies_leaves_its_batch_to_the_same_mailbox():
    async with a_stage(**POOL) as stage:
        stage.seed(members=4)
        await stage.tick()
        message = stage.queues.take(SendBatch)
        (batch,) = await stage.ledger.batches((await stage.ledger.active())[0].key)
        graph, real = stage.services.transports[0], stage.services.transports[0].send

        async def dying(*args: object, **options: object) -> object:
            await real(*args, **options)
            raise ProcessDiesError

        graph.send = dying
        with pytest.raises(ProcessDiesError):
            await stage.handle(message)
        graph.send = real
        stage.clock.now += timedelta(minutes=5)
        await stage.handle(message)
        await stage.run()

        assert by_mailbox(stage) == {batch.mailbox: 4}
        assert set(stage.received().values()) == {1}


async def test_a_mailbox_that_was_taken_out_sends_nothing_more_and_is_still_asked():
    async with a_stage(**POOL) as stage:
        ticket = stage.seed(members=12)
        await stage.tick()
        first = stage.queues.take(SendBatch)
        lost = Fault(f"POST .*/users/{quote(A, safe='')}/sendMail", status=504, commit=True, times=1)
        stage.graph.faults.add(lost)
        await stage.handle(first)
        sent = by_mailbox(stage)[A]
        stage.change(MAIL_SENDERS=f"{B}, {C}")
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 12}
        assert by_mailbox(stage)[A] == sent
        assert set(stage.received().values()) == {1}


async def test_who_goes_back_to_one_mailbox_loses_nobody():
    async with a_stage(**POOL) as stage:
        ticket = stage.seed(members=12)
        await stage.tick()
        await stage.handle_next()
        stage.change(MAIL_SENDERS="")
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 12}
        assert set(stage.received().values()) == {1}


async def test_one_mailbox_alone_writes_none_in_the_batches_row():
    async with a_stage() as stage:
        stage.seed(members=4)
        await stage.tick()
        (batch,) = await stage.ledger.batches((await stage.ledger.active())[0].key)

        assert (batch.state, batch.mailbox) == (BatchState.RELEASED, "")


async def test_a_mailbox_that_took_something_again_is_one_of_them_again():
    async with a_stage(**POOL) as stage:
        stage.graph.faults.add(refusing(B, times=3))
        stage.seed(members=40)
        await stage.tick()
        await stage.drain()
        state = await stage.ledger.sender(B)
        assert state.refused_until is not None

        stage.clock.now += timedelta(hours=2)
        _another(stage, members=40)
        await stage.run()
        assert (await stage.ledger.sender(B)) == SenderState(B, **_kept(await stage.ledger.sender(B)))
        assert by_mailbox(stage)[B] > 0


def _kept(state: SenderState) -> dict[str, object]:
    return {name: getattr(state, name) for name in ("not_before", "paced_until", "sent_by_hour", "version")}


def _another(stage: Stage, *, members: int) -> Row:
    store = stage.pureservice.store
    people = [seed.add_user(store, "Ola", f"Nr {n}", email=f"ola{n}@eksempel.example") for n in range(members)]
    row = seed.add_ticket(store, "En liten en")
    seed.relate_list_to_ticket(store, seed.add_list(store, "Den lille", members=people), row)
    seed.add_dispatch_text(store, row, "<p>Hei.</p>")
    return row
