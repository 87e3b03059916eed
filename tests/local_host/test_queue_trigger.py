"""The queue trigger against Azurite: what the real host does with a message, done here."""

import asyncio
import base64
import logging
import threading
import time
from datetime import timedelta
from typing import Any

import azure.functions as func
import pytest
from azure.core.exceptions import HttpResponseError

from local.host import HostError, HostStoppedError, LocalHost, Outcome
from tests.local_host.little_apps import RecordingClock, TestQueue, queue_app, quick_options, unique, until

pytestmark = pytest.mark.azurite


@pytest.fixture
def queue(storage_connection_string: str) -> TestQueue:
    return TestQueue(storage_connection_string, unique("work"))


@pytest.fixture
def poison(storage_connection_string: str, queue: TestQueue) -> TestQueue:
    return TestQueue(storage_connection_string, f"{queue.name}-poison", create=False)


async def test_success_deletes_the_message(queue: TestQueue, storage_connection_string: str) -> None:
    seen: list[Any] = []

    async def work(msg: func.QueueMessage) -> None:
        seen.append(msg)

    queue.send('{"a": "æ"}')
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await until(lambda: seen)
        await host.until_idle()

        assert host.counts["work", Outcome.SUCCEEDED] == 1
        assert host.queue_stats["work"].deleted == 1
    message = seen[0]
    assert message.get_json() == {"a": "æ"}
    assert (message.dequeue_count, message.id != "", message.pop_receipt != "") == (1, True, True)
    assert message.insertion_time.tzinfo is not None
    assert message.insertion_time < message.time_next_visible < message.expiration_time
    hidden = message.time_next_visible - message.insertion_time
    assert timedelta(minutes=10) <= hidden < timedelta(minutes=10, seconds=30)
    assert queue.length() == 0


@pytest.mark.parametrize(("annotation", "expected"), [(str, "text"), (bytes, b"text"), (None, b"text")])
async def test_the_annotation_decides_what_is_handed_over(
    annotation: type | None, expected: object, queue: TestQueue, storage_connection_string: str
) -> None:
    seen: list[Any] = []

    def work(msg):
        seen.append(msg.get_body() if annotation is None else msg)

    if annotation:
        work.__annotations__["msg"] = annotation
    queue.send("text")
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await until(lambda: seen)
        await host.until_idle()
    assert seen == [expected]


async def test_failure_makes_it_visible_after_visibility_timeout_with_count_two(
    queue: TestQueue, storage_connection_string: str
) -> None:
    runs: list[tuple[int | None, float]] = []

    async def work(msg: func.QueueMessage) -> None:
        runs.append((msg.dequeue_count, time.monotonic()))
        if len(runs) == 1:
            raise ValueError("the first time")

    queue.send("x")
    options = quick_options(storage_connection_string, queues={"visibilityTimeout": "00:00:01"})
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: len(runs) == 2)
        await host.until_idle()

        assert host.queue_stats["work"].released == 1
    assert [count for count, _ in runs] == [1, 2]
    assert runs[1][1] - runs[0][1] > 0.9


async def test_the_fifth_failure_moves_it_to_poison_where_its_count_begins_anew(
    queue: TestQueue, poison: TestQueue, storage_connection_string: str, caplog: pytest.LogCaptureFixture
) -> None:
    counts: list[int | None] = []

    async def work(msg: func.QueueMessage) -> None:
        counts.append(msg.dequeue_count)
        raise ValueError("always")

    queue.client.send_message("broken <&> æ", time_to_live=-1)
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await until(lambda: len(counts) == 5)
        await host.until_idle()

    assert counts == [1, 2, 3, 4, 5]
    assert queue.length() == 0
    message = poison.client.receive_message()
    assert message is not None
    assert message.expires_on is not None
    assert message.inserted_on is not None
    assert message.expires_on - message.inserted_on == timedelta(days=7), "also where the original never expires"
    assert (message.content, message.dequeue_count) == ("broken <&> æ", 1)
    assert f"Message has reached MaxDequeueCount of 5. Moving message to queue '{poison.name}'." in caplog.text


async def test_a_count_above_the_limit_goes_to_poison_unrun(
    queue: TestQueue, poison: TestQueue, storage_connection_string: str
) -> None:
    async def work(msg: func.QueueMessage) -> None:
        raise AssertionError("it must not run")

    queue.send("tired")
    for _ in range(5):
        received = queue.client.receive_message()
        assert received is not None
        queue.client.update_message(received, visibility_timeout=0)
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await until(lambda: host.queue_stats["work"].poisoned)

        assert not host.counts
    assert (poison.waiting(), queue.length()) == (["tired"], 0)


async def test_a_run_longer_than_the_visibility_is_delivered_once(
    queue: TestQueue, storage_connection_string: str
) -> None:
    counts: list[int | None] = []

    async def work(msg: func.QueueMessage) -> None:
        counts.append(msg.dequeue_count)
        await asyncio.sleep(3.3)

    queue.send("long")
    options = quick_options(storage_connection_string, visibility_seconds=2)
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: counts)
        await host.until_idle()

        assert host.queue_stats["work"].renewals >= 2
        assert host.queue_stats["work"].lost == 0
    assert counts == [1]


async def test_a_receipt_lost_before_the_delete_is_noted_and_nothing_breaks(
    queue: TestQueue, storage_connection_string: str
) -> None:
    async def work(msg: func.QueueMessage) -> None:
        if msg.get_body() == b"stolen":
            assert msg.id is not None
            queue.client.delete_message(msg.id, msg.pop_receipt)

    queue.send("stolen", "kept")
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await until(lambda: host.counts["work", Outcome.SUCCEEDED] == 2)
        await host.until_idle()

        assert (host.queue_stats["work"].lost, host.queue_stats["work"].deleted) == (1, 1)


async def test_batch_one_and_threshold_zero_never_run_two_at_once(
    queue: TestQueue, storage_connection_string: str
) -> None:
    running, peak = 0, 0

    async def work(msg: func.QueueMessage) -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0.02)
        running -= 1

    queue.send(*"abcdef")
    options = quick_options(storage_connection_string, queues={"batchSize": 1, "newBatchThreshold": 0})
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await host.until_idle()

        assert host.counts["work", Outcome.SUCCEEDED] == 6
    assert peak == 1


async def test_batch_one_holds_for_one_host_and_several_share_a_queue(
    queue: TestQueue, storage_connection_string: str
) -> None:
    running, peak, seen = 0, 0, []

    async def work(msg: func.QueueMessage) -> None:
        nonlocal running, peak
        seen.append(msg.get_body().decode())
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0.1)
        running -= 1

    texts = [str(n) for n in range(12)]
    queue.send(*texts)
    options = quick_options(storage_connection_string, queues={"batchSize": 1, "newBatchThreshold": 0})
    async with (
        LocalHost(queue_app(work, queue.name), options=options) as first,
        LocalHost(queue_app(work, queue.name), options=options) as second,
    ):
        await until(lambda: len(seen) == 12)
        await first.until_idle()
        await second.until_idle()
        shares = [host.counts["work", Outcome.SUCCEEDED] for host in (first, second)]
    assert sorted(seen) == sorted(texts), "each message went to one host"
    assert sum(shares) == 12
    assert min(shares) >= 3
    assert peak == 2, "one in each host, and two in all"


async def test_batch_sixteen_and_threshold_eight_run_up_to_twenty_four(
    queue: TestQueue, storage_connection_string: str
) -> None:
    started = 0
    release = asyncio.Event()

    async def work(msg: func.QueueMessage) -> None:
        nonlocal started
        started += 1
        if started > 8:
            await release.wait()

    queue.send(*map(str, range(36)))
    options = quick_options(storage_connection_string, queues={"batchSize": 16, "newBatchThreshold": 8})
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: started == 32)
        await asyncio.sleep(0.3)
        assert started - host.counts["work", Outcome.SUCCEEDED] == 24

        release.set()
        await host.until_idle()
        assert host.counts["work", Outcome.SUCCEEDED] == 36


async def test_empty_polls_back_off_to_the_limit_and_begin_anew_after_work(
    queue: TestQueue, storage_connection_string: str
) -> None:
    async def work(msg: func.QueueMessage) -> None: ...

    clock = RecordingClock(free_waits=8)
    options = quick_options(
        storage_connection_string, max_polling_seconds=5.0, clock=clock, uniform=lambda _low, _high: 1.0
    )
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: len(clock.waits) == 8)
        assert clock.waits == pytest.approx([0.1, 0.2, 0.3, 0.5, 0.9, 1.7, 3.3, 5.0])

        clock.free(4)
        queue.send("x")
        host.wake(queue.name)

        # The poll that was under way when the message was sent may still have found nothing.
        def begun_anew() -> list[float]:
            return [wait for wait in clock.waits[8:] if wait < 5.0]

        await until(lambda: len(begun_anew()) >= 2)
        assert begun_anew()[:2] == pytest.approx([0.1, 0.2])


async def test_a_missing_queue_is_waited_for(storage_connection_string: str) -> None:
    runs: list[str] = []

    async def work(msg: func.QueueMessage) -> None:
        runs.append(msg.get_body().decode())

    queue = TestQueue(storage_connection_string, unique("late"), create=False)
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await until(lambda: host.queue_stats["work"].polls > 2)

        queue.client.create_queue()
        queue.send("at last")
        await until(lambda: runs)
        await host.until_idle()
    assert runs == ["at last"]


async def test_plain_text_in_base64_mode_goes_to_poison_unrun(
    queue: TestQueue, poison: TestQueue, storage_connection_string: str
) -> None:
    runs: list[bytes] = []

    async def work(msg: func.QueueMessage) -> None:
        runs.append(msg.get_body())

    queue.send("plain text!", base64.b64encode("æ".encode()).decode())
    options = quick_options(storage_connection_string, queues={"messageEncoding": "base64"})
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: host.queue_stats["work"].poisoned and runs)
        await host.until_idle()
    assert (runs, poison.waiting()) == (["æ".encode()], ["plain text!"])


async def test_a_failing_trigger_on_a_poison_queue_leaves_the_message_hidden(storage_connection_string: str) -> None:
    async def bury(msg: func.QueueMessage) -> None:
        raise ValueError("it must not fail, but does")

    queue = TestQueue(storage_connection_string, unique("x") + "-poison")
    copy = TestQueue(storage_connection_string, f"{queue.name}-poison", create=False)
    queue.send("dead")
    options = quick_options(storage_connection_string, queues={"maxDequeueCount": 1})
    async with LocalHost(queue_app(bury, queue.name), options=options) as host:
        await until(lambda: host.counts["bury", Outcome.FAILED])
        await asyncio.sleep(0.3)

        assert host.counts["bury", Outcome.FAILED] == 1
    assert (queue.waiting(), queue.length()) == ([], 1)
    with pytest.raises(HttpResponseError, match="does not exist"):
        copy.length()


async def test_outputs_are_written_on_success_only_and_create_their_queue(
    queue: TestQueue, storage_connection_string: str
) -> None:
    async def work(msg: func.QueueMessage, out: func.Out[str]) -> None:
        out.set(f"{msg.get_body().decode()}{msg.dequeue_count}")
        if msg.dequeue_count == 1:
            raise ValueError("after the output was set")

    target = TestQueue(storage_connection_string, unique("target"), create=False)
    queue.send("run")
    app = queue_app(work, queue.name, output=target.name)
    async with LocalHost(app, options=quick_options(storage_connection_string)) as host:
        await until(lambda: host.counts["work", Outcome.SUCCEEDED])
        await host.until_idle()
    assert target.waiting() == ["run2"]


async def test_an_output_wakes_the_listener_of_its_queue_and_a_plain_send_does_not(
    queue: TestQueue, storage_connection_string: str
) -> None:
    arrived: list[str] = []
    app = func.FunctionApp()
    inner = unique("inner")

    @app.queue_trigger(arg_name="msg", queue_name=queue.name, connection="AzureWebJobsStorage")
    @app.queue_output(arg_name="out", queue_name=inner, connection="AzureWebJobsStorage")
    async def first(msg: func.QueueMessage, out: func.Out[list[str]]) -> None:
        out.set(["one", "two"])

    @app.queue_trigger(arg_name="msg", queue_name=inner, connection="AzureWebJobsStorage")
    async def second(msg: func.QueueMessage) -> None:
        arrived.append(msg.get_body().decode())

    options = quick_options(storage_connection_string, max_polling_seconds=60.0, uniform=lambda _low, _high: 200.0)
    async with LocalHost(app, options=options) as host:
        await until(lambda: all(stats.polls >= 2 for stats in host.queue_stats.values()))
        await asyncio.sleep(1.0)  # a poll is counted when it begins: let the second one end before there is a message
        queue.send("go")
        await asyncio.sleep(0.5)
        assert host.queue_stats["first"].received == 0

        host.wake(queue.name)
        await until(lambda: len(arrived) == 2)
    assert sorted(arrived) == ["one", "two"]


async def test_an_escaping_cancellation_is_a_hang_and_not_a_failure(
    queue: TestQueue, storage_connection_string: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(msg: func.QueueMessage) -> None:
        raise asyncio.CancelledError

    queue.send("x")
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await until(lambda: "hangs: CancelledError escaped" in caplog.text)
        with pytest.raises(HostError, match=r"These runs hang and will not end: \['work'\]"):
            await host.until_idle()
        assert not host.counts
    assert host.counts == {("work", Outcome.HUNG): 1}
    assert (queue.waiting(), queue.length()) == ([], 1)


async def test_a_hang_ends_its_worker_at_the_time_out_and_takes_its_neighbours_along(
    queue: TestQueue, storage_connection_string: str
) -> None:
    seen: list[Any] = []

    async def work(msg: func.QueueMessage) -> None:
        seen.append((msg.get_body().decode(), msg.dequeue_count))
        if msg.dequeue_count == 1:
            if msg.get_body() == b"hanging":
                raise asyncio.CancelledError
            await asyncio.sleep(60)

    queue.send("hanging")
    timeout = {"AzureFunctionsJobHost__functionTimeout": "00:00:01"}
    options = quick_options(storage_connection_string, environ=timeout, restart_seconds=0.0)
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: seen)
        await asyncio.sleep(0.3)
        queue.send("neighbour")
        await until(lambda: host.counts["work", Outcome.SUCCEEDED] == 2)
    assert sorted(seen) == [("hanging", 1), ("hanging", 2), ("neighbour", 1), ("neighbour", 2)]
    ends = (Outcome.TIMED_OUT, Outcome.DIED, Outcome.HUNG)
    assert [host.counts["work", end] for end in ends] == [1, 1, 0], "the neighbour had time left"
    assert queue.length() == 0


async def test_past_its_time_a_run_has_failed_and_takes_its_neighbours_along(
    queue: TestQueue, storage_connection_string: str, caplog: pytest.LogCaptureFixture
) -> None:
    """All messages of the worker come back after ``visibilityTimeout``, with one try used; a new worker takes them."""
    seen: list[Any] = []
    begun: list[float] = []

    async def work(msg: func.QueueMessage) -> None:
        seen.append((msg.get_body().decode(), msg.dequeue_count))
        begun.append(time.monotonic())
        await asyncio.sleep(60 if msg.dequeue_count == 1 else 0)

    queue.send("slow", "neighbour")
    timeout = {"AzureFunctionsJobHost__functionTimeout": "00:00:01"}
    options = quick_options(storage_connection_string, environ=timeout)
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: host.counts["work", Outcome.SUCCEEDED] == 2)
    assert begun[2] - begun[1] >= 2.9, "the next worker comes two seconds after the time-out of one"
    assert "Timeout value of 1.0 s was exceeded by function 'Functions.work'" in caplog.text
    assert sorted(seen) == [("neighbour", 1), ("neighbour", 2), ("slow", 1), ("slow", 2)]
    assert host.counts["work", Outcome.TIMED_OUT] + host.counts["work", Outcome.DIED] == 2
    assert queue.length() == 0


async def test_a_dead_worker_is_replaced_at_once_and_what_ran_in_it_comes_back(
    queue: TestQueue, storage_connection_string: str
) -> None:
    async def work(msg: func.QueueMessage) -> None:
        if msg.dequeue_count != 1:
            return
        if msg.get_body() == b"deadly":
            await asyncio.sleep(0.3)
            raise SystemExit(3)
        await asyncio.sleep(60)

    queue.send("neighbour", "deadly")
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await until(lambda: host.counts["work", Outcome.SUCCEEDED] == 2)
    assert host.counts["work", Outcome.DIED] == 2
    assert queue.length() == 0


async def test_a_storage_error_that_waiting_does_not_cure_stops_the_host(storage_connection_string: str) -> None:
    async def work(msg: func.QueueMessage) -> None: ...

    wrong_key = storage_connection_string.replace("AccountKey=Eby8", "AccountKey=Abcd")
    host = LocalHost(queue_app(work, "some-queue"), options=quick_options(wrong_key))
    await host.start()
    with pytest.raises(HostStoppedError, match=r"AuthorizationFailure|AuthenticationFailed"):
        await host.wait_for_failure()
    await host.stop()


async def test_three_deaths_in_a_row_end_the_host(queue: TestQueue, storage_connection_string: str) -> None:
    deaths: list[Any] = []

    async def work(msg: func.QueueMessage) -> None:
        deaths.append(msg.dequeue_count)
        raise SystemExit(3)

    queue.send("x")
    with pytest.raises(HostStoppedError, match=r"3 workers have died in a row: SystemExit: 3"):
        async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
            await host.wait_for_failure()
    assert deaths == [1, 2, 3]
    assert queue.length() == 1


async def test_plain_functions_run_in_threads_beside_each_other(
    queue: TestQueue, storage_connection_string: str
) -> None:
    seen: list[Any] = []
    all_at_once = threading.Barrier(3, timeout=10)

    def work(msg: func.QueueMessage, context: func.Context) -> None:
        all_at_once.wait()
        seen.append((context.function_name, len(context.invocation_id), context.trace_context.trace_parent))

    queue.send(*"abc")
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await host.until_idle()
    assert seen == [("work", 36, "")] * 3


async def test_a_returned_value_without_a_binding_fails_the_run(
    queue: TestQueue, storage_connection_string: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(msg: func.QueueMessage) -> str:
        return "to nobody"

    caplog.set_level(logging.INFO)
    queue.send("x")
    options = quick_options(storage_connection_string, queues={"maxDequeueCount": 1})
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: host.counts["work", Outcome.FAILED])
        await host.until_idle()
    assert "without a $return binding returned a non-None value" in caplog.text
