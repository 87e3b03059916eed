"""The listeners' outages, refusals and odd messages, row by row of what was seen on the real host."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from aiohttp import web
from azure.core.exceptions import ServiceResponseError
from azure.storage.blob import BlobLeaseClient, BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from local.host import HostOptions, HostStoppedError, LocalHost, Outcome
from local.host.settings import read_host_config
from local.host.storage import CLIENT, RETRY_BASE
from tests.local_host.little_apps import STORAGE, TestQueue, queue_app, quick_options, timer_app, unique, until

pytestmark = pytest.mark.azurite

ROOT = Path(__file__).parents[2]
TRIES = 6
ERROR = '<?xml version="1.0"?><Error><Code>{}</Code><Message>x</Message></Error>'
NOTHING = '<?xml version="1.0"?><QueueMessagesList />'

TIME = "Mon, 30 Nov 2026 12:00:00 GMT"
ONE = f"""<?xml version="1.0"?><QueueMessagesList><QueueMessage><MessageId>1</MessageId>
<InsertionTime>{TIME}</InsertionTime><ExpirationTime>{TIME}</ExpirationTime><PopReceipt>p</PopReceipt>
<TimeNextVisible>{TIME}</TimeNextVisible><DequeueCount>1</DequeueCount><MessageText>x</MessageText></QueueMessage>
</QueueMessagesList>"""


async def work(msg: func.QueueMessage) -> None: ...


class Storage:
    """A queue service that answers as it is told to, and counts."""

    def __init__(self) -> None:
        self.metadata: list[tuple[int, str]] = []
        self.answers: list[tuple[int, str]] = []
        self.receives = 0
        self.drop = False
        self.held: asyncio.Event | None = None
        self.messages = 0  # that it gives, one to each receive
        self.renewals: list[tuple[int, str]] = []
        self.hidden_for: list[tuple[str, int]] = []  # what was asked for, in seconds
        self.port = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET" and request.query.get("comp") == "metadata":
            return self._next(self.metadata, "")
        if "visibilitytimeout" in request.query:
            self.hidden_for.append((request.method, int(request.query["visibilitytimeout"])))
        if request.method == "PUT":
            return self._next(self.renewals, "", status=204)
        if request.method == "DELETE":
            return web.Response(status=204)
        self.receives += 1
        if self.drop and self.answers:
            self.answers.pop(0)
            assert request.transport is not None
            request.transport.abort()
        if self.held is not None:
            await self.held.wait()
            return web.Response(text=ONE, content_type="application/xml")
        if self.messages:
            self.messages -= 1
            return web.Response(text=ONE, content_type="application/xml")
        return self._next(self.answers, NOTHING)

    def _next(self, answers: list[tuple[int, str]], otherwise: str, *, status: int = 200) -> web.Response:
        if not answers:
            headers = {**_COUNT, "x-ms-popreceipt": "p2", "x-ms-time-next-visible": TIME}
            return web.Response(status=status, text=otherwise, content_type="application/xml", headers=headers)
        status, code = answers.pop(0)
        headers = {"x-ms-error-code": code}
        return web.Response(status=status, text=ERROR.format(code), content_type="application/xml", headers=headers)

    @property
    def connection_string(self) -> str:
        url = f"http://127.0.0.1:{self.port}/account"
        return (
            f"DefaultEndpointsProtocol=http;AccountName=account;AccountKey=a2V5;QueueEndpoint={url};BlobEndpoint={url}"
        )


_COUNT = {"x-ms-approximate-messages-count": "0"}


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    service = Storage()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.port = runner.addresses[0][1]
    yield service
    await runner.cleanup()


def impatient(connection_string: str, **choices: Any) -> HostOptions:
    """The same tries, without the waits between them."""
    return quick_options(connection_string, retry_base=0.01, **choices)


def test_six_tries_take_twenty_five_seconds() -> None:
    assert sum(RETRY_BASE**n for n in range(1, TRIES)) == pytest.approx(25, abs=1)
    assert HostOptions().retry_base == RETRY_BASE


def test_the_defaults_are_the_real_hosts() -> None:
    options, ours = HostOptions(), read_host_config(ROOT, {})
    assert (options.visibility_seconds, options.restart_seconds) == (600, 2.0)
    assert read_host_config(None, {}).function_timeout_seconds == 1800
    assert (ours.function_timeout_seconds, ours.queues.retry_delay_seconds) == (600, 60)


async def test_a_receive_without_an_answer_is_over_after_a_hundred_seconds() -> None:
    """Its time is one of the client's, so a receive that waits is seen to end after a shorter one of the same kind."""
    assert CLIENT["read_timeout"] == 100
    writers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _reader, writer: writers.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    text = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;QueueEndpoint=http://127.0.0.1:{port}/a"
    async with silent:
        queues = QueueServiceClient.from_connection_string(text, **{**CLIENT, "read_timeout": 0.2})
        async with queues, asyncio.timeout(5):
            with pytest.raises(ServiceResponseError):
                await queues.get_queue_client("work").get_queue_properties()
        for writer in writers:
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize("end", ["failed", "timed out", "died"])
async def test_what_failed_is_hidden_for_the_visibility_timeout_and_what_runs_for_ten_minutes(
    storage: Storage, end: str
) -> None:
    async def fail(msg: func.QueueMessage) -> None:
        if end == "died":
            raise SystemExit(3)
        if end == "failed":
            raise ValueError
        await asyncio.sleep(60)

    storage.messages = 1
    environ = {"AzureFunctionsJobHost__functionTimeout": "00:00:01"}
    options = impatient(storage.connection_string, queues={"visibilityTimeout": "00:01:00"}, environ=environ)
    async with LocalHost(queue_app(fail, "work"), options=options):
        await until(lambda: "PUT" in dict(storage.hidden_for))
    assert dict(storage.hidden_for) == {"GET": 600, "PUT": 60}


async def test_a_renewal_that_fails_ends_the_host_in_mid_run(storage: Storage) -> None:
    ended: list[bool] = []
    may_end = asyncio.Event()

    async def take(msg: func.QueueMessage) -> None:
        await may_end.wait()
        ended.append(True)

    storage.messages, storage.renewals = 1, [(403, "AuthorizationFailure")]
    options = impatient(storage.connection_string, visibility_seconds=1)
    host = LocalHost(queue_app(take, "work"), options=options)
    await host.start()
    with pytest.raises(HostStoppedError, match="AuthorizationFailure"):
        await asyncio.wait_for(host.wait_for_failure(), 5)
    assert not ended, "it did not wait for the run"
    may_end.set()
    await host.stop()


@pytest.mark.parametrize("status", [429, 408, 500, 503])
async def test_a_busy_storage_is_ridden_out_for_five_tries(storage: Storage, status: int) -> None:
    storage.answers = [(status, "ServerBusy")] * (TRIES - 1)
    async with LocalHost(queue_app(work, "work"), options=impatient(storage.connection_string)):
        await until(lambda: storage.receives > TRIES)


@pytest.mark.parametrize(("status", "code"), [(429, "TooManyRequests"), (408, "RequestTimeout")])
async def test_six_tries_in_vain_end_the_host(storage: Storage, status: int, code: str) -> None:
    storage.answers = [(status, code)] * 100
    with pytest.raises(HostStoppedError):
        async with LocalHost(queue_app(work, "work"), options=impatient(storage.connection_string)) as host:
            await host.wait_for_failure()
    assert storage.receives == TRIES


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "ResourceNotFound"), (409, "QueueDisabled"), (409, "AccountBeingCreated"), (403, "AuthorizationFailure")],
)
async def test_what_waiting_does_not_cure_ends_the_host_at_once(storage: Storage, status: int, code: str) -> None:
    storage.answers = [(status, code)] * 100
    with pytest.raises(HostStoppedError):
        async with LocalHost(queue_app(work, "work"), options=impatient(storage.connection_string)) as host:
            await host.wait_for_failure()
    assert storage.receives == 1


@pytest.mark.parametrize(("status", "code"), [(404, "QueueNotFound"), (409, "QueueBeingDeleted")])
async def test_a_queue_that_is_absent_or_going_is_waited_for(storage: Storage, status: int, code: str) -> None:
    storage.metadata = [(status, code)]
    storage.answers = [(status, code)] * 3
    async with LocalHost(queue_app(work, "work"), options=impatient(storage.connection_string)):
        await until(lambda: storage.receives > 5)


async def test_a_refused_look_at_the_queue_ends_the_host_before_it_receives(storage: Storage) -> None:
    storage.metadata = [(403, "AuthorizationFailure")] * 100
    with pytest.raises(HostStoppedError):
        async with LocalHost(queue_app(work, "work"), options=impatient(storage.connection_string)) as host:
            await host.wait_for_failure()
    assert storage.receives == 0


async def test_twenty_dropped_connections_in_a_row_are_survived(storage: Storage) -> None:
    storage.drop, storage.answers = True, [(0, "")] * 20
    async with LocalHost(queue_app(work, "work"), options=impatient(storage.connection_string)):
        await until(lambda: storage.receives > 22, seconds=20)


async def test_a_storage_that_refuses_connections_ends_the_host_after_its_tries() -> None:
    nowhere = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;QueueEndpoint=http://127.0.0.1:9/a"
    host = LocalHost(queue_app(work, "work"), options=impatient(nowhere))
    await host.start()
    with pytest.raises(HostStoppedError, match="ServiceRequestError"):
        await host.wait_for_failure()
    await host.stop()


# --- messages and names


async def test_a_poison_message_above_the_most_is_run_and_again_when_its_time_is_over(
    storage_connection_string: str,
) -> None:
    counts: list[int | None] = []

    async def bury(msg: func.QueueMessage) -> None:
        counts.append(msg.dequeue_count)
        if len(counts) < 4:
            raise ValueError("not yet")

    queue = TestQueue(storage_connection_string, unique("x") + "-poison")
    queue.send("dead")
    options = quick_options(storage_connection_string, queues={"maxDequeueCount": 1}, visibility_seconds=1)
    async with LocalHost(queue_app(bury, queue.name), options=options) as host:
        await until(lambda: host.counts["bury", Outcome.SUCCEEDED], seconds=20)
    assert counts == [1, 2, 3, 4]
    assert queue.length() == 0


@pytest.mark.parametrize("text", ["w6YK", "w6 YK", "w6\r\nYK", "\tw6YK "])
async def test_base64_with_blanks_inside_is_read(storage_connection_string: str, text: str) -> None:
    bodies: list[bytes] = []

    async def take(msg: func.QueueMessage) -> None:
        bodies.append(msg.get_body())

    queue = TestQueue(storage_connection_string, unique("b64"))
    queue.send(text)
    options = quick_options(storage_connection_string, queues={"messageEncoding": "base64"})
    async with LocalHost(queue_app(take, queue.name), options=options):
        await until(lambda: bodies)
    assert bodies == ["æ\n".encode()]


async def test_text_that_is_no_text_is_tried_five_times_and_poisoned(storage_connection_string: str) -> None:
    async def take(msg: str) -> None: ...

    queue = TestQueue(storage_connection_string, unique("utf"))
    queue.send("//79")
    options = quick_options(storage_connection_string, queues={"messageEncoding": "base64"})
    async with LocalHost(queue_app(take, queue.name), options=options) as host:
        await until(lambda: host.queue_stats["take"].poisoned)
        stats = host.queue_stats["take"]
        assert (stats.received, stats.released) == (5, 4)


async def test_a_queue_name_in_upper_case_is_lowered(storage_connection_string: str) -> None:
    queue = TestQueue(storage_connection_string, unique("lower"))
    bodies: list[bytes] = []

    async def take(msg: func.QueueMessage) -> None:
        bodies.append(msg.get_body())

    queue.send("x")
    async with LocalHost(queue_app(take, queue.name.upper()), options=quick_options(storage_connection_string)):
        await until(lambda: bodies)


@pytest.mark.parametrize(
    ("queue_name", "schedule", "words"),
    [
        ("no_name", "0 0 0 1 1 *", "'no_name' is no name of a queue"),
        ("%NOWHERE%", "0 0 0 1 1 *", "there is no setting named 'NOWHERE'"),
        ("good-name", "0 0 0 1 1 *\n", "only spaces may stand between its fields"),
        ("good-name", "0 5/1 * * * *", "would be read as 5 to 59"),
    ],
)
async def test_one_function_that_cannot_be_served_leaves_the_others_running(
    storage_connection_string: str, caplog: pytest.LogCaptureFixture, queue_name: str, schedule: str, words: str
) -> None:
    app = queue_app(work, queue_name)
    ran = asyncio.Event()

    @app.timer_trigger(arg_name="timer", schedule=schedule)
    async def yearly(timer: func.TimerRequest) -> None: ...

    other = TestQueue(storage_connection_string, unique("other"))

    @app.queue_trigger(arg_name="msg", queue_name=other.name, connection=STORAGE)
    async def rest(msg: func.QueueMessage) -> None:
        ran.set()

    other.send("x")
    async with LocalHost(app, options=quick_options(storage_connection_string, host_id=unique("part"))):
        await asyncio.wait_for(ran.wait(), 10)
    assert words in caplog.text
    assert "function is in error" in caplog.text


# --- the timer


async def tick(timer: func.TimerRequest) -> None: ...


async def test_a_lost_lease_ends_the_whole_host_idle_or_in_mid_run(storage_connection_string: str) -> None:
    """The two are looked at together, since a lease is noticed to be gone when it is to be renewed."""
    may_end, both_seen = asyncio.Event(), asyncio.Barrier(2)
    ended: list[bool] = []
    begun = asyncio.Event()

    async def busy(timer: func.TimerRequest) -> None:
        begun.set()
        await may_end.wait()
        ended.append(True)

    apps = {"tick": timer_app(tick, "0 0 0 1 1 *"), "busy": timer_app(busy, "0 0 0 1 1 *", run_on_startup=True)}

    async def lost(name: str) -> None:
        host_id = unique("lease")
        options = quick_options(storage_connection_string, host_id=host_id, timer_lease_seconds=15)
        host = LocalHost(apps[name], options=options)
        await host.start()
        await until(lambda: host.next_due("tick") if name == "tick" else begun.is_set())
        with BlobServiceClient.from_connection_string(storage_connection_string) as blobs:
            blob = f"locks/{host_id}/Host.Functions.{name}.Listener"
            BlobLeaseClient(blobs.get_blob_client("azure-webjobs-hosts", blob)).break_lease(0)
        with pytest.raises(HostStoppedError, match=f"Timer '{name}' has lost its lease"):
            await asyncio.wait_for(host.wait_for_failure(), 12)
        assert not ended, "the host did not wait for the run"
        await both_seen.wait()
        may_end.set()
        await host.stop()

    await asyncio.gather(lost("tick"), lost("busy"))


async def test_a_broken_status_of_a_timer_ends_the_host(storage_connection_string: str) -> None:
    host_id = unique("broken")
    options = quick_options(storage_connection_string, host_id=host_id)
    async with LocalHost(timer_app(tick, "0 0 0 1 1 *"), options=options) as host:
        await until(lambda: host.next_due("tick"))
    with BlobServiceClient.from_connection_string(storage_connection_string) as blobs:
        blob = blobs.get_blob_client("azure-webjobs-hosts", f"timers/{host_id}/Host.Functions.tick/status")
        blob.upload_blob(b"{", overwrite=True)
    with pytest.raises(HostStoppedError, match="status of timer 'tick' in the storage is broken"):
        async with LocalHost(timer_app(tick, "0 0 0 1 1 *"), options=options) as host:
            await host.wait_for_failure()


async def test_what_is_received_while_the_host_stops_is_never_started(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays hidden for ten minutes, with one try used."""
    runs: list[bytes] = []

    async def take(msg: func.QueueMessage) -> None:
        runs.append(msg.get_body())

    storage.held = asyncio.Event()
    async with LocalHost(queue_app(take, "work"), options=impatient(storage.connection_string)) as host:
        await until(lambda: storage.receives)
        stopping = asyncio.create_task(host.stop())
        await asyncio.sleep(0.1)
        storage.held.set()
        await stopping
    assert runs == []
    assert "1 messages were received and are not started" in caplog.text
