"""HTTP as the real host answers it, row by row of what was seen there, over a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import quote

import azure.functions as func
import pytest

from local.host import LocalHost, StartError
from local.host.routes import Route, find
from tests.local_host.little_apps import quick_options, unique

LEVEL = func.AuthLevel


def an_app() -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=LEVEL.ANONYMOUS)

    @app.route(route="Echo/{*rest}", methods=["GET", "POST"])
    async def echo(req: func.HttpRequest) -> func.HttpResponse:
        said = [req.route_params.get("rest"), dict(req.params), req.headers.get("x-mark"), req.get_body()]
        return func.HttpResponse(repr(said), mimetype="text/plain")

    @app.route(route="number/{id:int}", methods=["GET"])
    async def number(req: func.HttpRequest) -> str:
        return req.route_params["id"]

    @app.route(route="nothing", methods=["GET"])
    async def nothing(req: func.HttpRequest) -> func.HttpResponse | None:
        return None

    @app.route(route="norwegian", methods=["GET"])
    async def norwegian(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("x", headers={"X-Name": "blåbær"})

    @app.route(route="cookie", methods=["GET"])
    async def cookie(req: func.HttpRequest) -> func.HttpResponse:
        said = "utsendelse=abc; Path=/api; HttpOnly; SameSite=Strict"
        return func.HttpResponse("x", headers={"Set-Cookie": said})

    @app.route(route="locked", methods=["GET"], auth_level=LEVEL.FUNCTION)
    async def locked(req: func.HttpRequest) -> str:
        return "open"

    @app.route(route="keeper", methods=["GET"], auth_level=LEVEL.ADMIN)
    async def keeper(req: func.HttpRequest) -> str:
        return "open"

    return app


@pytest.fixture
async def host() -> AsyncIterator[LocalHost]:
    options = quick_options("UseDevelopmentStorage=true", http_port=0, host_id=unique("rows"))
    async with LocalHost(an_app(), options=options) as opened:
        yield opened


@pytest.fixture
async def locked() -> AsyncIterator[LocalHost]:
    options = quick_options(
        "UseDevelopmentStorage=true", http_port=0, host_id=unique("rows"), auth_key="host-key", master_key="master-key"
    )
    async with LocalHost(an_app(), options=options) as opened:
        yield opened


async def asked(host: LocalHost, request: str, *lines: str, body: bytes = b"") -> tuple[int, dict[str, str], str]:
    """Status, headers (lower case) and body of the answer to these very bytes."""
    port = int(host.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    version = "HTTP/1.0" if "HTTP/1.0" in lines else "HTTP/1.1"
    named = [*(line for line in lines if line != version), "Connection: close"]
    if "no host" in named:
        named.remove("no host")
    else:
        named.append("Host: localhost")
    writer.write("\r\n".join([f"{request} {version}", *named, "", ""]).encode("latin-1") + body)
    await writer.drain()
    raw = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    head, _, rest = raw.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *others = head.split("\r\n")
    headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in others}
    return int(first.split()[1]), headers, rest


@pytest.mark.parametrize(
    "request_line", ["PUT /api/echo/a", "HEAD /api/number/1", "DELETE /api/locked", "GET /api/nobody"]
)
async def test_a_wrong_method_is_404_like_a_wrong_path_and_says_nothing(host: LocalHost, request_line: str) -> None:
    status, headers, body = await asked(host, request_line)
    assert (status, body) == (404, "")
    assert "allow" not in headers
    assert "content-type" not in headers


@pytest.mark.parametrize(
    ("request_line", "status"),
    [("GET /api/locked", 401), ("GET /nowhere", 404), ("GET /api/echo/%00", 400), ("POST /admin/functions/echo", 401)],
)
async def test_refusals_have_no_body_and_no_type(locked: LocalHost, request_line: str, status: int) -> None:
    answered, headers, body = await asked(locked, request_line)
    assert (answered, body) == (status, "")
    assert "content-type" not in headers


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/API/eCHO/Rest", "['Rest', {}, None, b'']"),
        ("/api/echo/a?x=1&x=2", "['a', {'x': '1,2'}, None, b'']"),
        ("/api/echo/a?x=1&X=2&y=", "['a', {'x': '1,2'}, None, b'']"),
        ("/api/echo/a%2Fb", "['a%2Fb', {}, None, b'']"),
        ("/api/echo/a%20b", "['a b', {}, None, b'']"),
        ("/api/echo/a/../b", "['b', {}, None, b'']"),
        ("/api/echo/./b", "['b', {}, None, b'']"),
        ("/api/echo/a/b", "['a/b', {}, None, b'']"),
        ("/api/echo", "[None, {}, None, b'']"),
    ],
)
async def test_paths_and_queries_reach_the_function_as_there(host: LocalHost, target: str, said: str) -> None:
    assert (await asked(host, f"GET {target}"))[2] == said


async def test_a_header_that_comes_twice_is_joined(host: LocalHost) -> None:
    assert (await asked(host, "GET /api/echo/a", "X-Mark: One", "x-mark: Two"))[2] == "['a', {}, 'One,Two', b'']"


@pytest.mark.parametrize(
    ("request_line", "lines", "status"),
    [
        ("GET /api/echo//a", (), 404),
        ("GET /api/echo/a%00b", (), 400),
        ("GET http://localhost/api/echo/a", (), 400),
        ("GET /api/echo/a", ("no host",), 400),  # the real one: 500; the server library refuses it before we see it
        ("GET /api/echo/a", ("no host", "HTTP/1.0"), 500),
        ("GET /api/number/2147483647", (), 200),
        ("GET /api/number/2147483648", (), 404),
        ("GET /api/nothing", (), 500),
        ("GET /api/norwegian", (), 500),
        ("GET /", (), 200),
        ("POST /", (), 404),
        ("GET /api/echo/a", tuple(f"X-Long-{n}: {'x' * 6000}" for n in range(4)), 200),
        ("GET /api/echo/a", (f"X-Long: {'x' * 20_000}",), 200),
        ("GET /api/echo/a", (f"X-Long: {'x' * 32_500}",), 200),
        ("GET /api/echo/a", (f"X-Long: {'x' * 33_000}",), 431),
        ("GET /api/echo/a", tuple(f"X-Long-{n}: {'x' * 6000}" for n in range(6)), 431),
    ],
)
async def test_requests_have_the_real_hosts_status(
    host: LocalHost, request_line: str, lines: tuple[str, ...], status: int
) -> None:
    assert (await asked(host, request_line, *lines))[0] == status


async def test_a_body_in_chunks_is_empty_and_one_of_a_length_is_not(host: LocalHost) -> None:
    status, _, said = await asked(
        host, "POST /api/echo/a", "Transfer-Encoding: chunked", body=b"4\r\nbody\r\n0\r\n\r\n"
    )
    assert (status, said) == (200, "['a', {}, None, b'']")
    status, _, said = await asked(host, "POST /api/echo/a", "Content-Length: 4", body=b"body")
    assert (status, said) == (200, "['a', {}, None, b'body']")


async def test_a_cookie_is_written_anew(host: LocalHost) -> None:
    _, headers, _ = await asked(host, "GET /api/cookie")
    assert headers["set-cookie"] == "utsendelse=abc; domain=; path=/api; samesite=strict; httponly"


@pytest.mark.parametrize(
    ("target", "key", "status"),
    [
        ("/api/echo/a", "", 200),
        ("/api/locked", "", 401),
        ("/api/locked", "wrong", 401),
        ("/api/locked", "host-key", 200),
        ("/api/locked", "master-key", 200),
        ("/api/locked?code=host-key", "", 200),
        ("/api/locked?CODE=host-key", "", 200),
        ("/api/locked?code=host-key", "wrong", 401),
        ("/api/keeper", "host-key", 401),
        ("/api/keeper", "master-key", 200),
        ("/admin/host/status", "", 401),
        ("/admin/host/status", "host-key", 403),
        ("/admin/host/status", "master-key", 200),
        ("/ADMIN/functions", "master-key", 200),
    ],
)
async def test_a_key_opens_what_its_level_opens(locked: LocalHost, target: str, key: str, status: int) -> None:
    lines = [f"x-functions-key: {key}"] if key else []
    assert (await asked(locked, f"GET {target}", *lines))[0] == status


@pytest.mark.parametrize("end", ["of another's time", "by its own doing"])
async def test_a_request_whose_worker_ends_hangs_until_its_own_time_is_over_and_gets_500(end: str) -> None:
    app = an_app()

    @app.route(route="first/{how}", methods=["GET"])
    async def first(req: func.HttpRequest) -> str:
        if req.route_params["how"] == "by its own doing":
            await asyncio.sleep(0.3)
            raise SystemExit(3)
        await asyncio.sleep(60)
        return ""

    @app.route(route="beside", methods=["GET"])
    async def beside(req: func.HttpRequest) -> str:
        await asyncio.sleep(60)
        return ""

    options = quick_options(
        "UseDevelopmentStorage=true",
        http_port=0,
        host_id=unique("rows"),
        restart_seconds=0.0,
        environ={"AzureFunctionsJobHost__functionTimeout": "00:00:01"},
    )
    async with LocalHost(app, options=options) as host:
        dying = asyncio.create_task(asked(host, f"GET /api/first/{quote(end)}"))
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        status, headers, body = await asked(host, "GET /api/beside")
        assert 0.95 <= time.monotonic() - begun < 2.5, "not when the other one ended"
        assert (status, body) == (500, "")
        assert "content-type" not in headers
        assert (await dying)[0] == 500
        assert (await asked(host, "GET /api/number/1"))[2] == "1", "the next worker answers"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/jobs/new", ("fixed", {})),
        ("/jobs/7", ("number", {"id": "7"})),
        ("/jobs/seven", ("name", {"name": "seven"})),
        ("/jobs/a/b", ("rest", {"rest": "a/b"})),
        ("/jobs", ("rest", {})),
        ("/other", None),
    ],
)
async def test_the_narrower_route_wins_in_whatever_order_they_are_declared(
    path: str, found: tuple[str, dict[str, str]] | None
) -> None:
    declared = [("jobs/{*rest}", "rest"), ("jobs/{name}", "name"), ("jobs/{id:int}", "number"), ("jobs/new", "fixed")]
    for order in (declared, declared[::-1]):
        assert find([Route(template, ["GET"], target) for template, target in order], "GET", path) == found


@pytest.mark.parametrize(
    ("route", "words"),
    [("admin/x", "keeps for itself"), ("runtime", "keeps for itself"), ("{a:regex}", "no route constraint 'regex'")],
)
async def test_routes_that_cannot_be_served_are_refused(route: str, words: str) -> None:
    app = func.FunctionApp()

    @app.route(route=route)
    async def answer(req: func.HttpRequest) -> str:
        return ""

    with pytest.raises(StartError, match=words):
        await LocalHost(app, options=quick_options("UseDevelopmentStorage=true", http_port=0)).start()
