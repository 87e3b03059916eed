"""A process that is frozen between its intents and its requests must not act when it wakes after its lease.

While it sleeps another worker takes the batch over and finishes it; whatever the sleeper did then would come twice.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import LostRace, RecipientState
from dispatch.sending import pipeline
from dispatch.sending.request_gate import RequestGate
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

MAILBOX = "utsending@etat.example"
REPLY = {"MAIL_REPLYTO_ADDRESS": "post@etat.example"}
BY_PURESERVICE = {**REPLY, "PURESERVICE_121_SEND_VIA": "pureservice"}


@pytest.fixture(autouse=True)
def all_of_the_process_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scribe too: awake, it would find out that another has the batch, and call its couriers back."""
    monkeypatch.setattr(pipeline, "LONGEST_UNWRITTEN", timedelta(days=1))


class Frozen:
    """Freezes the process once, when ``method`` returns from a call that ``when`` is true of."""

    def __init__(self, stage: Stage, port: Any, method: str, *, when: Callable[..., bool] = lambda *_: True) -> None:
        self.happened = False
        self._stage = stage
        self._call = getattr(port, method)
        self._when = when
        setattr(port, method, self)

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = await self._call(*args, **kwargs)
        if not self.happened and self._when(*args):
            self.happened = True
            lease = self._stage.services.settings.dispatch_lease_seconds
            self._stage.clock.now += timedelta(seconds=lease + 1)
            await self._stage.run()  # other processes do all that is left
        return result


def in_flight_with_ticket(_: Any, recipients: Any) -> bool:
    return any(row.state is RecipientState.IN_FLIGHT and row.own_ticket.id for row in recipients)


def in_flight(_: Any, recipients: Any) -> bool:
    return any(row.state is RecipientState.IN_FLIGHT for row in recipients)


def with_note_owed(_: Any, recipients: Any) -> bool:
    return any(row.has_outcome and row.own_ticket.id and not row.own_ticket.note for row in recipients)


def to_be_split(stage: Stage) -> Row:
    """A ticket whose recipients get tickets of their own: two people, and two organisations without a user."""
    store = stage.pureservice.store
    members = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(2)]
    members += [seed.add_company(store, f"Kommune {n}", email=f"post@kommune{n}.example") for n in range(2)]
    row = seed.add_ticket(store, "Høring om endring", status="Klar til splitt", description="<p>Om høringen</p>")
    seed.relate_list_to_ticket(store, seed.add_list(store, "Kommuner", members=members), row)
    seed.add_dispatch_text(store, row, "<p>Hei, vi ber om svar.</p>")
    return row


def own_tickets(stage: Stage, mother: Row) -> list[Row]:
    prefix = f"utsendelse-{mother['id']}-"
    rows = stage.pureservice.store.tickets.values()
    return [row for row in rows if str(row.get("customerReference") or "").startswith(prefix)]


async def handle_first(stage: Stage) -> None:
    await stage.tick()
    message = stage.queues.take()
    assert message is not None
    await stage.handle(message)


async def test_a_worker_that_slept_past_its_lease_sends_no_letter():
    async with a_stage() as stage:
        ticket = stage.seed(members=4)
        frozen = Frozen(stage, stage.ledger, "record", when=in_flight)
        await handle_first(stage)
        assert frozen.happened
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(4)}
        assert stage.states_of(ticket) == {"delivered": 4}


async def test_a_worker_that_slept_past_its_lease_writes_no_message_on_an_own_ticket():
    async with a_stage(**BY_PURESERVICE) as stage:
        mother = to_be_split(stage)
        frozen = Frozen(stage, stage.ledger, "record", when=in_flight_with_ticket)
        await handle_first(stage)
        assert frozen.happened
        tickets = {row["id"] for row in own_tickets(stage, mother)}
        assert Counter(row["ticketId"] for row in stage.pureservice.store.emails.values()) == dict.fromkeys(tickets, 1)
        assert stage.states_of(mother) == {"delivered": 4}


@pytest.mark.parametrize("settings", [REPLY, BY_PURESERVICE], ids=["our letter", "Pureservice's message"])
async def test_a_worker_that_slept_past_its_lease_writes_no_note_on_an_own_ticket(settings):
    async with a_stage(**settings) as stage:
        stage.pureservice.switches.communication_sends_email = False  # then a note is owed in both
        mother = to_be_split(stage)
        frozen = Frozen(stage, stage.ledger, "record", when=with_note_owed)
        await handle_first(stage)
        await stage.run()
        assert frozen.happened
        assert [len(stage.notes_on(row)) for row in own_tickets(stage, mother)] == [1] * 4


@pytest.mark.parametrize("call", ["create_user", "end_users"])
async def test_a_worker_that_slept_between_user_and_ticket_opens_no_second_ticket(call):
    async with a_stage(**REPLY, DISPATCH_WINDOW_SIZE="1") as stage:
        mother = to_be_split(stage)
        # The planner asks as well, for the sender's address: whether the key may.
        frozen = Frozen(stage, stage.services.own_tickets, call, when=lambda asked: asked != {MAILBOX})
        await handle_first(stage)
        await stage.run()
        assert frozen.happened
        assert set(Counter(row["customerReference"] for row in own_tickets(stage, mother)).values()) == {1}
        made = [row for row in stage.pureservice.store.users.values() if row["firstName"] == "Postmottak"]
        assert len(made) == 2


async def test_a_worker_that_slept_after_it_found_a_draft_does_not_send_it():
    async with a_stage(MAIL_RECONCILE="draft") as stage:
        ticket = stage.seed(members=4)
        stage.graph.faults.add(Fault(match="POST .*/messages/.*/send", drop="before"))
        await stage.tick()
        await stage.drain()
        frozen = Frozen(stage, stage.made[0], "find")
        await stage.run()
        assert frozen.happened
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(4)}
        assert stage.states_of(ticket) == {"delivered": 4}
        sends = [request for request in stage.graph.requests if request.path.endswith("/send")]
        assert len(sends) == 5, "four letters, and one whose first request was lost"


async def test_the_gate_lets_questions_out_after_the_lease_and_nothing_else():
    gate = RequestGate(1, lease_is_over=lambda: True)
    async with gate.asking():
        pass
    for _ in range(2):
        with pytest.raises(LostRace):
            async with gate.acting():
                raise AssertionError("a request left")


async def test_a_worker_that_slept_past_its_lease_sends_nothing_by_smtp():
    async with a_stage(MAIL_MAILER="smtp") as stage:
        ticket = stage.seed(members=4)
        frozen = Frozen(stage, stage.ledger, "record", when=in_flight)
        await handle_first(stage)
        assert frozen.happened
        # Nothing can tell of SMTP what became of an intent: the next worker holds all four uncertain.
        assert stage.received() == {}
        assert stage.states_of(ticket) == {"uncertain": 4}


async def test_a_worker_that_slept_past_its_lease_hands_nothing_over_to_eformidling():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        store = stage.pureservice.store
        members = [seed.add_company(store, "Kommune", organization_number=n) for n in ("910000020", "910000039")]
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Kommuner", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        frozen = Frozen(stage, stage.ledger, "record", when=in_flight)
        await handle_first(stage)
        await stage.run()
        assert frozen.happened
        sent = Counter(message.receiver for message in stage.exchange.messages.values() if message.sent)
        assert sent == {"910000020": 1, "910000039": 1}
        assert stage.exchange.double_sends == 0
        assert stage.states_of(ticket) == {"delivered": 2}


async def test_a_worker_that_slept_past_its_lease_makes_no_draft():
    async with a_stage(MAIL_RECONCILE="draft") as stage:
        ticket = stage.seed(members=4)
        frozen = Frozen(stage, stage.ledger, "recipients")
        await handle_first(stage)
        await stage.run()
        assert frozen.happened
        assert stage.received() == {f"kari{n}@eksempel.example": 1 for n in range(4)}
        assert stage.states_of(ticket) == {"delivered": 4}
        drafts = [request for request in stage.graph.requests if request.path.endswith("/messages")]
        assert len([request for request in drafts if request.method == "POST"]) == 4
