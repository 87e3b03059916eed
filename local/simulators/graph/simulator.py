"""The simulator as a server: how many may come in at once, what goes wrong on purpose, and what was received."""

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict
from math import ceil

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from local.simulators.faults import Faults
from local.simulators.graph import errors
from local.simulators.graph.api import VERSION, Api, segments_of
from local.simulators.graph.errors import Refusal
from local.simulators.graph.mailbox import Mailbox
from local.simulators.graph.post_office import PostOffice
from local.simulators.graph.records import ReceivedMail, ReturnedLetter
from local.simulators.graph.switches import Switches
from local.simulators.graph.uploads import PREFIX, Uploads
from local.simulators.listening import Listening

MOST_IN_FLIGHT = 4
WINDOW_SECONDS = 600.0
LARGEST_READ = 64 * 1024 * 1024
PARTS_OF_A_NEW_MESSAGE = 4  # v1.0, users, the mailbox, and sendMail or messages
MARKED = re.compile(rb'"value": ?"([a-z2-7]{26})"')


class GraphSimulator(Listening):
    """Graph with these mailboxes, or with any where none are named.

    Look at ``received``, ``bounced`` and ``requests``; steer by ``switches`` and ``faults``. Everything outlives
    ``stop``, so that a simulator can be stopped and started again as a service that was away.
    """

    root = f"/{VERSION}"

    def __init__(
        self,
        *,
        mailboxes: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
        switches: Switches | None = None,
    ) -> None:
        super().__init__()
        self.switches = switches or Switches()
        self.faults = Faults()
        self.asked: set[tuple[str, str]] | None = None  # mailbox and key of every letter that one was asked to send
        self._clock = clock
        self._office = PostOffice(mailboxes, self.switches, clock)
        self._uploads = Uploads(self._office)
        self._api = Api(self._office, self._uploads)

    # --- what came of it

    @property
    def received(self) -> list[ReceivedMail]:
        """Every letter that was accepted for sending, one for each recipient, in order."""
        return self._office.ledger.received

    @property
    def bounced(self) -> list[ReceivedMail]:
        """Letters that were accepted and then came back to the sender's Inbox."""
        return self._office.ledger.bounced

    @property
    def returned(self) -> list[ReturnedLetter]:
        """Everything that comes back for letters, when it is due and what it says."""
        return self._office.ledger.returned

    def mailbox(self, address: str) -> Mailbox:
        """The mailbox, to look into or to change behind everybody's back."""
        return self._office.box(address)

    def with_key(self, key: str) -> list[ReceivedMail]:
        """The received letters with this key."""
        return self._office.ledger.with_key(key)

    def with_message_id(self, message_id: str) -> list[ReceivedMail]:
        """The received letters with this Message-ID."""
        return self._office.ledger.with_message_id(message_id)

    def count(self) -> int:
        """How many requests came, whatever they were answered."""
        return len(self.requests)

    def peak_concurrency(self, mailbox: str) -> int:
        """The most requests to the mailbox at the same time, refused ones among them."""
        box = self._office.boxes.get(mailbox.lower())
        return box.peak if box else 0

    # --- the server

    # --- from the outside in: record, concurrency, faults, errors, token

    def _app(self) -> web.Application:
        middlewares = [self._recorded(), self._noted(), self._limited(), self.faults.middleware(), self._guarded()]
        app = web.Application(middlewares=middlewares, client_max_size=LARGEST_READ)
        self.faults.add_routes(app)
        app.router.add_get("/_control/received", self._received)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        app.on_response_prepare.append(_sign)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith(PREFIX):
            return await self._uploads.handle(request)
        return await self._api.handle(request, self.url.removesuffix(f"/{VERSION}"))

    def _noted(self) -> Middleware:
        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            parts = segments_of(request)
            if self.asked is not None and request.method == "POST" and len(parts) == PARTS_OF_A_NEW_MESSAGE:
                found = MARKED.search(await request.read())
                self.asked |= {(parts[2], found[1].decode())} if found else set()
            return await handler(request)

        return note

    def _limited(self) -> Middleware:
        @web.middleware
        async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
            box = self._box_of(request)
            if box is None:
                return await handler(request)
            box.in_flight += 1
            box.peak = max(box.peak, box.in_flight)
            try:
                self._check_limits(box)
                return await handler(request)
            except Refusal as refusal:
                return errors.answer(refusal, request)
            finally:
                box.in_flight -= 1

        return limit

    def _guarded(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith("/_control"):
                return await handler(request)
            try:
                if self.switches.latency_ms:
                    await asyncio.sleep(self.switches.latency_ms / 1000)
                self._check_token(request)
                return await handler(request)
            except Refusal as refusal:
                return errors.answer(refusal, request)

        return guard

    def _box_of(self, request: web.Request) -> Mailbox | None:
        """The mailbox that the request counts for; None where there is none."""
        parts = segments_of(request)
        if len(parts) < 3 or parts[1].lower() != "users":
            return None
        try:
            return self._office.box(parts[2])
        except Refusal:
            return None

    def _check_limits(self, box: Mailbox) -> None:
        if self.switches.enforce_concurrency and box.in_flight > MOST_IN_FLIGHT:
            raise errors.throttled(1, "MailboxConcurrency")
        if self.switches.request_limit is None:
            return
        now = self._clock()
        while box.requests and box.requests[0] <= now - WINDOW_SECONDS:
            box.requests.popleft()
        box.requests.append(now)  # those that are refused keep counting
        if len(box.requests) > self.switches.request_limit:
            raise errors.throttled(max(1, ceil(box.requests[0] + WINDOW_SECONDS - now)), "Request")

    def _check_token(self, request: web.Request) -> None:
        wanted = self.switches.required_token
        is_upload = request.path.startswith(PREFIX)
        if wanted is not None and not is_upload and request.headers.get("Authorization") != f"Bearer {wanted}":
            raise errors.no_token()

    async def _received(self, _: web.Request) -> web.Response:
        return web.json_response([_plain(mail) for mail in self.received])


def _plain(mail: ReceivedMail) -> dict[str, object]:
    files = [{"name": part.name, "size": len(part.content)} for part in mail.attachments]
    return {**asdict(mail), "attachments": files}


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    """What Graph puts on every answer; 202 and 204 say nothing of a body that isn't there."""
    response.headers.setdefault("request-id", str(uuid.uuid4()))
    response.headers.setdefault(
        "client-request-id", request.headers.get("client-request-id", response.headers["request-id"])
    )
    if response.status in (202, 204):
        response.headers.popall("Content-Type", None)
