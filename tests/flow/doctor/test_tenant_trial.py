"""The doctor's trial of a tenant: what it calls, what it tells under each answer, and what it leaves behind."""

import asyncio
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType
from typing import Any, get_type_hints
from urllib.parse import parse_qsl, urlsplit

import pytest

from dispatch.adapters.pureservice import Pureservice
from dispatch.doctor import Finding, try_tenant, warning
from dispatch.settings import Settings
from local.simulators.listening import Request
from local.simulators.pureservice import PureserviceSimulator, Switches, seed
from local.simulators.pureservice.questions import QUESTIONS
from tests.builders import some_settings
from tests.questions.worlds import JOBS, run

KEY = "local-simulator-key"
ADDRESS = "proeve@e-post.pureservice.local"
NOT_OF_A_TENANT = {"close"}


def a_tenant(**switches: Any) -> PureserviceSimulator:
    simulator = PureserviceSimulator(api_key=KEY, requests_per_minute=None)
    seed.seed_basics(simulator.store)
    people = [seed.add_user(simulator.store, "Kari", f"Nr {n}", email=f"nr{n}@eksempel.example") for n in range(3)]
    seed.add_list(simulator.store, "Listen", people)
    for name, value in switches.items():
        setattr(simulator.switches, name, value)
    return simulator


def its_settings(simulator: PureserviceSimulator) -> Settings:
    return some_settings(PURESERVICE_URL=simulator.url, PURESERVICE_APIKEY=KEY, PURESERVICE_REQUESTS_PER_MINUTE="1000")


async def tried(**switches: Any) -> tuple[dict[str, Finding], PureserviceSimulator]:
    async with a_tenant(**switches) as simulator:
        found = await try_tenant(its_settings(simulator), zone="Fordeling", language="en")
    assert len({finding.check for finding in found}) == len(found)
    return {finding.check: finding for finding in found}, simulator


def nothing_is_left_of_it(simulator: PureserviceSimulator) -> bool:
    users = [row for row in simulator.store.users.values() if row["lastName"].startswith("Prøve av")]
    tickets = simulator.store.tickets.values()
    return all(row["disabled"] for row in users) and all(row["isMarkedForDeletion"] for row in tickets)


# --- what it calls


def every_call() -> set[CodeType]:
    """The public methods of the product's client of Pureservice, and of all that it hands out."""
    parts: set[type] = {Pureservice}
    for _, member in inspect.getmembers(Pureservice):
        handed = get_type_hints(getattr(member, "fget", None) or member).get("return") if callable_(member) else None
        if inspect.isclass(handed) and handed.__module__.startswith("dispatch.adapters.pureservice"):
            parts.add(handed)
    return {
        function.__code__
        for part in parts
        for name, function in inspect.getmembers(part, inspect.isfunction)
        if not name.startswith("_") and name not in NOT_OF_A_TENANT
    }


def callable_(member: object) -> bool:
    return isinstance(member, property) or inspect.isfunction(member)


async def test_it_makes_every_call_that_the_product_s_client_has() -> None:
    wanted, seen = every_call(), set()
    names = {code.co_qualname for code in wanted}
    assert names >= {"Pureservice.member_pages", "OwnTickets.create_user", "Inspection.has_user"}
    assert names >= {"TicketFiles.solve_with", "UndeliveredMails.undelivered", "OpenQuestions.ask"}

    def remember(frame: FrameType, event: str, _: object) -> None:
        seen.add(frame.f_code)

    sys.setprofile(remember)
    try:
        await tried()
    finally:
        sys.setprofile(None)

    assert {code.co_qualname for code in wanted - seen} == set()


def shapes(requests: Iterable[Request]) -> Iterator[tuple[str, ...]]:
    """Each request without its values: the method, the path, and what it asks for."""
    for request in requests:
        address = urlsplit(request.path)
        query = dict(parse_qsl(address.query))
        asked = re.sub(r'"[^"]*"', '""', query.get("filter", ""))
        one = re.sub(r"\((.+?)(?: OR \1)+\)", r"\1", re.sub(r"\d+", "0", asked))
        path = re.sub(r"\d+", "0", address.path).rstrip("/")
        yield request.method, path, one, query.get("include", ""), query.get("sort", "")


async def test_no_dispatch_makes_a_request_that_the_trial_has_not_made() -> None:
    ended = [await run(job, {}) for job in JOBS]
    ended += [
        await run("letters", {"attachments_by": "none"}),
        await run("own tickets", {}, PURESERVICE_121_SEND_VIA="pureservice"),
        await run("own tickets", {"category_when_solving": True}),
    ]
    assert all(not one.fell for one in ended), [str(one) for one in ended]

    _, simulator = await tried()

    of_a_dispatch = {shape for one in ended for shape in shapes(one.requests)}
    assert len(of_a_dispatch) > 20
    assert of_a_dispatch - set(shapes(simulator.requests)) == set()


# --- what it tells


async def test_every_step_is_answered_and_nothing_is_left_behind() -> None:
    found, simulator = await tried()

    untold = {name for name, each in found.items() if not each.ok}
    assert untold == {
        "max_page",  # the tenant is small
        "default_limit",
        "hidden_after_the_cut",
        "assets_omit_udf",
        "attachment_refusal",  # none is refused
        "unique_email_addresses",  # not asked
        "retry_after",
    }
    assert set(found) >= {question.switch for question in QUESTIONS}
    assert len(simulator.store.tickets) == 2
    assert {ticket["assignedDepartmentId"] for ticket in simulator.store.tickets.values()} == {1}
    assert nothing_is_left_of_it(simulator)
    assert simulator.receipts == [], "no mail went to the end user"
    assert [row["to"] for row in simulator.store.emails.values()] == [ADDRESS], "whose address leads nowhere"
    assert found["relations"].detail == "limit, sort, start"


@pytest.mark.parametrize(
    ("switches", "step", "told"),
    [
        *(({"attachments_by": way}, "attachments_by", way) for way in ("bare", "envelope", "put", "note", "none")),
        ({"attachments_by": "none", "attachment_refusal": 413}, "attachment_refusal", "413"),
        ({"attachments_by": "put", "attachment_refusal": 415}, "attachment_refusal", "415"),
        ({"attachments_tied": False}, "attachments_tied", "False"),
        ({"communication_sends_email": False}, "communication_sends_email", "False"),
        ({}, "email_row", "at once"),
        ({"email_row": "queued"}, "email_row", "queued"),
        ({"email_row": "later"}, "email_row", "no e-mail row came at once"),
        ({"email_patch": "ignored"}, "email_patch", "ignored"),
        ({"email_patch": "refused"}, "email_patch", "refused"),
        ({"attachments_by": "bare"}, "file_bare", "taken, tied to the solution, the same bytes"),
        ({"attachments_by": "bare"}, "file_envelope", "refused (400)"),
        ({"attachments_tied": False}, "file_bare", "taken, not tied to the solution, the same bytes"),
        ({"custom_type_filter": "refused"}, "type_filter", "refused"),
        ({"relations_start": "refused", "relations_sort": "refused"}, "relations", "limit"),
    ],
)
async def test_it_tells_how_this_tenant_answers(switches: dict[str, Any], step: str, told: str) -> None:
    found, simulator = await tried(**switches)

    assert found[step].detail == told
    assert nothing_is_left_of_it(simulator)


async def test_what_it_tells_of_many_answers_at_once_sets_the_simulator_to_the_same() -> None:
    world = {
        "notes": "link",
        "numbers": "text",
        "dates": "fraction",
        "relations_sort": "ignored",
        "error_body": "exception",
        "case_sensitive": True,
        "post_status": 201,
        "missing_status": 204,
        "legacy_request_id": True,
        "unknown_include": "ignore",
        "bare_post": False,
    }
    found, simulator = await tried(**world)

    assert {name: found[name].detail for name in world} == {name: str(value) for name, value in world.items()}
    assert nothing_is_left_of_it(simulator)


async def test_a_key_that_may_make_no_ticket_is_asked_what_takes_none() -> None:
    found, simulator = await tried(refused_lookup="department 403")

    assert found["refused_lookup"].detail == "department 403"
    assert found["ticket"].ok is False
    assert found["notes"].detail == "no ticket was made to try it on"
    assert found["put_away"].ok is None
    assert nothing_is_left_of_it(simulator)


async def test_a_step_that_fails_is_told_and_the_rest_goes_on() -> None:
    found, simulator = await tried(category_when_solving=True, notes="refused")

    assert {name for name, each in found.items() if each.ok is False} == {"note", "solve"}
    assert found["category_when_solving"].detail == "True"
    assert nothing_is_left_of_it(simulator)


# --- what it leaves behind


async def test_a_second_trial_takes_the_same_end_user_into_use_again() -> None:
    async with a_tenant() as simulator:
        for said in ("made", "there from an earlier trial"):
            found = await try_tenant(its_settings(simulator), zone="Fordeling", language="nb")
            assert [finding.detail for finding in found if finding.check == "user"] == [said]

    assert [row["email"] for row in simulator.store.emailaddresses.values()].count(ADDRESS) == 1
    assert nothing_is_left_of_it(simulator)


@pytest.mark.parametrize("made", [1, 2])
async def test_whoever_stops_it_in_the_middle_leaves_nothing_behind(made: int) -> None:
    async with a_tenant() as simulator:
        trial = asyncio.create_task(try_tenant(its_settings(simulator), zone="Fordeling", language="nb"))
        while len(simulator.store.tickets) < made:  # noqa: ASYNC110 - the other side has no event to wait for
            await asyncio.sleep(0.001)

        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial

    assert nothing_is_left_of_it(simulator)


async def test_no_message_is_written_where_the_end_users_address_leads_somewhere() -> None:
    async with a_tenant() as simulator:
        settings = its_settings(simulator).model_copy(update={"pureservice_dispatch_email": "ut@etat.example"})
        found = {each.check: each for each in await try_tenant(settings, zone="Fordeling", language="en")}

    assert found["message"].ok is None
    assert not simulator.store.emails
    assert found["communication_sends_email"].ok is None


def test_what_it_will_write_is_said_first() -> None:
    said = warning(some_settings(), "Fordeling", "nb")

    assert "«Fordeling»" in said
    assert ADDRESS in said


def test_every_answer_is_in_the_words_of_the_switches() -> None:
    assert {question.switch for question in QUESTIONS} <= set(Switches.__dataclass_fields__)
