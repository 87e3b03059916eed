"""HTTP triggers and the admin endpoints, on one aiohttp server."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from local.host import http_messages, routes
from local.host.app_metadata import AppFunction
from local.host.calls import Result
from local.host.errors import StartError
from local.host.http_messages import bare
from local.host.routes import Route
from local.host.sign_in import SignIn

_ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_LARGEST_BODY = 100 * 1024 * 1024
_LARGEST_HEADERS = 32 * 1024  # all of them together

Answer = Callable[[web.Request, dict[str, str]], Awaitable[web.StreamResponse]]


class Functions(Protocol):
    """The functions of a host, as its server calls them."""

    functions: list[AppFunction]

    def find(self, name: str) -> AppFunction | None:
        """A function by name, whatever the case of its letters."""
        ...

    async def invoke(self, function: AppFunction, trigger_value: object) -> Result:
        """Run a function with a ready value for its trigger."""
        ...

    def start_function(self, name: str, text: str = "") -> None:
        """Begin a run of a timer or queue function and return at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What opens functions, and what opens the admin endpoints too; without the first, everything is open."""

    function: str | None = None
    master: str | None = None

    def refusal(self, request: web.Request, *, below_master: int = 0) -> int:
        """0, or the status of the refusal; ``below_master`` is that of the functions' key where the master's is wanted.

        A key in the header wins over one in the query.
        """
        if self.function is None and self.master is None:
            return 0
        code = next((value for name, value in http_messages.query_of(request).items() if name.lower() == "code"), None)
        given = request.headers.get("x-functions-key") or code
        if given is None:
            return 401
        if given == self.master:
            return 0
        if given != self.function:
            return 401
        return below_master


class HttpServer:
    """Serves the HTTP functions of a host, and its admin endpoints."""

    def __init__(
        self, host: Functions, *, host_id: str, route_prefix: str, keys: Keys, sign_in: SignIn | None = None
    ) -> None:
        self.url = ""
        self._host = host
        self._host_id = host_id
        self._route_prefix = route_prefix
        self._keys = keys
        self._started = time.monotonic()
        self._sign_in = sign_in
        self._routes = [*self._function_routes(), *self._admin_routes()]
        app = web.Application(
            client_max_size=_LARGEST_BODY, middlewares=[sign_in.middleware] if sign_in is not None else []
        )
        if sign_in is not None:
            sign_in.add_routes(app)
        app.router.add_route("*", "/{anything:.*}", self._answer)
        app.on_response_prepare.append(http_messages.without_type)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, max_field_size=2 * _LARGEST_HEADERS)

    async def start(self, port: int) -> None:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise StartError(f"Port {port} is not free: {error.strerror}.") from error
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Finish what is being answered, and close."""
        await self._runner.cleanup()

    def url_of(self, function: AppFunction) -> str:
        """The public address of an HTTP function, with its route's parameters as they are written."""
        parts = (self.url, self._route_prefix, _route_of(function))
        return "/".join(part for part in parts if part)

    def _function_routes(self) -> Sequence[Route[Answer]]:
        found = []
        for function in self._host.functions:
            if function.trigger.kind == "httpTrigger":
                template = f"{self._route_prefix}/{routes.check_function_route(_route_of(function))}"
                methods = [str(method) for method in function.trigger.properties.get("methods") or _ALL_METHODS]
                found.append(Route(template, methods, self._answer_of(function)))
                found[-1].check()
        return found

    def _admin_routes(self) -> Sequence[Route[Answer]]:
        return [
            Route("admin/functions", ["GET"], self._list_functions),
            Route("admin/functions/{name}", ["POST"], self._run_function),
            Route("admin/functions/{name}/status", ["GET"], self._function_status),
            Route("admin/host/status", ["GET"], self._host_status),
        ]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if "Host" not in request.headers:
            return bare(500)
        if sum(len(name) + len(value) for name, value in request.raw_headers) > _LARGEST_HEADERS:
            return bare(431)
        try:
            path = routes.path_of(request.raw_path)
        except routes.BadPathError:
            return bare(400)
        found = routes.find(self._routes, request.method, path)
        if found is None:
            return http_messages.front_page() if (request.method, path) == ("GET", "/") else bare(404)
        if path.lower().startswith("/admin/") and (refused := self._keys.refusal(request, below_master=403)):
            return bare(refused)
        answer, values = found
        return await answer(request, values)

    def _answer_of(self, function: AppFunction) -> Answer:
        level = function.trigger.text("authLevel", "FUNCTION").upper()
        below = 401 if level == "ADMIN" else 0

        async def answer(request: web.Request, values: dict[str, str]) -> web.StreamResponse:
            if level != "ANONYMOUS" and (refused := self._keys.refusal(request, below_master=below)):
                return bare(refused)
            asked = await http_messages.to_azure(request, headers=self._headers_of(request), route_params=values)
            result = await self._host.invoke(function, asked)
            return http_messages.to_aiohttp(result.value) if result.succeeded else bare(500)

        return answer

    def _headers_of(self, request: web.Request) -> dict[str, str]:
        return http_messages.headers_of(request) if self._sign_in is None else self._sign_in.headers_of(request)

    async def _list_functions(self, _: web.Request, __: dict[str, str]) -> web.Response:
        return web.json_response([self._describe(function) for function in self._host.functions])

    async def _function_status(self, _: web.Request, values: dict[str, str]) -> web.Response:
        return bare(404) if self._host.find(values["name"]) is None else web.json_response({})

    async def _host_status(self, _: web.Request, __: dict[str, str]) -> web.Response:
        uptime = int((time.monotonic() - self._started) * 1000)
        return web.json_response({"id": self._host_id, "state": "Running", "processUptime": uptime})

    async def _run_function(self, request: web.Request, values: dict[str, str]) -> web.Response:
        """Start a function by name: 202 at once, the run goes on in the background."""
        function = self._host.find(values["name"])
        if function is None:
            return bare(404)
        try:
            text = (await request.json()).get("input") or ""
        except (ValueError, AttributeError):
            return bare(400)
        if function.trigger.kind == "httpTrigger":
            return bare(400)
        self._host.start_function(function.name, str(text))
        return bare(202)

    def _describe(self, function: AppFunction) -> dict[str, Any]:
        bindings = [dict(binding.properties) for binding in (function.trigger, *function.outputs)]
        is_http = function.trigger.kind == "httpTrigger"
        return {
            "name": function.name,
            "href": f"{self.url}/admin/functions/{function.name}",
            "invoke_url_template": self.url_of(function) if is_http else None,
            "language": "python",
            "isDisabled": False,
            "config": {"bindings": bindings},
        }


def _route_of(function: AppFunction) -> str:
    return function.trigger.text("route", function.name)
