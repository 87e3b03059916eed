"""A simulated tenant with a client that speaks to it over HTTP, as the tests of the simulator need it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from local.simulators.pureservice import PureserviceSimulator, Store, Switches, seed

KEY = "key-1"
VND = "application/vnd.api+json"


@dataclass
class Tenant:
    """The simulator and a client that is let in."""

    sim: PureserviceSimulator
    http: httpx.AsyncClient

    @property
    def store(self) -> Store:
        return self.sim.store

    @property
    def switches(self) -> Switches:
        return self.sim.switches

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(path, params=query)

    async def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The entities of an enveloped answer."""
        response = await self.get(path, **query)
        assert response.status_code == 200, response.text
        answer = response.json()
        (plural,) = set(answer) - {"linked"}
        found: list[dict[str, Any]] = answer[plural]
        return found

    async def ids(self, path: str, **query: Any) -> list[int]:
        return [row["id"] for row in await self.rows(path, **query)]

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.http.post(path, content=json.dumps(body), headers={"Content-Type": VND, **headers})

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.http.put(path, content=json.dumps(body), headers={"Content-Type": VND})

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.http.patch(path, json=body)


@asynccontextmanager
async def a_tenant(**options: Any) -> AsyncIterator[Tenant]:
    """A tenant that is set up for dispatch, without a limit of requests unless one is given."""
    async with PureserviceSimulator(**{"api_key": KEY, "requests_per_minute": None, **options}) as sim:
        seed.seed_basics(sim.store)
        headers = {"Authorization": f"Bearer {KEY}", "Accept": VND}
        async with httpx.AsyncClient(base_url=f"{sim.url}/agent/api", headers=headers, timeout=10) as http:
            yield Tenant(sim, http)


NEW_TICKET: dict[str, Any] = {
    "subject": "Høring",
    "description": "<p>Tekst</p>",
    "visibility": 1,
    "links": {
        "requestType": {"id": 1},
        "user": {"id": seed.MAIL_USER},
        "ticketType": {"id": 4},
        "priority": {"id": 4},
        "status": {"id": 2},
        "source": {"id": 1},
        "assignedDepartment": {"id": 1},
        "assignedTeam": {"id": 3},
    },
}
