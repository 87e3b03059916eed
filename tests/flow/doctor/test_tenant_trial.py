"""The doctor's trial of a tenant: what it tells under each answer, and what it leaves behind."""

from typing import Any

import pytest

from dispatch.doctor import Finding, try_tenant, warning
from local.simulators.pureservice import PureserviceSimulator, seed
from tests.builders import some_settings

KEY = "local-simulator-key"


async def tried(**switches: Any) -> tuple[dict[str, Finding], PureserviceSimulator]:
    async with PureserviceSimulator(api_key=KEY, requests_per_minute=None) as simulator:
        seed.seed_basics(simulator.store)
        for name, value in switches.items():
            setattr(simulator.switches, name, value)
        settings = some_settings(
            PURESERVICE_URL=simulator.url, PURESERVICE_APIKEY=KEY, PURESERVICE_REQUESTS_PER_MINUTE="1000"
        )
        found = await try_tenant(settings, zone="Fordeling", language="en")
        return {finding.check: finding for finding in found}, simulator


async def test_every_step_is_answered_and_the_ticket_ends_in_the_bin() -> None:
    found, simulator = await tried()

    assert {name: each.detail for name, each in found.items() if not each.ok} == {}
    (ticket,) = simulator.store.tickets.values()
    assert ticket["isMarkedForDeletion"]
    assert ticket["assignedDepartmentId"] == 1
    assert simulator.receipts == [], "no mail went to the end user"
    assert found["relations"].detail == "limit, sort, start"


@pytest.mark.parametrize(
    ("switches", "step", "told"),
    [
        ({"attachments_by": "bare"}, "file_bare", "taken, tied to the solution, the same bytes"),
        ({"attachments_by": "bare"}, "file_envelope", "refused (400)"),
        ({"attachments_by": "none", "attachment_refusal": 413}, "file_solved_with", "refused (413)"),
        ({"attachments_tied": False}, "file_bare", "taken, not tied to the solution, the same bytes"),
        ({"custom_type_filter": "refused"}, "type_filter", "refused"),
        ({"relations_start": "refused", "relations_sort": "refused"}, "relations", "limit"),
    ],
)
async def test_it_tells_how_this_tenant_answers(switches: dict[str, Any], step: str, told: str) -> None:
    found, simulator = await tried(**switches)

    assert found[step].detail == told
    assert all(ticket["isMarkedForDeletion"] for ticket in simulator.store.tickets.values())


async def test_a_step_that_fails_is_told_and_the_rest_goes_on() -> None:
    found, simulator = await tried(category_when_solving=True, notes="refused")

    assert {name for name, each in found.items() if each.ok is False} == {"note", "solve"}
    assert all(ticket["isMarkedForDeletion"] for ticket in simulator.store.tickets.values())


def test_what_it_will_write_is_said_first() -> None:
    assert "«Fordeling»" in warning(some_settings(), "Fordeling", "nb")
