"""HTTP triggers and admin endpoints over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import azure.functions as func
import pytest

from local.host import LocalHost, Outcome, StartError
from tests.local_host.little_apps import STORAGE, quick_options, unique, until

pytestmark = pytest.mark.azurite


class Gate:
    """A timer run that lasts until it is let go."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.bodies: list[bytes] = []


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def app(gate: Gate) -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

    @app.route(route="jobs/{id:int}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
    async def jobs(req: func.HttpRequest) -> func.HttpResponse:
        text = f"{req.method} {req.route_params} {dict(req.params)} {req.headers.get('x-mark')} {req.get_body()!r}"
        return func.HttpResponse(text, status_code=201, headers={"X-Answer": "yes"}, mimetype="text/plain")

    @app.route()
    async def guarded(req: func.HttpRequest) -> str:
        if req.params.get("fail"):
            raise ValueError("asked for")
        return "plain"

    @app.route(route="files/{*path}", methods=["GET"])
    def files(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(req.route_params.get("path", "none"), mimetype="application/x-thing")

    @app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
    async def yearly(timer: func.TimerRequest) -> None:
        await gate.open.wait()

    @app.queue_trigger(arg_name="msg", queue_name=unique("admin"), connection=STORAGE)
    async def work(msg: func.QueueMessage) -> None:
        gate.bodies.append(msg.get_body())

    return app


@pytest.fixture
async def host(app: func.FunctionApp, storage_connection_string: str) -> AsyncIterator[LocalHost]:
    options = quick_options(storage_connection_string, http_port=0, host_id=unique("http"))
    async with LocalHost(app, options=options) as host:
        yield host


@pytest.fixture
async def http(host: LocalHost) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(host.url) as session:
        yield session


async def test_method_route_query_headers_and_body_reach_the_function(http: aiohttp.ClientSession) -> None:
    async with http.post("/api/jobs/7?a=1&empty=", data=b"body", headers={"X-Mark": "m"}) as answer:
        assert (answer.status, answer.headers["X-Answer"]) == (201, "yes")
        assert answer.content_type == "text/plain"
        assert await answer.text() == "POST {'id': '7'} {'a': '1'} m b'body'"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/api/jobs/7", 404),
        ("GET", "/api/jobs/seven", 404),
        ("GET", "/jobs/7", 404),
        ("GET", "/api/guarded", 200),
        ("PATCH", "/api/guarded", 200),
        ("GET", "/api/guarded?fail=1", 500),
    ],
)
async def test_methods_routes_and_failures_have_their_status(
    method: str, path: str, status: int, http: aiohttp.ClientSession
) -> None:
    async with http.request(method, path) as answer:
        assert answer.status == status


async def test_a_catch_all_route_takes_slashes_and_nothing(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/files/a/b.txt") as answer:
        assert (await answer.text(), answer.content_type) == ("a/b.txt", "application/x-thing")
    async with http.get("/api/files") as answer:
        assert await answer.text() == "none"


async def test_the_route_prefix_comes_from_host_json(app: func.FunctionApp, storage_connection_string: str) -> None:
    environ = {"AzureFunctionsJobHost__extensions__http__routePrefix": ""}
    options = quick_options(storage_connection_string, http_port=0, environ=environ, timers=False)
    async with LocalHost(app, options=options) as host, aiohttp.request("GET", f"{host.url}/jobs/1") as answer:
        assert answer.status == 201


async def test_an_admin_post_answers_before_the_run_ends(
    host: LocalHost, http: aiohttp.ClientSession, gate: Gate
) -> None:
    async with http.post("/admin/functions/yearly", json={}) as answer:
        assert answer.status == 202
    assert host.counts["yearly", Outcome.SUCCEEDED] == 0

    gate.open.set()
    await until(lambda: host.counts["yearly", Outcome.SUCCEEDED] == 1)


async def test_an_admin_post_gives_a_queue_function_its_input(http: aiohttp.ClientSession, gate: Gate) -> None:
    async with http.post("/admin/functions/work", json={"input": '{"æ": 1}'}) as answer:
        assert answer.status == 202
    await until(lambda: gate.bodies)
    assert gate.bodies == ['{"æ": 1}'.encode()]


@pytest.mark.parametrize(
    ("name", "body", "status"), [("nobody", "{}", 404), ("yearly", "", 400), ("yearly", "[]", 400), ("jobs", "{}", 400)]
)
async def test_admin_posts_that_cannot_run_are_refused(
    name: str, body: str, status: int, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"/admin/functions/{name}", data=body) as answer:
        assert answer.status == status


async def test_the_admin_pages_describe_the_host(host: LocalHost, http: aiohttp.ClientSession) -> None:
    async with http.get("/admin/functions") as answer:
        functions = {function["name"]: function for function in await answer.json()}
    assert sorted(functions) == ["files", "guarded", "jobs", "work", "yearly"]
    assert functions["jobs"]["invoke_url_template"] == f"{host.url}/api/jobs/{{id:int}}"
    assert functions["yearly"]["config"]["bindings"][0]["schedule"] == "0 0 0 1 1 *"
    async with http.get("/admin/host/status") as answer:
        assert (await answer.json())["state"] == "Running"
    async with http.get("/admin/functions/work/status") as answer:
        assert answer.status == 200
    async with http.get("/admin/functions/nobody/status") as answer:
        assert answer.status == 404


async def test_a_port_in_use_is_a_start_error(
    host: LocalHost, app: func.FunctionApp, storage_connection_string: str
) -> None:
    port = int(host.url.rpartition(":")[2])
    with pytest.raises(StartError, match=f"Port {port} is not free"):
        await LocalHost(app, options=quick_options(storage_connection_string, http_port=port)).start()
