"""What an SMTP server takes, by what it saw: so many letters at a time, a minute and a day, whoever sends them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import combinations

import pytest

from dispatch.adapters.smtp_mail import SmtpMail
from dispatch.core import SendBatch, SenderState, Slot, Transport
from dispatch.sending import worker
from dispatch.settings import carrier, senders
from dispatch.wiring import Resources, open_transport
from local.simulators.faults import Fault
from tests.builders import FixedClock, some_settings
from tests.mail_builders import a_mail
from tests.scripted_smtp import Script, running
from tests.stage import Stage, a_stage

SMTP_ALONE = {"MAIL_MAILER": "smtp"}
GRAPH_REFUSES = {"MAIL_MAILER": "failover", "MAIL_RATE_PER_MINUTE": "0", "MAIL_DAILY_LIMIT": "0"}
POOL = {"MAIL_SENDERS": "a@etat.example, b@etat.example, c@etat.example"}


@dataclass
class Timed(Script):
    """Notes when each message came, and how many it had in hand at once."""

    clock: FixedClock = field(default_factory=FixedClock)
    came: list[datetime] = field(default_factory=list)
    takes: float = 0.0  # seconds for each message
    in_hand: int = 0
    most_in_hand: int = 0

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.in_hand += 1
        self.most_in_hand = max(self.most_in_hand, self.in_hand)
        await asyncio.sleep(self.takes)
        self.came.append(self.clock())
        try:
            return await super()._take(reader, writer)
        finally:
            self.in_hand -= 1


@asynccontextmanager
async def sending_to(script: Timed, **settings: str) -> AsyncIterator[Stage]:
    async with running(script), a_stage(MAIL_PORT=str(script.port), DISPATCH_BATCH_SIZE="8", **settings) as stage:
        script.clock = stage.clock
        if settings["MAIL_MAILER"] != "smtp":
            body = '{"error": {"code": "ErrorAccessDenied", "message": ""}}'
            stage.graph.faults.add(Fault("POST .*/users/", status=403, body=body, times=None))
        yield stage


def most_within(came: list[datetime], span: timedelta) -> int:
    return max(sum(start <= one < start + span for one in came) for start in came)


@pytest.mark.parametrize("settings", [SMTP_ALONE, GRAPH_REFUSES, {**GRAPH_REFUSES, **POOL}])
async def test_the_server_gets_no_more_than_it_takes_and_a_minute_s_letters_at_once(settings: dict[str, str]):
    script, rate = Timed(), 10
    async with sending_to(script, MAIL_HOST_RATE_PER_MINUTE=str(rate), **settings) as stage:
        ticket = stage.seed(members=48)
        await stage.run(hours=3)

        assert stage.states_of(ticket) == {"delivered": 48}
        assert len(script.messages) == len(script.came) == 48
        for first, last in combinations(range(48), 2):
            minutes = (script.came[last] - script.came[first]).total_seconds() / 60
            assert last - first + 1 <= rate * minutes + rate + 1e-6
        assert script.came[-1] - script.came[0] < timedelta(minutes=15)  # and not much less than it takes


@pytest.mark.parametrize("settings", [SMTP_ALONE, GRAPH_REFUSES, {**GRAPH_REFUSES, **POOL}])
async def test_the_server_gets_no_more_in_a_day_than_it_takes_and_the_rest_goes_when_the_day_has_room(settings):
    script = Timed()
    async with sending_to(script, MAIL_HOST_DAILY_LIMIT="20", **settings) as stage:
        ticket = stage.seed(members=48)
        await stage.run(hours=24 * 5)

        assert stage.states_of(ticket) == {"delivered": 48}
        assert len(script.messages) == 48
        assert most_within(script.came, timedelta(hours=23)) <= 20


@pytest.mark.parametrize("at_once", [1, 2, 5])
async def test_workers_of_several_mailboxes_have_so_many_letters_under_way_in_all(at_once: int):
    script = Timed(takes=0.02)
    async with sending_to(script, MAIL_HOST_CONCURRENCY=str(at_once), **GRAPH_REFUSES, **POOL) as stage:
        ticket = stage.seed(members=48)
        others: list[SmtpMail] = []
        try:
            for _ in range(200):
                await stage.tick()
                taken = [stage.queues.take(SendBatch) for _ in range(6)]
                messages = [message for message in taken if isinstance(message, SendBatch)]
                await asyncio.gather(*(a_process_of_its_own(stage, message, script, others) for message in messages))
                stage.clock.move(20)
                if len(script.messages) == 48:
                    break
        finally:
            for other in others:
                await other.close()
        await stage.run()

        assert stage.states_of(ticket) == {"delivered": 48}
        assert script.most_in_hand <= at_once
        assert script.most_in_hand == at_once or at_once > 4  # as many as one worker may have in doubt


async def a_process_of_its_own(stage: Stage, message: SendBatch, script: Timed, opened: list[SmtpMail]) -> None:
    """Connections are bounded a process; what all have together is not theirs to know."""
    mail = SmtpMail(host="127.0.0.1", port=script.port, encryption="none", connections=9, timeout_seconds=5)
    opened.append(mail)
    graph = stage.services.transports[0]
    await worker.run(message, replace(stage.services, transports=(graph, mail)))


async def test_what_a_dead_worker_held_of_the_server_ends_with_its_lease():
    script = Timed()
    async with sending_to(script, MAIL_HOST_CONCURRENCY="2", **SMTP_ALONE) as stage:
        host = carrier(Transport.SMTP, stage.services.settings)
        assert host is not None
        dead = Slot("a worker that died", 2, stage.clock() + timedelta(seconds=120))
        await stage.ledger.save_sender(replace(SenderState(host.name), slots=(dead,)))
        began = stage.clock()
        ticket = stage.seed(members=4)
        await stage.run(hours=1)

        assert stage.states_of(ticket) == {"delivered": 4}
        assert script.came[0] - began >= timedelta(seconds=120)
        assert (await stage.ledger.sender(host.name)).slots == ()


async def test_a_letter_that_did_not_leave_is_given_back_to_the_day():
    script = Timed(replies={"RCPT": ["550 5.7.1 we do not take mail from you"] * 3})
    async with sending_to(script, MAIL_HOST_DAILY_LIMIT="20", **SMTP_ALONE) as stage:
        stage.seed(members=8)
        await stage.run(hours=2)

        host = carrier(Transport.SMTP, stage.services.settings)
        assert host is not None
        counted = (await stage.ledger.sender(host.name)).sent_by_hour
        assert sum(counted.values()) <= len(script.messages) + 3


async def test_without_limits_of_its_own_the_server_has_no_row():
    async with sending_to(Timed(), **GRAPH_REFUSES) as stage:
        stage.seed(members=8)
        await stage.run(hours=2)

        assert not [name for name in stage.ledger.senders if name.startswith("smtp:")]


@pytest.mark.parametrize(("mailer", "rate"), [("smtp", 12.0), ("failover", 30.0)])
async def test_the_forecast_reckons_with_the_server_where_all_leaves_by_it(mailer: str, rate: float):
    settings = some_settings(MAIL_MAILER=mailer, MAIL_RATE_PER_MINUTE="30", MAIL_HOST_RATE_PER_MINUTE="12")
    assert [sender.rate for sender in senders(settings)] == [rate]


@pytest.mark.parametrize(("named", "connections"), [("", 3), ("2", 2), ("6", 6)])
async def test_a_process_keeps_no_more_connections_than_the_server_takes(named: str, connections: int):
    script = Timed(takes=0.02)
    async with running(script):
        settings = some_settings(MAIL_PORT=str(script.port), MAIL_HOST_CONCURRENCY=named)
        resources = Resources(settings)
        try:
            mail = open_transport(Transport.SMTP, resources)
            await asyncio.gather(*(mail.send(a_mail()) for _ in range(12)))
        finally:
            await resources.close()

    assert len(script.messages) == 12
    assert script.most_open == connections
