"""What the tests of the local host share: little apps, options that make the host quick, a clock set by hand."""

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.functions as func
from azure.storage.queue import QueueClient

from local.host import HostOptions

STORAGE = "AzureWebJobsStorage"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def queue_app(handler: Callable[..., Any], queue: str, *, output: str | None = None) -> func.FunctionApp:
    """An app whose only function has the trigger parameter ``msg``, and ``out`` when there is an output queue."""
    app = func.FunctionApp()
    if output:
        handler = app.queue_output(arg_name="out", queue_name=output, connection=STORAGE)(handler)
    app.queue_trigger(arg_name="msg", queue_name=queue, connection=STORAGE)(handler)
    return app


def timer_app(handler: Callable[..., Any], schedule: str = "0 */5 * * * *", **trigger: Any) -> func.FunctionApp:
    """An app whose only function has the trigger parameter ``timer``."""
    app = func.FunctionApp()
    app.timer_trigger(arg_name="timer", schedule=schedule, **trigger)(handler)
    return app


def quick_options(connection_string: str, *, queues: dict[str, Any] | None = None, **choices: Any) -> HostOptions:
    """Options with host.json's ``extensions.queues`` given here, plain text messages and frequent polls."""
    settings = {"messageEncoding": "none", "newBatchThreshold": 8, **(queues or {})}
    environ = {f"AzureFunctionsJobHost__extensions__queues__{key}": str(value) for key, value in settings.items()}
    return HostOptions(
        storage_connection_string=connection_string,
        environ={**environ, **choices.pop("environ", {})},
        max_polling_seconds=choices.pop("max_polling_seconds", 0.1),
        **choices,
    )


class TestQueue:
    """A queue of one test, seen from outside the host."""

    __test__ = False

    def __init__(self, connection_string: str, name: str, *, create: bool = True) -> None:
        self.name = name
        self.client = QueueClient.from_connection_string(connection_string, name)
        if create:
            self.client.create_queue()

    def send(self, *texts: str) -> None:
        for text in texts:
            self.client.send_message(text)

    def waiting(self) -> list[str]:
        """The visible messages."""
        return [message.content for message in self.client.peek_messages(32)]

    def length(self) -> int:
        """How many messages there are, hidden ones included."""
        return self.client.get_queue_properties().approximate_message_count or 0


def unique(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:10]}"


async def until(condition: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.01)


class ManualClock:
    """A clock that moves when it is told to."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def advance(self, **length: float) -> None:
        self.moment += timedelta(**length)

    async def wait(self, seconds: float, wake: asyncio.Event) -> None:
        due = self.moment + timedelta(seconds=seconds)
        while self.moment < due and not wake.is_set():  # noqa: ASYNC110 - two things end it
            await asyncio.sleep(0.005)


class RecordingClock:
    """Notes the waits of polling and lets the first few end at once; renewals (of minutes) never come."""

    def __init__(self, free_waits: int) -> None:
        self.waits: list[float] = []
        self.parked = False
        self.free(free_waits)

    def free(self, waits: int) -> None:
        """So many waits from now on end at once."""
        self._free = iter(range(waits))

    def now(self) -> datetime:
        return NOON

    async def wait(self, seconds: float, wake: asyncio.Event) -> None:
        if seconds > 60 or next(self._free, None) is None:
            self.parked = seconds <= 60
            await wake.wait()
        else:
            self.waits.append(seconds)
