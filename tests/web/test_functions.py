"""Page and API through ``function_app.py`` and a real socket: keys, sign-in, and what a client may claim."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from local.world import World
from tests.web.visitor import principal

pytestmark = [pytest.mark.slow, pytest.mark.azurite]

KEY = "a-function-key"
SPOOFED = {
    "X-MS-CLIENT-PRINCIPAL": principal(),
    "X-MS-CLIENT-PRINCIPAL-ID": "11111111-1111-4111-8111-111111111111",
    "X-MS-CLIENT-PRINCIPAL-NAME": "Kari",
    "X-MS-CLIENT-PRINCIPAL-IDP": "aad",
}


@pytest.fixture
async def world(azurite) -> AsyncIterator[World]:
    async with World(azurite=azurite) as opened:
        yield opened


async def opened(world: World, log: Path, **settings: str) -> aiohttp.ClientSession:
    world.start_host(log=log, timers=False, auth_key=KEY, extra=settings)
    url = await world.host_url(log)
    return aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=url))


async def test_without_sign_in_the_page_is_off_and_the_api_asks_for_a_key(world: World, tmp_path: Path):
    async with await opened(world, tmp_path / "host.log") as http:
        for path in ("/api/status", "/api/status/9001-8001", "/api/status/v1/dispatches"):
            for headers in ({}, SPOOFED, {"x-functions-key": KEY, **SPOOFED}):
                async with http.get(path, headers=headers) as answer:
                    assert answer.status == 403, path
                    assert "docs/deployment.md" in await answer.text()
        for path in ("/api/v1/dispatches", "/api/v1/openapi.json", "/api/doctor"):
            for headers in ({}, SPOOFED, {"x-functions-key": "guess"}):
                async with http.get(path, headers=headers) as answer:
                    assert answer.status == 401, path
        async with http.get("/api/v1/dispatches", headers={"x-functions-key": KEY}) as answer:
            assert (answer.status, answer.content_type) == (200, "application/json")
            assert "dispatches" in json.loads(await answer.text())
            assert answer.headers["Cache-Control"] == "no-store"
        async with http.post("/api/v1/dispatches", headers={"x-functions-key": KEY}) as answer:
            assert answer.status == 404


async def test_with_sign_in_neither_a_key_nor_a_claim_stands_in_for_a_person(world: World, tmp_path: Path):
    async with await opened(world, tmp_path / "host.log", WEBSITE_AUTH_ENABLED="True") as http:
        for path in ("/api/status", "/api/v1/dispatches", "/api/status/v1/dispatches"):
            async with http.get(path, headers={"x-functions-key": KEY, **SPOOFED}) as answer:
                assert answer.status == 401, path
        async with http.post("/.auth/login/aad", data={"person": "ola"}) as answer:
            assert answer.status == 403
        async with http.get("/api/v1/dispatches", headers={"x-functions-key": KEY, **SPOOFED}) as answer:
            assert answer.status == 403, "a key does not give the role"
        async with http.post("/.auth/login/aad", data={"person": "kari"}) as answer:
            assert (answer.status, answer.url.path) == (200, "/api/status")
        async with http.get("/api/status/v1/dispatches") as answer:
            assert answer.status == 200


async def test_wrong_settings_are_told_without_a_secret(world: World, tmp_path: Path):
    async with await opened(world, tmp_path / "host.log", MAIL_PORT="x") as http:
        async with http.get("/api/status", headers=SPOOFED) as answer:
            assert answer.status == 503
            assert "doctor" in await answer.text()
        async with http.get("/api/v1/dispatches", headers={"x-functions-key": KEY}) as answer:
            assert (await answer.json())["error"]["code"] == "settings"


def test_the_spoofed_header_would_have_been_believed():
    told = json.loads(base64.b64decode(SPOOFED["X-MS-CLIENT-PRINCIPAL"]))
    assert {"typ": "roles", "val": "Utsendelse"} in told["claims"]
