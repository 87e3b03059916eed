"""Faults that an HTTP simulator can be told to make: refused, throttled, slow, cut off before or after the commit."""

import asyncio
import random
import re
from dataclasses import asdict, dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


@dataclass(slots=True)
class Fault:
    """One rule; the first rule that matches a request and still has hits left acts on it.

    ``match`` is a regular expression searched in ``"METHOD /path?query"``. ``skip`` lets the first matches through.
    With ``commit`` the request is handled first and the answer replaced (a 504 that delivered);
    ``drop="after"`` likewise handles it and then cuts the connection, ``drop="before"`` cuts it unhandled;
    ``drop="body"`` handles it and cuts the connection half-way through the body of the answer.
    """

    match: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    content_type: str = "application/json"
    delay_seconds: float = 0.0
    drop: str = ""  # "", "before", "after" or "body"
    commit: bool = False
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    hits: int = 0

    def wants(self, line: str, rng: random.Random) -> bool:
        """Whether this rule acts on the request now; counts the matches that are let through."""
        if (self.times is not None and self.hits >= self.times) or not re.search(self.match, line):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if rng.random() >= self.probability:
            return False
        self.hits += 1
        return True


class Faults:
    """The rules of one simulator, as an aiohttp middleware and as a control page under ``/_control/faults``."""

    def __init__(self, seed: int = 0) -> None:
        self.rules: list[Fault] = []
        self.rng = random.Random(seed)

    def add(self, *rules: Fault) -> None:
        self.rules.extend(rules)

    def clear(self) -> None:
        self.rules.clear()

    def middleware(self) -> Middleware:
        """The middleware that applies the rules to everything but the control page."""

        @web.middleware
        async def apply(request: web.Request, handler: Handler) -> web.StreamResponse:
            line = f"{request.method} {request.path_qs}"
            if request.path.startswith("/_control"):
                return await handler(request)
            fault = next((rule for rule in self.rules if rule.wants(line, self.rng)), None)
            return await (handler(request) if fault is None else _act(fault, request, handler))

        return apply

    def add_routes(self, app: web.Application) -> None:
        """Adds ``POST`` (one rule as JSON), ``GET`` and ``DELETE /_control/faults``."""
        app.router.add_post("/_control/faults", self._post)
        app.router.add_get("/_control/faults", self._get)
        app.router.add_delete("/_control/faults", self._delete)

    async def _post(self, request: web.Request) -> web.Response:
        self.add(Fault(**await request.json()))
        return web.json_response({"rules": len(self.rules)})

    async def _get(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(rule) for rule in self.rules])

    async def _delete(self, _: web.Request) -> web.Response:
        self.clear()
        return web.json_response({"rules": 0})


async def _act(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    if fault.delay_seconds:
        await asyncio.sleep(fault.delay_seconds)
    if fault.drop == "before":
        return _cut(request)
    if fault.drop == "after":
        await handler(request)
        return _cut(request)
    if fault.drop == "body":
        return await _truncate(request, await handler(request))
    if not fault.status:
        return await handler(request)
    if fault.commit:
        await handler(request)
    return web.Response(status=fault.status, headers=fault.headers, text=fault.body, content_type=fault.content_type)


async def _truncate(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    content = response.body if isinstance(response, web.Response) else None
    whole = content if isinstance(content, bytes) else b"{}"
    partial = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
    partial.content_length = len(whole)
    await partial.prepare(request)
    await partial.write(whole[: len(whole) // 2])
    _cut(request)
    return partial


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500, text="the connection was cut by a fault")
