"""The timer trigger against Azurite, by a clock that the test sets."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import azure.functions as func
import pytest
from azure.storage.blob import BlobLeaseClient, BlobServiceClient

from local.host import HostError, LocalHost, Outcome, RunFailedError
from tests.local_host.little_apps import NOON, ManualClock, quick_options, timer_app, unique, until

pytestmark = pytest.mark.azurite


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON + timedelta(seconds=1))


@pytest.fixture
def host_id() -> str:
    return unique("host")


class Runs(list[Any]):
    """A timer function that notes its runs, and waits in them while told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()
        self.may_end.set()

    def app(self, schedule: str = "0 */5 * * * *", **trigger: Any) -> func.FunctionApp:
        async def tick(timer: func.TimerRequest) -> None:
            self.append(timer)
            await self.may_end.wait()

        return timer_app(tick, schedule, **trigger)


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def options(storage_connection_string: str, clock: ManualClock, host_id: str) -> Any:
    return quick_options(storage_connection_string, clock=clock, host_id=host_id)


async def listening(host: LocalHost) -> None:
    await until(lambda: host.next_due("tick"))


async def ended(host: LocalHost, count: int) -> None:
    await until(lambda: sum(host.counts.values()) == count and host.next_due("tick"))


def status_of(connection_string: str, host_id: str) -> dict[str, str]:
    with BlobServiceClient.from_connection_string(connection_string) as blobs:
        blob = blobs.get_blob_client("azure-webjobs-hosts", f"timers/{host_id}/Host.Functions.tick/status")
        status: dict[str, str] = json.loads(blob.download_blob().readall())
        return status


async def test_without_a_stored_status_it_waits_for_the_schedule(
    runs: Runs, options: Any, clock: ManualClock, host_id: str, storage_connection_string: str
) -> None:
    async with LocalHost(runs.app(), options=options) as host:
        await listening(host)
        clock.advance(minutes=4)
        await asyncio.sleep(0.05)
        assert not runs

        clock.advance(minutes=1)
        await ended(host, 1)

    request = runs[0]
    assert (request.past_due, request.schedule) == (False, {"AdjustForDST": True})
    assert request.schedule_status["Next"] == "2026-11-23T12:05:00+00:00"
    assert status_of(storage_connection_string, host_id) == {
        "Last": "2026-11-23T12:05:01+00:00",
        "Next": "2026-11-23T12:10:00+00:00",
        "LastUpdated": "2026-11-23T12:05:01+00:00",
    }


async def test_missed_occurrences_run_once_past_due_then_by_schedule(
    runs: Runs, options: Any, clock: ManualClock
) -> None:
    async with LocalHost(runs.app(), options=options) as host:
        await listening(host)
    clock.advance(minutes=31)

    async with LocalHost(runs.app(run_on_startup=True), options=options) as host:
        await ended(host, 1)
        clock.advance(minutes=5)
        await ended(host, 2)

    assert [request.past_due for request in runs] == [True, False]


async def test_after_an_overlong_run_one_comes_at_once_and_the_rest_is_skipped(
    runs: Runs, options: Any, clock: ManualClock
) -> None:
    async with LocalHost(runs.app(), options=options) as host:
        await listening(host)
        runs.may_end.clear()
        clock.advance(minutes=5)
        await until(lambda: len(runs) == 1)
        clock.advance(minutes=17)
        await asyncio.sleep(0.05)
        assert len(runs) == 1, "runs must not overlap"

        runs.may_end.set()
        await ended(host, 2)
        assert len(runs) == 2
        clock.advance(minutes=3)
        await ended(host, 3)

    assert [request.past_due for request in runs] == [False, False, False]


async def test_a_changed_schedule_is_not_past_due(runs: Runs, options: Any, clock: ManualClock) -> None:
    async with LocalHost(runs.app(), options=options) as host:
        await listening(host)
    clock.advance(hours=1)

    async with LocalHost(runs.app("0 1/7 * * * *"), options=options) as host:
        await listening(host)
        assert not runs


async def test_a_run_that_was_killed_is_repeated_as_past_due(runs: Runs, options: Any, clock: ManualClock) -> None:
    runs.may_end.clear()
    host = LocalHost(runs.app(), options=options)
    await host.start()
    await listening(host)
    clock.advance(minutes=5)
    await until(lambda: runs)
    host.kill_listeners()
    await host.stop()

    runs.may_end.set()
    async with LocalHost(runs.app(), options=options) as host:
        await ended(host, 1)
    assert [request.past_due for request in runs] == [False, True]


async def test_a_failed_run_does_not_change_the_schedule(options: Any, clock: ManualClock) -> None:
    async def tick(timer: func.TimerRequest) -> None:
        raise ValueError("no")

    async with LocalHost(timer_app(tick), options=options) as host:
        await listening(host)
        for count in (1, 2):
            clock.advance(minutes=5)
            await ended(host, count)
        assert host.counts == {("tick", Outcome.FAILED): 2}


async def test_run_on_startup_runs_at_start(runs: Runs, options: Any) -> None:
    async with LocalHost(runs.app(run_on_startup=True), options=options) as host:
        await ended(host, 1)
    assert runs[0].past_due is False


@pytest.mark.parametrize(("schedule", "trigger"), [("*/30 * * * * *", {}), ("0 */5 * * * *", {"use_monitor": False})])
async def test_a_timer_without_monitor_has_no_status_and_is_never_past_due(
    schedule: str, trigger: dict[str, Any], runs: Runs, options: Any, clock: ManualClock
) -> None:
    async with LocalHost(runs.app(schedule, **trigger), options=options) as host:
        await listening(host)
    clock.advance(hours=1)
    async with LocalHost(runs.app(schedule, **trigger), options=options) as host:
        await listening(host)
        assert not runs
        clock.advance(minutes=5)
        await ended(host, 1)
    assert (runs[0].past_due, runs[0].schedule_status) == (False, {})


async def test_a_second_host_stays_quiet_until_the_lease_of_the_first_is_over(
    runs: Runs, options: Any, clock: ManualClock, host_id: str, storage_connection_string: str
) -> None:
    async with LocalHost(runs.app(), options=options) as first, LocalHost(runs.app(), options=options) as second:
        await until(lambda: first.next_due("tick") or second.next_due("tick"))
        holder, other = (first, second) if first.next_due("tick") else (second, first)
        clock.advance(minutes=5)
        await ended(holder, 1)
        await asyncio.sleep(0.2)
        assert (len(runs), other.next_due("tick"), len(other.counts)) == (1, None, 0)

        # The lease ends as it does a minute after its holder was killed.
        holder.kill_listeners()
        with BlobServiceClient.from_connection_string(storage_connection_string) as blobs:
            blob = blobs.get_blob_client("azure-webjobs-hosts", f"locks/{host_id}/Host.Functions.tick.Listener")
            if blob.get_blob_properties().lease.state == "leased":
                BlobLeaseClient(blob).break_lease(0)
        clock.advance(minutes=1)
        await listening(other)
        clock.advance(minutes=5)
        await ended(other, 1)


async def test_run_timer_runs_now_and_leaves_the_schedule_alone(
    runs: Runs, options: Any, host_id: str, storage_connection_string: str
) -> None:
    async with LocalHost(runs.app(), options=options) as host:
        await listening(host)
        before = status_of(storage_connection_string, host_id)
        result = await host.run_timer("tick")

        assert result.succeeded
        assert status_of(storage_connection_string, host_id) == before
    assert [request.past_due for request in runs] == [False]


async def test_run_timer_raises_what_the_function_raised(options: Any) -> None:
    async def tick(timer: func.TimerRequest) -> None:
        raise ValueError("the reason")

    async with LocalHost(timer_app(tick), options=options) as host:
        with pytest.raises(RunFailedError, match="'tick' ended as Failed") as caught:
            await host.run_timer("tick")
        assert str(caught.value.__cause__) == "the reason"
        with pytest.raises(HostError, match=r"no timer function 'tock', only \['tick'\]"):
            await host.run_timer("tock")


async def test_the_schedule_can_be_a_setting(
    runs: Runs, storage_connection_string: str, clock: ManualClock, host_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = runs.app("%TICK_SCHEDULE%")
    options = quick_options(
        storage_connection_string, clock=clock, host_id=host_id, environ={"TICK_SCHEDULE": "0 0 13 * * *"}
    )
    async with LocalHost(app, options=options) as host:
        await listening(host)
        clock.advance(hours=1)
        await ended(host, 1)

    async with LocalHost(app, options=quick_options(storage_connection_string)) as host:
        assert host.functions == []
    assert "schedule of function tick is '%TICK_SCHEDULE%', but there is no setting" in caplog.text
