"""HTTP triggers and the admin endpoints, on one aiohttp server."""

import re
import time
from typing import TYPE_CHECKING, Any

import azure.functions as func
from aiohttp import web

from local.host.app_metadata import AppFunction
from local.host.errors import HostError, StartError
from local.host.sign_in import SignIn

if TYPE_CHECKING:
    from local.host.host import LocalHost

_CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "alpha": r"[A-Za-z]+",
    "guid": r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    "bool": r"(?i:true|false)",
}
_PARAMETER = re.compile(r"\{(?P<all>\*{0,2})(?P<name>\w+)(?::(?P<constraint>\w+))?(?P<optional>\?)?\}")
_ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def paths_of(route: str, *, prefix: str) -> list[str]:
    """The aiohttp paths of an Azure route template; an optional last parameter makes two of it."""
    if re.match(r"(admin|runtime)(/|$)", route, re.IGNORECASE):
        raise StartError(f"The route '{route}' begins with a word that the host keeps for itself.")
    route = route.strip("/")
    start = f"/{prefix}/" if prefix else "/"
    paths = [start + _PARAMETER.sub(_placeholder, route)]
    last = route.rpartition("/")[2]
    if (match := _PARAMETER.fullmatch(last)) and (match["optional"] or match["all"]):
        shorter = route.removesuffix(last).rstrip("/")
        paths.append((start + _PARAMETER.sub(_placeholder, shorter)).rstrip("/") or "/")
    return paths


def _placeholder(match: re.Match[str]) -> str:
    if match["all"]:
        return f"{{{match['name']}:.*}}"
    constraint = match["constraint"]
    if constraint is None:
        return f"{{{match['name']}}}"
    if constraint not in _CONSTRAINTS:
        raise StartError(f"This local host knows no route constraint '{constraint}', only {', '.join(_CONSTRAINTS)}.")
    return f"{{{match['name']}:{_CONSTRAINTS[constraint]}}}"


class HttpServer:
    """Serves the HTTP functions of a host, and its admin endpoints."""

    def __init__(
        self, host: "LocalHost", *, route_prefix: str, auth_key: str | None, sign_in: SignIn | None = None
    ) -> None:
        self.url = ""
        self._host = host
        self._route_prefix = route_prefix
        self._auth_key = auth_key
        self._started = time.monotonic()
        self._sign_in = sign_in
        app = web.Application(
            client_max_size=100 * 1024 * 1024, middlewares=[sign_in.middleware] if sign_in is not None else []
        )
        if sign_in is not None:
            sign_in.add_routes(app)
        for function in host.functions:
            if function.trigger.kind == "httpTrigger":
                self._add_function(app, function)
        app.router.add_get("/admin/functions", self._list_functions)
        app.router.add_post("/admin/functions/{name}", self._run_function)
        app.router.add_get("/admin/functions/{name}/status", self._function_status)
        app.router.add_get("/admin/host/status", self._host_status)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None)

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

    def _add_function(self, app: web.Application, function: AppFunction) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            if function.trigger.text("authLevel", "FUNCTION").upper() != "ANONYMOUS":
                self._check_key(request)
            result = await self._host.invoke(function, await _to_azure(request, self._headers_of(request)))
            return _to_aiohttp(result.value) if result.succeeded else web.Response(status=500)

        methods = function.trigger.properties.get("methods") or _ALL_METHODS
        for path in paths_of(_route_of(function), prefix=self._route_prefix):
            for method in methods:
                app.router.add_route(str(method), path, answer)

    def _headers_of(self, request: web.Request) -> dict[str, str]:
        if self._sign_in is not None:
            return self._sign_in.headers_of(request)
        return {name.lower(): value for name, value in request.headers.items()}

    def _check_key(self, request: web.Request) -> None:
        given = request.headers.get("x-functions-key") or request.query.get("code")
        if self._auth_key is not None and given != self._auth_key:
            raise web.HTTPUnauthorized

    async def _list_functions(self, request: web.Request) -> web.Response:
        self._check_key(request)
        return web.json_response([self._describe(function) for function in self._host.functions])

    async def _function_status(self, request: web.Request) -> web.Response:
        self._check_key(request)
        if self._host.find(request.match_info["name"]) is None:
            raise web.HTTPNotFound
        return web.json_response({})

    async def _host_status(self, request: web.Request) -> web.Response:
        self._check_key(request)
        uptime = int((time.monotonic() - self._started) * 1000)
        return web.json_response({"id": self._host.options.host_id, "state": "Running", "processUptime": uptime})

    async def _run_function(self, request: web.Request) -> web.Response:
        """Start a function by name: 202 at once, the run goes on in the background."""
        self._check_key(request)
        function = self._host.find(request.match_info["name"])
        if function is None:
            raise web.HTTPNotFound
        try:
            text = (await request.json()).get("input") or ""
        except (ValueError, AttributeError):
            raise web.HTTPBadRequest(text='The body must be JSON: {"input": "..."}, or {} for a timer.') from None
        if function.trigger.kind == "httpTrigger":
            raise web.HTTPBadRequest(text="Call an HTTP function by its own route.")
        self._host.start_function(function.name, str(text))
        return web.Response(status=202)

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


async def _to_azure(request: web.Request, headers: dict[str, str]) -> func.HttpRequest:
    return func.HttpRequest(
        method=request.method,
        url=str(request.url),
        headers=headers,
        params={name: value for name, value in request.query.items() if value},
        route_params=dict(request.match_info),
        body=await request.read(),
    )


def _to_aiohttp(value: object) -> web.StreamResponse:
    if value is None:
        return web.Response(status=204)
    if isinstance(value, str):
        return web.Response(text=value)
    if not isinstance(value, func.HttpResponse):
        raise HostError(f"An HTTP function returned {type(value).__name__}, not HttpResponse or str.")
    response = web.Response(status=value.status_code, body=value.get_body())
    if "content-type" not in value.headers:
        charset = f"; charset={value.charset}" if (value.mimetype or "").startswith("text/") else ""
        response.headers["Content-Type"] = f"{value.mimetype}{charset}"
    for name, text in value.headers.items():
        response.headers.add(name, text)
    return response
