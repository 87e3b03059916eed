"""What every request meets first: the log, the token, the mailbox, and the limits on how many and how much."""

import asyncio
import math
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from aiohttp import web
from aiohttp.typedefs import Handler

from local.simulators.graph.errors import (
    CLIENT_REQUEST_ID,
    REQUEST_ID,
    Refusal,
    access_denied,
    answer_for,
    bad_request,
    request_ids,
)
from local.simulators.graph.switches import Switches
from local.simulators.graph.uploads import PREFIX
from local.simulators.graph.windows import Window

VERSIONS = frozenset({"v1.0", "beta"})
CUT = 0
"""The status in the log of requests whose connection was cut."""


class Requested(NamedTuple):
    """One request, as the log has it."""

    method: str
    path: str  # with its query
    status: int


@dataclass(slots=True)
class Lane:
    """What is going on in one mailbox."""

    in_flight: int = 0
    peak: int = 0
    requests: Window = field(default_factory=Window)
    volume: Window = field(default_factory=Window)


def steps_of(request: web.Request) -> list[str]:
    """The path's parts, decoded one by one; empty ones don't count, since the SDK writes ``//``."""
    return [unquote(part) for part in request.raw_path.partition("?")[0].split("/") if part]


class Gate:
    """Lets requests through, or answers them itself."""

    def __init__(self, switches: Switches, clock: Callable[[], datetime], mailboxes: Collection[str] | None) -> None:
        self._switches, self._clock = switches, clock
        self._known = {address.casefold() for address in mailboxes or ()}
        self.lanes: dict[str, Lane] = defaultdict(Lane)
        self.requests: list[Requested] = []

    @web.middleware
    async def observe(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Writes the log, turns refusals into answers, and gives every answer its ids."""
        if request.path.startswith("/_control"):
            return await handler(request)
        try:
            answer = await handler(request)
        except Refusal as refusal:
            answer = answer_for(refusal, request)
        cut = request.transport is None or request.transport.is_closing()
        self.requests.append(Requested(request.method, request.path_qs, CUT if cut else answer.status))
        if not answer.prepared:
            answer.headers[REQUEST_ID], answer.headers[CLIENT_REQUEST_ID] = request_ids(request)
        return answer

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Checks who asks for what, and how much of it there has been."""
        steps = steps_of(request)
        if request.path.startswith("/_control") or steps[:1] == [PREFIX]:
            return await handler(request)
        if len(steps) < 3 or steps[0] not in VERSIONS or steps[1].lower() != "users":
            raise bad_request("BadRequest", f"Resource not found for the segment '{steps[-1] if steps else ''}'.")
        self._check_token(request)
        self._check_mailbox(steps[2])
        async with self._slot(request, steps[2]):
            if self._switches.latency_ms:
                await asyncio.sleep(self._switches.latency_ms / 1000)
            return await handler(request)

    def _check_token(self, request: web.Request) -> None:
        wanted = self._switches.token
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if wanted is None or (kind.lower() == "bearer" and token and wanted in {"*", token}):
            return
        message = "Access token has expired or is not yet valid." if token else "Access token is empty."
        challenge = {
            "WWW-Authenticate": 'Bearer realm="", authorization_uri="https://login.simulator.example/authorize"'
        }
        raise Refusal(401, "InvalidAuthenticationToken", message, challenge)

    def _check_mailbox(self, mailbox: str) -> None:
        name, switches = mailbox.casefold(), self._switches
        if name in {address.casefold() for address in switches.unlicensed}:
            raise Refusal(
                404,
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            )
        if self._known and name not in self._known:
            raise Refusal(404, "ErrorInvalidUser", f"The requested user '{mailbox}' is invalid.")
        if switches.allowed_senders is not None and name not in {a.casefold() for a in switches.allowed_senders}:
            raise access_denied()

    @asynccontextmanager
    async def _slot(self, request: web.Request, mailbox: str) -> AsyncIterator[None]:
        lane = self.lanes[mailbox.casefold()]
        lane.in_flight += 1
        lane.peak = max(lane.peak, lane.in_flight)
        try:
            self._check_limits(lane, request)
            yield
        finally:
            self._release(lane)

    def _release(self, lane: Lane) -> None:
        def release() -> None:
            lane.in_flight -= 1

        if self._switches.slot_lingers_ms:
            asyncio.get_running_loop().call_later(self._switches.slot_lingers_ms / 1000, release)
        else:
            release()

    def _check_limits(self, lane: Lane, request: web.Request) -> None:
        switches, now = self._switches, self._clock()
        lane.requests.add(now)  # those that are refused count too
        lane.volume.add(now, request.content_length or 0)
        if switches.enforce_concurrency is not None and lane.in_flight > switches.enforce_concurrency:
            raise _throttled("MailboxConcurrency", switches.retry_after_seconds)
        for name, window, limit, seconds in (
            ("RequestCount", lane.requests, switches.requests, switches.requests_window_seconds),
            ("UploadVolume", lane.volume, switches.upload_bytes, switches.upload_window_seconds),
        ):
            if limit is not None and window.total(now, seconds) > limit:
                raise _throttled(name, window.seconds_until(limit, now, seconds))


def _throttled(limit: str, seconds: float) -> Refusal:
    message = f"Application is over its {limit} limit."
    return Refusal(429, "ApplicationThrottled", message, {"Retry-After": str(max(1, math.ceil(seconds)))})
