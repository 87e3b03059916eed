"""The simulator as a server: its rate limit, its faults, its record, its control pages, its life."""

import email.utils

import httpx
import pytest

from local.simulators.faults import Fault
from local.simulators.pureservice import API_KEY, PureserviceSimulator, seed
from tests.simulators.pureservice_tenant import NEW_TICKET, a_tenant


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def tenant():
    async with a_tenant() as tenant:
        yield tenant


# --- rate


async def test_the_window_slides():
    clock = Clock()
    async with a_tenant(clock=clock, requests_per_minute=3) as tenant:

        async def status() -> int:
            return (await tenant.get("/status", limit=1)).status_code

        assert await status() == 200
        clock.now += 20
        assert [await status() for _ in range(3)] == [200, 200, 429]
        clock.now += 39.5
        throttled = await tenant.get("/status")
        assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "1")
        assert throttled.json()["message"]
        clock.now += 0.5
        assert [await status() for _ in range(2)] == [200, 429]
        assert (await tenant.get("/status")).headers["Retry-After"] == "20"


async def test_a_hundred_a_minute_unless_told_otherwise():
    async with PureserviceSimulator(clock=Clock()) as sim, httpx.AsyncClient() as http:
        headers = {"X-Authorization-Key": API_KEY}
        answers = [(await http.get(f"{sim.url}/agent/api/status", headers=headers)).status_code for _ in range(101)]

    assert answers == [200] * 100 + [429]
    assert sim.count() == 101


@pytest.mark.parametrize("form", ["date", "absent"])
async def test_retry_after_in_other_forms(form):
    async with a_tenant(clock=Clock(), requests_per_minute=1) as tenant:
        tenant.switches.retry_after = form
        await tenant.get("/status")
        header = (await tenant.get("/status")).headers.get("Retry-After")

    if form == "absent":
        assert header is None
    else:
        assert email.utils.parsedate_to_datetime(header).tzinfo is not None


async def test_a_throttled_or_unauthorised_request_changes_nothing():
    async with a_tenant(clock=Clock(), requests_per_minute=1) as tenant:
        await tenant.get("/status")
        assert (await tenant.post("/ticket", {"tickets": [NEW_TICKET]})).status_code == 429
        tenant.http.headers["Authorization"] = "Bearer wrong"
        assert (await tenant.post("/ticket", {"tickets": [NEW_TICKET]})).status_code == 401
        assert not tenant.store.tickets


# --- faults


async def test_a_fault_refuses_and_then_lets_through(tenant):
    tenant.sim.faults.add(Fault(match="GET .*/status", status=429, headers={"Retry-After": "7"}, times=2))

    answers = [await tenant.get("/status") for _ in range(3)]

    assert [one.status_code for one in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"


async def test_an_error_may_come_after_the_change_was_made(tenant):
    ticket = seed.add_ticket(tenant.store, "Sak")
    tenant.sim.faults.add(Fault(match="PATCH", status=504, commit=True, content_type="text/html", body="<html>"))

    response = await tenant.patch(f"/ticket/{ticket['id']}", {"statusId": 7})

    assert response.status_code == 504
    assert tenant.store.tickets[ticket["id"]]["statusId"] == 7
    assert len(tenant.sim.history) == 1


@pytest.mark.parametrize(("drop", "status_id"), [("before", 2), ("after", 7), ("body", 7)])
async def test_a_connection_may_be_cut(tenant, drop, status_id):
    ticket = seed.add_ticket(tenant.store, "Sak", status="Under arbeid")
    tenant.sim.faults.add(Fault(match="PATCH", drop=drop))

    with pytest.raises(httpx.RemoteProtocolError if drop == "body" else httpx.TransportError):
        await tenant.patch(f"/ticket/{ticket['id']}", {"statusId": 7})

    assert tenant.store.tickets[ticket["id"]]["statusId"] == status_id
    assert [one.status for one in tenant.sim.requests] == [0]
    assert (await tenant.get("/status")).status_code == 200


async def test_an_answer_may_be_slow(tenant):
    tenant.sim.faults.add(Fault(match="/status", delay_seconds=30))

    with pytest.raises(httpx.ReadTimeout):
        await tenant.http.get("/status", timeout=0.1)


async def test_an_answer_may_be_no_json_at_all(tenant):
    tenant.sim.faults.add(Fault(match="/status", status=200, body='{"statuses": [{"id"'))

    response = await tenant.get("/status")

    with pytest.raises(ValueError, match="delimiter"):
        response.json()


# --- the record and the control pages


async def test_every_request_is_recorded_with_its_answer(tenant):
    await tenant.get("/status", limit=1)
    await tenant.get("/nonsense")

    assert tenant.sim.requests == [("GET", "/agent/api/status?limit=1", 200), ("GET", "/agent/api/nonsense", 404)]
    assert tenant.sim.count() == 2


async def test_the_control_pages_need_no_key_and_do_not_count(tenant):
    seed.add_ticket(tenant.store, "Sak")
    async with httpx.AsyncClient(base_url=tenant.sim.url) as control:
        await control.post("/_control/faults", json={"match": "/ticket", "status": 500})
        assert (await tenant.get("/ticket")).status_code == 500
        await control.delete("/_control/faults")
        await tenant.post("/ticket", {"tickets": [{**NEW_TICKET, "visibility": 0}]})
        state = (await control.get("/_control/state")).json()

    assert state["requests"] == 2
    assert state["statuses"] == {"500": 1, "200": 1}
    assert state["writes"] == {"POST ticket": 1}
    assert state["rows"]["tickets"] == 2
    assert state["receipts"][0]["kind"] == "created"
    assert [row["status"] for row in state["tickets"]] == ["Til ekspedering", "Under arbeid"]
    assert state["switches"]["max_page"] == 500


async def test_it_can_be_stopped_and_started_with_what_it_holds():
    sim = PureserviceSimulator()
    seed.seed_basics(sim.store)
    await sim.start()
    first = sim.url
    await sim.stop()
    await sim.stop()
    port = int(first.rpartition(":")[2])
    await sim.start(port=port)
    try:
        async with httpx.AsyncClient(headers={"X-Authorization-Key": API_KEY}) as http:
            response = await http.get(f"{sim.url}/agent/api/status/count")
    finally:
        await sim.stop()

    assert sim.url == first
    assert response.json()["count"] > 5


# --- rows in tests


def test_rows_answer_with_defaults_and_follow_assignments():
    sim = PureserviceSimulator()
    seed.seed_basics(sim.store)
    ticket = seed.add_ticket(sim.store, "Sak")

    assert ticket["resolved"] is None
    assert ticket.get("reopenedCount") == 0
    assert ticket.get("nosuch", "x") == "x"
    assert sim.store.tickets.where("statusId", ticket["statusId"]) == [ticket]
    ticket["statusId"] = 7
    assert sim.store.tickets.where("statusId", 7) == [ticket]
    sim.store.update("ticket", ticket, {"statusId": 2})
    assert sim.store.tickets.where("statusId", 7) == []
    del sim.store.tickets[ticket["id"]]
    assert sim.store.tickets.where("statusId", 2) == []
    with pytest.raises(KeyError):
        ticket["nosuch"]
    with pytest.raises(LookupError):
        sim.store.statuses.named("nosuch")
    with pytest.raises(ValueError, match="exists already"):
        sim.store.add("status", id=7, name="x")
