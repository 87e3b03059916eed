"""Page, API and doctor by the functions that the host calls: every address and method, requests as the host hands them.

The host joins the values of a query's name by commas, finds a route in whatever case, answers 500 where a function
returns None or a header is not ASCII, and 404 to a method that no function names.
"""

import inspect
import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import azure.functions as func
import pytest
from azure.core.exceptions import ServiceRequestError

import function_app
from dispatch.core import BadConfiguration
from dispatch.settings import Settings
from dispatch.web import functions, site
from dispatch.web.access import Door
from local.host.app_metadata import AppFunction, load_functions
from local.host.http_messages import joined_query, to_aiohttp
from local.host.routes import Route, find
from tests.stage import Stage, a_stage
from tests.web.visitor import HOST, principal

SETTINGS = {"DISPATCH_SCHEDULE": "0 */5 * * * *"}
FOREIGN = "9999-7777"  # of no dispatch
QUERIES = ("finished", "limit", "after", "state", "q", "ticket", "recipient", "own", "side", "sok", "tilstand", "gjort")
VALUES = (("1", "2"), ("a", "b"), ("delivered", "failed"), ("0-1", "0-2"), ("true", "true"), ("", ","), ("å", "%"))
METHODS = ("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS")
ALL = [function for function in load_functions(function_app.app, SETTINGS) if function.trigger.kind == "httpTrigger"]
BY_NAME = {function.name: function for function in ALL}


class Client:
    """Whoever asks the host: a signed-in browser, which the API takes too."""

    async def ask(self, method: str, target: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body, as the host would send them."""
        path, _, query = target.partition("?")
        routes = [Route(f"api/{f.trigger.text('route')}", _methods(f), f) for f in ALL]
        found = find(routes, method, path)
        if found is None:
            return 404, b""
        function, values = found
        headers = {
            "host": HOST,
            "x-ms-client-principal": principal(),
            "origin": f"https://{HOST}",
            "content-type": "application/x-www-form-urlencoded",
        }
        asked = func.HttpRequest(
            method=method,
            url=f"https://{HOST}{target}",
            headers=headers,
            params=joined_query(parse_qsl(query, keep_blank_values=True)),
            route_params=values,
            body=body,
        )
        returned = await function.call(**{function.trigger.name: asked})
        assert isinstance(returned, func.HttpResponse), f"{function.name} returned {returned!r}"
        answer = to_aiohttp(returned)
        assert isinstance(answer.body, bytes)
        return answer.status, answer.body


def _methods(function: AppFunction) -> list[str]:
    return [str(method) for method in function.trigger.properties["methods"]]


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with a_stage(WEBSITE_AUTH_ENABLED="True") as opened:

        async def services() -> Any:
            return opened.services

        monkeypatch.setattr(functions, "services", services)
        monkeypatch.setattr(Settings, "from_environ", lambda: opened.services.settings)
        yield opened


async def sent(stage: Stage) -> str:
    stage.seed(members=3)
    await stage.run()
    (head,) = stage.ledger.heads.values()
    return str(head.key)


def addresses(key: str) -> list[str]:
    """One for each route of both doors, made from its own pattern."""
    found = []
    for door, prefix in ((Door.SIGNED_IN, "/api/status"), (Door.KEY, "/api/v1")):
        for route in site.ROUTES[door]:
            path = re.sub(r"\(\?P<key>.*?\)(?=/|$|\\)", key, route.path)
            path = path.replace(site.ACT, "stopp").replace(r"(?P<name>[a-z]+\.[a-z]+)", "stil.css").replace("\\", "")
            assert not set(path) & set("()[]?"), path
            assert route.parts(path) is not None, path
            found.append(f"{prefix}/{path}".rstrip("/"))
    return found


async def test_every_address_by_every_method_has_an_answer_that_the_host_can_send(stage: Stage):
    key, client = await sent(stage), Client()
    asked = [*addresses(key), *addresses(FOREIGN), "/api/status/finnes/ikke", "/api/v1/nothing", "/api/status/"]
    assert len(asked) > 40
    wells = 0
    for target in asked:
        for method in METHODS:
            status, body = await client.ask(method, target)
            assert status < 500, (method, target, body)
            assert status != 200 or method == "GET", (method, target)
            wells += status == 200
            if FOREIGN in target:
                assert status != 200, (method, target)
    assert wells >= 20


@pytest.mark.parametrize("values", VALUES)
async def test_values_that_the_host_joins_give_a_page_or_a_refusal_and_nothing_of_another(stage: Stage, values):
    key, client = await sent(stage), Client()
    for target in addresses(key):
        for names in (QUERIES, [name.upper() for name in QUERIES]):
            query = urlencode([(name, value) for name in names for value in values])
            status, body = await client.ask("GET", f"{target}?{query}")
            assert status < 500, (target, query, body)


async def test_joined_values_are_one_value_and_not_the_last(stage: Stage):
    key, client = await sent(stage), Client()
    many = f"/api/v1/dispatches/{key}/recipients"

    assert (await client.ask("GET", f"{many}?limit=1&limit=2"))[0] == 400
    assert b"kari1@" not in (await client.ask("GET", f"{many}?q=kari0&q=kari1"))[1]
    assert b"kari0@" in (await client.ask("GET", f"{many}?state=failed&state=delivered"))[1], "a list is joined so"


async def test_other_letters_case_finds_the_same_or_nothing(stage: Stage):
    key, client = await sent(stage), Client()
    for target in addresses(key):
        usual = await client.ask("GET", target)
        for other in (target.upper(), target.title(), target.replace("/api/", "/API/")):
            status, body = await client.ask("GET", other)
            assert status in (usual[0], 400, 403, 404, 405), other
            assert (b"kari0@" in body) <= (b"kari0@" in usual[1]), other


async def test_an_uptime_check_by_head_is_404_on_every_function():
    for target in ("/api/status", "/api/v1/dispatches", "/api/v1/openapi.json", "/api/doctor"):
        assert await Client().ask("HEAD", target) == (404, b""), target
    assert "HEAD" not in {method for function in ALL for method in _methods(function)}


@pytest.mark.parametrize(
    "error", [BadConfiguration(["MAIL_PORT må være et tall"]), ServiceRequestError("nobody there")]
)
async def test_what_cannot_be_opened_is_told(stage: Stage, monkeypatch, error: Exception):
    async def services() -> Any:
        raise error

    monkeypatch.setattr(functions, "services", services)
    for target in ("/api/status", "/api/v1/dispatches"):
        status, body = await Client().ask("GET", target)
        assert (status, bool(body)) == (503, True)


@pytest.mark.parametrize("well", [True, False])
async def test_the_doctor_returns_an_answer_well_or_not(monkeypatch, well: bool):
    findings = [] if well else await _crosses()
    monkeypatch.setattr("dispatch.doctor.examine", _returning(findings))

    status, body = await Client().ask("GET", "/api/doctor")

    assert (status, body[:1]) == (200 if well else 503, b"{")


def test_no_other_http_function_has_come_without_being_walked_here():
    assert set(BY_NAME) == {"status_page", "status_api", "doctor"}
    for function in ALL:
        assert inspect.signature(function.call).return_annotation in (func.HttpResponse, "func.HttpResponse")


def _returning(value: Any) -> Callable[[], Any]:
    async def examine() -> Any:
        return value

    return examine


async def _crosses() -> Any:
    from dispatch.doctor import examine

    return await examine({"MAIL_PORT": "x"})
