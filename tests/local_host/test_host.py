"""The host as a whole, used in-process: its environment, its idea of idle, its start and stop."""

import asyncio
import os

import azure.functions as func
import pytest

from local.host import HostError, HostOptions, LocalHost, Outcome, StartError
from tests.local_host.little_apps import STORAGE, TestQueue, queue_app, quick_options, unique, until

pytestmark = pytest.mark.azurite


@pytest.fixture
def queue(storage_connection_string: str) -> TestQueue:
    return TestQueue(storage_connection_string, unique("whole"))


async def test_settings_are_the_apps_environment_while_the_host_runs(
    queue: TestQueue, storage_connection_string: str
) -> None:
    seen: list[str | None] = []

    async def work(msg: func.QueueMessage) -> None:
        seen.extend(os.environ.get(name) for name in ("COLOUR", STORAGE))

    os.environ["COLOUR"] = "before"
    queue.send("x")
    options = quick_options(storage_connection_string, environ={"COLOUR": "blue"})
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await host.until_idle()
    assert seen == ["blue", storage_connection_string]
    assert (os.environ["COLOUR"], os.environ.get(STORAGE)) == ("before", None)


async def test_a_failed_start_puts_the_environment_back(storage_connection_string: str) -> None:
    async def work(msg: func.QueueMessage) -> None: ...

    options = quick_options(storage_connection_string, environ={"COLOUR": "blue"}, functions=["nobody"])
    with pytest.raises(StartError):
        await LocalHost(queue_app(work, "queue"), options=options).start()
    assert "COLOUR" not in os.environ


async def test_without_a_storage_setting_it_does_not_start() -> None:
    async def work(msg: func.QueueMessage) -> None: ...

    with pytest.raises(StartError, match="no setting 'AzureWebJobsStorage' with a connection string"):
        await LocalHost(queue_app(work, "queue"), options=HostOptions()).start()


async def test_idle_means_that_chains_of_messages_have_ended_too(
    queue: TestQueue, storage_connection_string: str
) -> None:
    app = func.FunctionApp()
    last: list[int] = []

    @app.queue_trigger(arg_name="msg", queue_name=queue.name, connection=STORAGE)
    async def count_down(msg: func.QueueMessage) -> None:
        number = int(msg.get_body())
        await asyncio.sleep(0.05)
        if number:
            queue.send(str(number - 1))
        else:
            last.append(number)

    queue.send("4", "3")
    async with LocalHost(app, options=quick_options(storage_connection_string)) as host:
        await host.until_idle([queue.name])
        assert host.counts == {("count_down", Outcome.SUCCEEDED): 9}
    assert last == [0, 0]


async def test_waiting_for_idle_tells_what_is_left(queue: TestQueue, storage_connection_string: str) -> None:
    async def work(msg: func.QueueMessage) -> None:
        raise ValueError("later, then")

    queue.send("x")
    options = quick_options(storage_connection_string, queues={"visibilityTimeout": "00:01:00"})
    async with LocalHost(queue_app(work, queue.name), options=options) as host:
        await until(lambda: host.queue_stats["work"].released)
        with pytest.raises(HostError, match=rf"Not idle after 0\.3 s: 0 runs, {{'{queue.name}': 1}}"):
            await host.until_idle(timeout_seconds=0.3)


async def test_stopping_waits_for_what_runs_and_completes_it(queue: TestQueue, storage_connection_string: str) -> None:
    begun = asyncio.Event()

    async def work(msg: func.QueueMessage) -> None:
        begun.set()
        await asyncio.sleep(0.3)

    queue.send("x")
    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        await begun.wait()
    assert host.counts == {("work", Outcome.SUCCEEDED): 1}
    assert queue.length() == 0


async def test_a_function_can_be_run_by_name_with_text(queue: TestQueue, storage_connection_string: str) -> None:
    seen: list[tuple[bytes, int | None]] = []

    async def work(msg: func.QueueMessage) -> None:
        seen.append((msg.get_body(), msg.dequeue_count))

    async with LocalHost(queue_app(work, queue.name), options=quick_options(storage_connection_string)) as host:
        assert (await host.run_function("work", "hello")).succeeded
        with pytest.raises(HostError, match="no timer or queue function 'play'"):
            await host.run_function("play")
    assert seen == [(b"hello", 0)]
