"""``python -m local.host`` as a process: started, asked to stop, killed."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.local_host.little_apps import TestQueue, unique, until

pytestmark = [pytest.mark.azurite, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
APP = """
import asyncio, logging, os
from pathlib import Path
import azure.functions as func

log = logging.getLogger("little.app")
log.warning("said at import")


async def lines():
    log.info("said by the run")
    await asyncio.create_task(later(0, "said by a task of the run"))
    await asyncio.to_thread(log.info, "said by a thread of the app")
    tasks.append(asyncio.create_task(later(0.3, "said after the run")))
    tasks.append(asyncio.create_task(later(0.6, "noted")))


async def later(seconds, line):
    await asyncio.sleep(seconds)
    log.info(line)
    if line == "noted":
        notes.write_text("late lines\\n")


tasks = []
app = func.FunctionApp()
notes = Path(os.environ["NOTES"])


@app.queue_trigger(arg_name="msg", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
async def work(msg: func.QueueMessage) -> None:
    logging.getLogger("little.app").info("working on %s", msg.get_body().decode())
    with notes.open("a") as file:
        file.write(f"begun {msg.dequeue_count}\\n")
    if msg.get_body() == b"deadly":
        os._exit(1)
    if msg.get_body() == b"threads":
        await lines()
        return
    await asyncio.sleep(float(msg.get_body()) if msg.dequeue_count == 1 else 0)
    with notes.open("a") as file:
        file.write(f"ended {msg.dequeue_count}\\n")


@app.route(route="echo/{rest}", auth_level=func.AuthLevel.ANONYMOUS)
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    said = [req.method, req.route_params["rest"], dict(req.params), req.headers["x-mark"], req.get_body()]
    return func.HttpResponse(repr(said), headers={"X-Answer": str(os.getpid())})


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
async def yearly(timer: func.TimerRequest) -> None:
    with notes.open("a") as file:
        file.write(f"yearly {timer.past_due}\\n")
"""


class Command:
    """The command with an app in a folder of its own."""

    def __init__(self, folder: Path, connection_string: str, queue: str) -> None:
        self.folder = folder
        self.notes = folder / "notes.txt"
        self.log = folder / "log.txt"
        self.processes: list[subprocess.Popen[bytes]] = []
        (folder / "function_app.py").write_text(APP)
        queues = {"messageEncoding": "none", "batchSize": 1, "newBatchThreshold": 0, "maxPollingInterval": "00:00:00.1"}
        (folder / "host.json").write_text(json.dumps({"version": "2.0", "extensions": {"queues": queues}}))
        self.settings(AzureWebJobsStorage=connection_string, WORK_QUEUE=queue, NOTES=str(self.notes))

    def settings(self, **values: str) -> None:
        document = {"IsEncrypted": False, "Values": values}
        (self.folder / "local.settings.json").write_text(json.dumps(document))

    def start(self, *flags: str, **environ: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "local.host", "--app", str(self.folder), "--port", "0", *flags],
                cwd=ROOT,
                env={**os.environ, **environ},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    def noted(self) -> list[str]:
        return self.notes.read_text().splitlines() if self.notes.exists() else []

    def said(self) -> str:
        return self.log.read_text()


@pytest.fixture
def queue(storage_connection_string: str) -> TestQueue:
    return TestQueue(storage_connection_string, unique("command"))


@pytest.fixture
def command(tmp_path: Path, storage_connection_string: str, queue: TestQueue) -> Iterator[Command]:
    command = Command(tmp_path, storage_connection_string, queue.name)
    yield command
    for process in command.processes:
        process.kill()
        process.wait()


async def exit_status(process: subprocess.Popen[Any]) -> int:
    return await asyncio.wait_for(asyncio.to_thread(process.wait), 15)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_polls_no_more_finishes_completes_and_exits(
    number: signal.Signals, command: Command, queue: TestQueue
) -> None:
    queue.send("1.0", "0")
    process = command.start("--no-timers", "--run-timer", "yearly", WORK_QUEUE=queue.name)
    await until(lambda: "begun 1" in command.noted())
    process.send_signal(number)

    assert await exit_status(process) == 0
    assert sorted(command.noted()) == ["begun 1", "ended 1", "yearly False"]
    assert queue.length() == 1, "the finished message is deleted, the other never taken"
    assert queue.waiting() in (["0"], ["1.0"])
    words = command.said()
    assert "Skipping 'WORK_QUEUE' from local settings" in words
    assert f"work: queue {queue.name}" in words
    assert "little.app: working on" in words
    assert "azure.core" not in words


async def test_killed_in_mid_run_the_message_comes_back_after_the_visibility(
    command: Command, queue: TestQueue
) -> None:
    queue.send("60")
    first = command.start("--no-timers", "--visibility-seconds", "3")
    await until(lambda: command.noted() == ["begun 1"])
    assert (queue.waiting(), queue.length()) == ([], 1)
    first.send_signal(signal.SIGKILL)
    await exit_status(first)

    second = command.start("--no-timers", "--visibility-seconds", "3")
    await until(lambda: command.noted() == ["begun 1", "begun 2", "ended 2"])
    second.send_signal(signal.SIGTERM)

    assert await exit_status(second) == 0
    assert queue.length() == 0


async def test_three_workers_that_die_in_a_row_end_it_as_if_all_were_well(command: Command, queue: TestQueue) -> None:
    queue.send("deadly")
    process = command.start("--no-timers")
    await until(lambda: command.noted() == ["begun 1", "begun 2", "begun 3"], seconds=60)

    assert await exit_status(process) == 0
    assert "3 workers have died in a row" in command.said()


async def test_only_lines_of_a_run_get_through(command: Command, queue: TestQueue) -> None:
    queue.send("threads")
    process = command.start("--no-timers")
    await until(lambda: "late lines" in command.noted())
    process.send_signal(signal.SIGTERM)

    assert await exit_status(process) == 0
    said = command.said()
    assert "little.app: said by the run" in said
    assert "little.app: said by a task of the run" in said
    for lost in ("said by a thread of the app", "said after the run", "said at import"):
        assert lost not in said


async def test_what_cannot_start_says_why_and_exits_with_one(command: Command) -> None:
    command.settings(AzureWebJobsStorage="UseDevelopmentStorage=true", NOTES="notes.txt")

    (command.folder / "host.json").write_text("{}")

    assert await exit_status(command.start()) == 1
    assert 'host.json must say "version": "2.0".' in command.said()
    assert "Traceback" not in command.said()


async def test_a_storage_that_is_not_there_stops_the_host(command: Command, queue: TestQueue) -> None:
    broken = queue.client.url.split("//")[1].split("/")[0]
    text = (command.folder / "local.settings.json").read_text().replace(broken, "127.0.0.1:9")
    (command.folder / "local.settings.json").write_text(text)

    assert await exit_status(command.start("--no-timers", "--retry-base", "0.5")) == 1
    assert "A host error has occurred, the host stops" in command.said()


async def test_only_chosen_functions_are_loaded(command: Command, queue: TestQueue) -> None:
    queue.send("0")
    process = command.start("--functions", "yearly", "--run-timer", "yearly")
    await until(lambda: command.noted() == ["yearly False"])
    process.send_signal(signal.SIGTERM)

    assert await exit_status(process) == 0
    assert queue.waiting() == ["0"]
    assert "work: queue" not in command.said()


def test_the_help_names_the_flags() -> None:
    text: Callable[..., str] = subprocess.check_output
    words = text([sys.executable, "-m", "local.host", "--help"], cwd=ROOT, text=True)
    for flag in ("--app", "--port", "--functions", "--settings", "--visibility-seconds", "--no-timers", "--run-timer"):
        assert flag in words


async def test_a_request_and_its_answer_go_between_host_and_worker(command: Command) -> None:
    process = command.start("--no-timers")
    await until(lambda: "Host started on" in command.said(), seconds=30)
    found = re.search(r"Host started on (http://\S+)", command.said())
    assert found
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{found[1]}/api/echo/a?x=1", data=b"body", headers={"X-Mark": "m"}) as answer,
    ):
        assert await answer.text() == "['POST', 'a', {'x': '1'}, 'm', b'body']"
        worker = int(answer.headers["X-Answer"])
    assert worker != process.pid

    os.kill(worker, signal.SIGTERM)
    await until(lambda: not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text())
    assert process.poll() is None, "the worker dies at once, and the host does not"
    process.kill()
