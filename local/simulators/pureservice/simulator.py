"""The simulator as a server: who may come in, how often, what goes wrong on purpose, and a page that says what came."""

import json
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from math import ceil

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from local.simulators.faults import Faults
from local.simulators.listening import Listening
from local.simulators.pureservice import answers
from local.simulators.pureservice.app import Api
from local.simulators.pureservice.effects import Receipt
from local.simulators.pureservice.errors import ApiError
from local.simulators.pureservice.store import Store
from local.simulators.pureservice.switches import Switches
from local.simulators.pureservice.writes import Write

API_KEY = "simulator-key"
TICKET_APP = "/agent/"  # where the links to tickets lead; the ticket's number is in the fragment
WINDOW_SECONDS = 60.0
LARGEST_BODY = 256 * 1024 * 1024


class PureserviceSimulator(Listening):
    """One tenant of Pureservice on this machine.

    ``clock`` counts seconds for the rate limit, ``now`` dates what is written, ``requests_per_minute=None`` lifts the
    limit. Look at ``store``, ``requests``, ``history`` and ``receipts``; steer by ``switches`` and ``faults``.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] | None = None,
        requests_per_minute: int | None = 100,
        prefix: str = "/agent/api",
        switches: Switches | None = None,
    ) -> None:
        super().__init__()
        self.api_key = api_key
        self.requests_per_minute = requests_per_minute
        self.store = Store(now)
        self.switches = switches or Switches()
        self.faults = Faults()
        self.ticket_pages = ""  # where a page shows tickets to people; links from letters and reports lead there
        self._api = Api(self.store, self.switches, clock=clock)
        self._clock = clock
        self._prefix = "/" + prefix.strip("/")
        self._taken: deque[float] = deque()

    @property
    def history(self) -> list[Write]:
        """Every change that was made over HTTP, in order."""
        return self._api.history

    @property
    def receipts(self) -> list[Receipt]:
        """Mails that Pureservice sent to end users automatically."""
        return self._api.receipts

    def send_what_is_due(self) -> None:
        """Time has passed: e-mails of messages that were postponed are made, as they are with the next request."""
        self._api.send_what_is_due()

    def count(self) -> int:
        """How many API requests came, whatever they were answered."""
        return len(self.requests)

    # --- from the outside in: record, faults, errors, key, rate

    def _app(self) -> web.Application:
        app = web.Application(
            middlewares=[self._recorded(), self.faults.middleware(), self._guarded()], client_max_size=LARGEST_BODY
        )
        self.faults.add_routes(app)
        app.router.add_get("/_control/state", self._state)
        app.router.add_get(TICKET_APP, self._show_ticket)
        app.router.add_route("*", self._prefix + "/{tail:.*}", self._api.handle)
        return app

    def _is_beside(self, path: str) -> bool:
        return path == TICKET_APP or super()._is_beside(path)

    def _guarded(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self._is_beside(request.path):
                return await handler(request)
            try:
                self._check_key(request)
                wait = self._seconds_to_wait()
                return answers.throttled(wait, self.switches) if wait else await handler(request)
            except ApiError as error:
                return answers.refused(error, self.switches)
            except web.HTTPNotFound:
                return answers.refused(ApiError(404, f"Nothing is served at '{request.path}'"), self.switches)

        return guard

    def _check_key(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given = {request.headers.get("X-Authorization-Key"), token if scheme.lower() == "bearer" else None}
        if self.api_key not in given:
            raise ApiError(401, "Authorization has been denied for this request.")

    def _seconds_to_wait(self) -> int:
        """0, counting the request; or how long until the window has room."""
        if self.requests_per_minute is None:
            return 0
        now = self._clock()
        while self._taken and self._taken[0] <= now - WINDOW_SECONDS:
            self._taken.popleft()
        if len(self._taken) >= self.requests_per_minute:
            return max(1, ceil(self._taken[0] + WINDOW_SECONDS - now))
        self._taken.append(now)
        return 0

    async def _show_ticket(self, _: web.Request) -> web.Response:
        """The ticket's number stands behind a #, which only a browser can read."""
        if not self.ticket_pages:
            raise web.HTTPNotFound
        to = f"{json.dumps(self.ticket_pages)} + '/sak/' + (location.hash.match(/[0-9]+/) || [''])[0]"
        return web.Response(text=f"<!doctype html><script>location.replace({to})</script>", content_type="text/html")

    async def _state(self, _: web.Request) -> web.Response:
        statuses = self.store.statuses
        tickets = [
            {
                **{
                    key: row.get(key)
                    for key in ("id", "requestNumber", "subject", "statusId", "visibility", "solution")
                },
                "status": statuses[row["statusId"]]["name"] if row.get("statusId") in statuses else None,
            }
            for row in self.store.tickets.values()
        ]
        return web.json_response(
            {
                "requests": len(self.requests),
                "statuses": Counter(str(one.status) for one in self.requests),
                "writes": Counter(f"{one.method} {one.resource}" for one in self.history),
                "receipts": [asdict(one) for one in self.receipts],
                "rows": {table.resource.plural: len(table) for table in self.store.tables.values() if table},
                "switches": asdict(self.switches),
                "tickets": tickets,
            }
        )
