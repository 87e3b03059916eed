"""The stand-in for App Service authentication: what a client claims is removed, what the platform knows is added."""

import base64
import json
from collections.abc import AsyncIterator

import aiohttp
import azure.functions as func
import pytest

from local.host import LocalHost
from local.host.sign_in import LOGIN
from tests.local_host.little_apps import quick_options, unique

pytestmark = pytest.mark.azurite

CLAIMED = {
    "X-MS-CLIENT-PRINCIPAL": "me",
    "x-ms-client-principal-NAME": "me",
    "X-MS-TOKEN-AAD-ID-TOKEN": "t",
    "X-Own": "1",
}


@pytest.fixture
def app() -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.route(route="{*path}")
    async def echo(req: func.HttpRequest) -> func.HttpResponse:
        headers = {name: value for name, value in req.headers.items() if name.startswith("x-")}
        return func.HttpResponse(json.dumps(headers), mimetype="application/json")

    return app


@pytest.fixture
async def http(app: func.FunctionApp, storage_connection_string: str) -> AsyncIterator[aiohttp.ClientSession]:
    options = quick_options(
        storage_connection_string, http_port=0, host_id=unique("auth"), environ={"WEBSITE_AUTH_ENABLED": "True"}
    )
    # The cookie is Secure; a browser keeps it on this machine all the same.
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin="http://127.0.0.1")
    async with LocalHost(app, options=options) as host:
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=host.url)
        async with aiohttp.ClientSession(host.url, cookie_jar=jar) as session:
            yield session


async def test_nobody_gets_to_the_function_by_claiming_to_be_somebody(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/x", headers=CLAIMED) as answer:
        assert answer.status == 401
    async with http.get("/api/x", headers={"Accept": "text/html", **CLAIMED}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"].split("?")[0]) == (302, LOGIN)
    async with http.post("/api/x", headers={"Accept": "text/html", **CLAIMED}) as answer:
        assert answer.status == 401


async def test_who_signs_in_is_told_to_the_function_and_what_the_client_claims_is_gone(
    http: aiohttp.ClientSession,
) -> None:
    async with http.post(LOGIN, data={"person": "kari", "back": "/api/x?a=1"}) as answer:
        assert answer.url.path_qs == "/api/x?a=1"
    async with http.get("/api/x", headers=CLAIMED) as answer:
        headers = await answer.json()

    assert headers["x-own"] == "1"
    assert "x-ms-token-aad-id-token" not in headers
    assert "x-ms-client-principal-name" not in headers
    told = json.loads(base64.b64decode(headers["x-ms-client-principal"]))
    assert {"typ": "name", "val": "Kari Saksbehandler"} in told["claims"]
    assert {"typ": "roles", "val": "Utsendelse"} in told["claims"]
    async with http.get("/.auth/me") as answer:
        assert (await answer.json())[0]["user_id"] == "Kari Saksbehandler"
    async with http.get("/.auth/logout", allow_redirects=False):
        pass
    async with http.get("/api/x") as answer:
        assert answer.status == 401


@pytest.mark.parametrize("back", ["https://vond.example/", "//vond.example", "/\\vond.example", ""])
async def test_sign_in_leads_back_to_our_own_pages_only(http: aiohttp.ClientSession, back: str) -> None:
    async with http.post(LOGIN, data={"person": "ola", "back": back}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/api/status")


async def test_an_unknown_person_is_refused_and_the_form_is_escaped(http: aiohttp.ClientSession) -> None:
    async with http.post(LOGIN, data={"person": "root"}) as answer:
        assert answer.status == 403
    async with http.get(LOGIN, params={"post_login_redirect_uri": '/"><script>'}) as answer:
        assert "<script>" not in await answer.text()
