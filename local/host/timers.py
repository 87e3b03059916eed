"""The timer trigger's listener: one host runs it, missed occurrences run once, runs never overlap."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from azure.core.exceptions import AzureError
from azure.functions.timer import TimerRequest
from azure.storage.blob.aio import BlobLeaseClient

from dispatch.settings import Schedule, ScheduleError
from local.host.app_metadata import AppFunction
from local.host.calls import Result
from local.host.clock import Clock
from local.host.errors import FunctionError, HostError
from local.host.invocation import Invoker
from local.host.timer_storage import NEVER, TimerStatus, TimerStorage

log = logging.getLogger(__name__)


def _schedule_of(function: AppFunction) -> Schedule:
    try:
        return Schedule.parse(function.trigger.text("schedule"))
    except ScheduleError as error:
        raise FunctionError(str(error)) from error


def is_past_due(status: TimerStatus, schedule: Schedule, now: datetime) -> bool:
    """Whether an occurrence was missed while no host ran; never so after a change of the schedule."""
    return follows_schedule(status, schedule) and status.next < now


def follows_schedule(status: TimerStatus, schedule: Schedule) -> bool:
    """Whether the stored due time is one that this schedule would have given."""
    basis = status.last_updated if status.last == NEVER else status.last
    return schedule.next_after(basis) == status.next


class TimerListener:
    """Runs one timer function by its schedule."""

    def __init__(
        self,
        function: AppFunction,
        *,
        storage: TimerStorage,
        lease_seconds: int,
        invoker: Invoker,
        clock: Clock,
        fail: Callable[[BaseException], None],
    ) -> None:
        self.function = function
        self.schedule = _schedule_of(function)
        self.holds_lease = False
        #: When it runs next; None while it runs, or while another host has the lease.
        self.next_due: datetime | None = None
        self._storage = storage
        self._lease_seconds = lease_seconds
        self._invoker = invoker
        self._clock = clock
        self._wake = asyncio.Event()
        self._stopping = False
        self._lost: HostError | None = None
        self._fail = fail
        self._is_monitored = (
            function.trigger.properties.get("useMonitor") is not False and not self.schedule.is_subminute
        )

    def stop(self) -> None:
        """Start no further run; ``listen`` returns when the present one is over."""
        self._stopping = True
        self._wake.set()

    async def run_once(self) -> Result:
        """Run now, outside the schedule and without touching it, as a request to the admin endpoint does."""
        status = await self._storage.read_status(self.function.name) if self._is_monitored else None
        return await self._invoke(status, past_due=False)

    async def listen(self) -> None:
        """Wait for the lease and run by the schedule, until stopped."""
        while not self._stopping:
            lease = await self._storage.take_lease(self.function.name)
            if lease is None:
                await self._clock.wait(self._lease_seconds, self._wake)
                continue
            async with self._kept(lease):
                log.info("Timer '%s' listens, schedule '%s'.", self.function.name, self.schedule.expression)
                await self._follow_schedule()
            if self._lost is not None:
                raise self._lost

    @contextlib.asynccontextmanager
    async def _kept(self, lease: BlobLeaseClient) -> AsyncIterator[None]:
        """Renew the lease until the end, and give it back."""
        self.holds_lease = True
        done = asyncio.Event()
        renewing = asyncio.create_task(self._renew(lease, done))
        try:
            yield
        finally:
            done.set()
            await renewing
            if self.holds_lease:
                self.holds_lease = False
                with contextlib.suppress(AzureError):  # lost already; it would end on its own, too
                    await lease.release()

    async def _renew(self, lease: BlobLeaseClient, done: asyncio.Event) -> None:
        # Storage counts the lease in real seconds, whatever clock the schedule goes by.
        while not done.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._lease_seconds / 2):
                    await done.wait()
                    return
            try:
                await lease.renew()
            except AzureError as error:
                self.holds_lease = False
                self._lost = HostError(f"Timer '{self.function.name}' has lost its lease: {error}")
                self._fail(self._lost)
                self._wake.set()
                return

    async def _follow_schedule(self) -> None:
        status, past_due = await self._first_status()
        run_now = past_due or self.function.trigger.properties.get("runOnStartup") is True
        while True:
            self.next_due = status.next
            if not run_now:
                await self._wait_until(status.next)
            self.next_due = None
            if self._stopping or not self.holds_lease:
                return
            status = await self._run(status, past_due=past_due, scheduled=not run_now)
            run_now = past_due = False

    async def _first_status(self) -> tuple[TimerStatus, bool]:
        now = self._clock.now()
        fresh = TimerStatus(last=NEVER, next=self.schedule.next_after(now), last_updated=now)
        if not self._is_monitored:
            return fresh, False
        stored = await self._storage.read_status(self.function.name)
        if stored is not None and follows_schedule(stored, self.schedule):
            return stored, is_past_due(stored, self.schedule, now)
        await self._storage.write_status(self.function.name, fresh)
        return fresh, False

    async def _wait_until(self, due: datetime) -> None:
        while not self._wake.is_set() and (seconds := (due - self._clock.now()).total_seconds()) > 0:
            await self._clock.wait(seconds, self._wake)

    async def _run(self, status: TimerStatus, *, past_due: bool, scheduled: bool) -> TimerStatus:
        if past_due:
            log.info("Timer '%s' is past due: it was due at %s.", self.function.name, status.next.isoformat())
        started = self._clock.now()
        await self._invoke(status if self._is_monitored else None, past_due=past_due)
        # Fired a moment early, the same occurrence must not come again.
        last = max(started, status.next) if scheduled else started
        status = TimerStatus(last=last, next=self.schedule.next_after(last), last_updated=last)
        if self._is_monitored:
            await self._save(status)
        return status

    async def _invoke(self, status: TimerStatus | None, *, past_due: bool) -> Result:
        request = TimerRequest(
            past_due=past_due,
            schedule_status=None if status is None else dict(status.as_dict()),
            schedule={"AdjustForDST": True},
        )
        return await self._invoker.invoke(self.function, request)

    async def _save(self, status: TimerStatus) -> None:
        try:
            await self._storage.write_status(self.function.name, status)
        except AzureError as error:
            log.warning("The status of timer '%s' could not be written: %s", self.function.name, error)
