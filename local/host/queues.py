"""The queue trigger's listener: polls, runs, renews, deletes, releases and poisons as the real one does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.queue import QueueMessage as StoredMessage
from azure.storage.queue.aio import QueueClient

from local.host.app_metadata import AppFunction
from local.host.calls import Outcome
from local.host.clock import Clock
from local.host.held_messages import Held, QueueStats, argument_of
from local.host.invocation import Invoker
from local.host.queue_rules import Backoff, decode_body
from local.host.settings import QueueConfig
from local.host.storage import Answer, is_lost_message, is_waited_out, send_creating_queue

log = logging.getLogger(__name__)


class Tried(Protocol):
    """Makes a storage request as often as the real client does."""

    async def __call__(self, call: Callable[[], Awaitable[Answer]]) -> Answer: ...


class QueueListener:
    """Listens to one queue for one function."""

    def __init__(
        self,
        function: AppFunction,
        queue: QueueClient,
        *,
        poison: QueueClient | None,
        config: QueueConfig,
        visibility_seconds: int,
        invoker: Invoker,
        clock: Clock,
        tried: Tried,
        uniform: Callable[[float, float], float],
        sent_to: Callable[[str], None],
        fail: Callable[[BaseException], None],
    ) -> None:
        self.stats = QueueStats()
        self.queue_name = str(queue.queue_name)
        self.function = function
        self._queue = queue
        self._poison = poison
        self._config = config
        self._visibility_seconds = visibility_seconds
        self._invoker = invoker
        self._clock = clock
        self._tried = tried
        self._backoff = Backoff(max_seconds=config.max_polling_seconds, uniform=uniform)
        self._sent_to = sent_to
        self._fail = fail
        self._wake = asyncio.Event()
        self._stopping = False
        self._running: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        """Messages received and not yet completed."""
        return len(self._running)

    def wake(self) -> None:
        """End the wait between two polls: a message was just sent by this host."""
        self._wake.set()

    def stop(self) -> None:
        """Poll no more; ``listen`` returns when the running messages are completed."""
        self._stopping = True
        self._wake.set()

    async def listen(self) -> None:
        """Poll until stopped. A storage error that the real listener does not survive is raised."""
        try:
            await self._look_first()
            while not self._stopping:
                await self._poll()
        finally:
            if self._running:
                await asyncio.wait(self._running)

    async def _look_first(self) -> None:
        """The real listener reads the queue's metadata before it receives: what refuses that ends the host."""
        try:
            await self._tried(self._queue.get_queue_properties)
        except AzureError as error:
            if not is_waited_out(error):
                raise

    async def _poll(self) -> None:
        messages = await self._receive()
        if self._stopping and messages:
            log.warning("%d messages were received and are not started: the host stops.", len(messages))
            return
        for message in messages:
            task = asyncio.create_task(self._guard(message), name=f"{self.function.name} {message.stored.id}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if messages:
            self._backoff.reset()
            while len(self._running) > self._config.new_batch_threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return
        await self._clock.wait(self._backoff.next_delay(), self._wake)
        if not self._stopping:
            self._wake.clear()

    async def _receive(self) -> list[Held]:
        self.stats.polls += 1
        size = self._config.batch_size

        async def one_request() -> list[StoredMessage]:
            # One page is one request: the plain iterator would ask on until the queue is empty.
            pages = self._queue.receive_messages(
                messages_per_page=size, max_messages=size, visibility_timeout=self._visibility_seconds
            ).by_page()
            page = await anext(pages, None)
            return [] if page is None else [message async for message in page]

        try:
            messages = await self._tried(one_request)
        except AzureError as error:
            if not is_waited_out(error):
                raise
            log.debug("Queue '%s' cannot be read now: %s", self.queue_name, error)
            return []
        self.stats.received += len(messages)
        return [Held(message, str(message.pop_receipt)) for message in messages]

    async def _guard(self, message: Held) -> None:
        try:
            await self._process(message)
        except Exception as error:  # noqa: BLE001 - as unhandled there: it stops the host
            self._fail(error)

    async def _process(self, message: Held) -> None:
        body = decode_body(message.text, base64_encoded=self._config.base64)
        if body is None:
            log.warning("Message %s is not base64 as host.json demands.", message.stored.id)
            await self._give_up(message)
        elif message.dequeue_count > self._config.max_dequeue_count and self._poison is not None:
            await self._give_up(message)
        else:
            await self._complete(message, await self._run(message, body))

    async def _run(self, message: Held, body: bytes) -> Outcome:
        done = asyncio.Event()
        renewing = asyncio.create_task(self._keep_hidden(message, done))
        try:
            result = await self._invoker.invoke(self.function, argument_of(message, body, self.function.annotation))
        except UnicodeDecodeError as error:
            log.error("Message %s is not the text that '%s' wants: %s", message.stored.id, self.function.name, error)  # noqa: TRY400
            return Outcome.FAILED
        finally:
            # Not cancelled: a renewal cut off half-way may have made a receipt that we would not know.
            done.set()
            await renewing
        return result.outcome

    async def _keep_hidden(self, message: Held, done: asyncio.Event) -> None:
        while True:
            await self._clock.wait(self._visibility_seconds / 2, done)
            try:
                if done.is_set() or not await self._set_visibility(message, self._visibility_seconds):
                    return
            except AzureError as error:
                self._fail(error)  # in the middle of the run, as there
                return
            self.stats.renewals += 1

    async def _complete(self, message: Held, outcome: Outcome) -> None:
        if outcome is Outcome.SUCCEEDED:
            if await self._delete(message):
                self.stats.deleted += 1
        elif outcome is Outcome.HUNG:
            log.error("Message %s is left alone: it comes back when its visibility ends.", message.stored.id)
        elif self._poison is None:
            log.error(
                "Message %s failed and stays hidden: '%s' has no poison queue.", message.stored.id, self.queue_name
            )
        elif message.dequeue_count >= self._config.max_dequeue_count:
            await self._give_up(message)
        elif await self._set_visibility(message, self._config.retry_delay_seconds):
            self.stats.released += 1

    async def _give_up(self, message: Held) -> None:
        """Move to the poison queue as a new message. Two steps, so a crash between them leaves two messages."""
        if self._poison is None:
            return
        name = str(self._poison.queue_name)
        log.warning(
            "Message has reached MaxDequeueCount of %d. Moving message to queue '%s'.",
            self._config.max_dequeue_count,
            name,
        )
        await self._tried(partial(send_creating_queue, self._poison, message.text))
        await self._delete(message)
        self.stats.poisoned += 1
        self._sent_to(name)

    async def _delete(self, message: Held) -> bool:
        try:
            await self._tried(partial(self._queue.delete_message, message.stored.id, message.receipt))
        except HttpResponseError as error:
            return self._note_lost(message, "deleted", error)
        return True

    async def _set_visibility(self, message: Held, seconds: int) -> bool:
        try:
            updated = await self._tried(
                partial(self._queue.update_message, message.stored.id, message.receipt, visibility_timeout=seconds)
            )
        except HttpResponseError as error:
            if is_lost_message(error):
                return self._note_lost(message, "kept or released", error)
            raise
        message.receipt = str(updated.pop_receipt)
        return True

    def _note_lost(self, message: Held, verb: str, error: HttpResponseError) -> bool:
        if not is_lost_message(error):
            raise error
        self.stats.lost += 1
        log.debug("Message %s could not be %s: it is no longer ours.", message.stored.id, verb)
        return False
