"""The service: who may come in, what a letter must hold, what it answers to a repeat, and what it knows afterwards."""

import asyncio
import base64
import hashlib
import hmac
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from local.simulators.azure_communication.messages import Refusal, checked, letter_of
from local.simulators.azure_communication.records import Book, ReceivedLetter, Sending
from local.simulators.azure_communication.reports import DeliveryReport, of_letter
from local.simulators.azure_communication.switches import Switches
from local.simulators.faults import Faults
from local.simulators.listening import Listening

ACCESS_KEY = base64.b64encode(b"a key of the simulator alone").decode("ascii")
LARGEST_REQUEST = 10 * 1024 * 1024
LARGEST_READ = 64 * 1024 * 1024
VALIDATE = "x-ms-acsemail-validate-message-id"
CLOCK_SKEW = timedelta(minutes=5)
SUPPRESSED, DROPPED = "EmailDroppedAllRecipientsSuppressed", "EmailDropped"
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+>")


class CommunicationSimulator(Listening):
    """Look at ``received``, ``reports`` and ``requests``; steer by ``switches`` and ``faults``.

    ``on_report`` is called with every delivery report as it comes about.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        switches: Switches | None = None,
        on_report: Callable[[DeliveryReport], None] | None = None,
    ) -> None:
        super().__init__()
        self.switches = switches or Switches()
        self.faults = Faults()
        self.book = Book()
        self.reports: list[DeliveryReport] = []
        self._clock, self._on_report = clock, on_report
        self._counted: dict[str, deque[float]] = {"send": deque(), "ask": deque()}

    @property
    def received(self) -> list[ReceivedLetter]:
        """Every letter that left, in order."""
        return self.book.received

    # --- from the outside in: record, faults, errors, who may

    def _app(self) -> web.Application:
        middlewares = [self._recorded(), self.faults.middleware(), self._guarded]
        app = web.Application(middlewares=middlewares, client_max_size=LARGEST_READ)
        self.faults.add_routes(app)
        app.router.add_post("/emails:send", self._send)
        app.router.add_get("/emails/operations/{id}", self._operation)
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_control"):
            return await handler(request)
        if self.switches.latency_ms:
            await asyncio.sleep(self.switches.latency_ms / 1000)
        try:
            await self._check_sign_in(request)
            if not re.fullmatch(r"\d{4}-\d\d-\d\d(-preview)?", request.query.get("api-version", "")):
                raise Refusal(400, "MissingApiVersionParameter", "The api-version query parameter is required.")
            return await handler(request)
        except Refusal as refusal:
            return _answer(refusal, request)

    async def _check_sign_in(self, request: web.Request) -> None:
        header = request.headers.get("Authorization", "")
        if header.startswith("Bearer "):
            if self.switches.required_token not in (None, header.removeprefix("Bearer ")):
                raise Refusal(401, "Denied", "The token is not good.")
            return
        date = request.headers.get("x-ms-date", "")
        digest = base64.b64encode(hashlib.sha256(await request.read()).digest()).decode("ascii")
        signed = f"{request.method}\n{request.path_qs}\n{date};{request.headers.get('Host', '')};{digest}"
        key = base64.b64decode(ACCESS_KEY)
        signature = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode("ascii")
        wanted = f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
        if not hmac.compare_digest(header.encode(), wanted.encode()):
            raise Refusal(401, "Denied", "The signature is not good.")
        if abs(datetime.now(UTC) - parsedate_to_datetime(date)) > CLOCK_SKEW:
            words = "The time difference between the originating client and the server is too large."
            raise Refusal(401, "Denied", words)

    def _count(self, kind: str, a_minute: int | None, an_hour: int | None) -> None:
        """Counts a call, refused ones among them, against both quotas."""
        now, times = self._clock(), self._counted[kind]
        times.append(now)
        while times and times[0] <= now - 3600:
            times.popleft()
        for limit, seconds in ((a_minute, 60), (an_hour, 3600)):
            within = [at for at in times if at > now - seconds]
            if limit is not None and len(within) > limit:
                wait = max(1, ceil(within[-limit - 1] + seconds - now)) if limit else seconds
                retry = wait if self.switches.says_retry_after else None
                raise Refusal(429, "TooManyRequests", f"Try again after {wait} seconds.", retry_after=retry)

    # --- calls

    async def _send(self, request: web.Request) -> web.Response:
        switches = self.switches
        self._count("send", switches.sends_a_minute, switches.sends_an_hour)
        raw = await request.read()
        if len(raw) > LARGEST_REQUEST:
            raise Refusal(413, "RequestTooLarge", "The request is larger than 10 MB.")
        message = checked(raw, switches.senders)
        own_id = request.headers.get("Operation-Id") or str(uuid.uuid4())
        try:
            uuid.UUID(own_id)
        except ValueError as error:
            raise Refusal(400, "InvalidOperationId", "The Operation-Id must be a UUID.") from error
        if not self._is_repeat(own_id):
            self._take(own_id, message)
        where = f"{self.url}/emails/operations/{own_id}?api-version={request.query['api-version']}"
        headers = {"Operation-Location": where, "retry-after": "30", **_signed(request)}
        return web.json_response({"id": own_id, "status": "Running"}, status=202, headers=headers)

    def _is_repeat(self, own_id: str) -> bool:
        """Whether the id's letter was taken before and no more is to be done.

        Raises:
            Refusal: it was, and a repeat is refused.
        """
        if own_id not in self.book.sendings or self.switches.same_id == "send_again":
            return False
        if self.switches.same_id == "conflict_409":
            raise Refusal(409, "Conflict", "The operation is still running.")
        if self.switches.same_id == "bad_request_400":
            raise Refusal(400, "BadRequest", "The operation id has already been used.")
        return True

    def _take(self, own_id: str, message: Mapping[str, Any]) -> None:
        headers = {name.lower(): str(value) for name, value in message.get("headers", {}).items()}
        message_id = self._message_id(headers)
        now = self._clock()
        sending = self.book.sendings.setdefault(own_id, Sending(own_id, now))
        for to in message["recipients"]["to"]:
            letter = letter_of(own_id, message, to, headers, message_id, now)
            sending.error = self._error_for(letter.to)
            if sending.error:
                self._report(
                    DeliveryReport(own_id, letter.sender, letter.to, message_id, _status_of(sending.error), "", now)
                )
            else:
                self.book.received.append(letter)
                self._report(of_letter(letter, bounced=bool(re.search(self.switches.bounces, letter.to))))

    def _message_id(self, headers: Mapping[str, str]) -> str:
        given = headers.get("message-id", "")
        is_good = bool(_MESSAGE_ID.fullmatch(given)) and given not in self.book.message_ids
        validated = headers.get(VALIDATE, "").lower() == "true" and self.switches.duplicate_message_id == "reject_400"
        if given and not is_good and (validated or not _MESSAGE_ID.fullmatch(given)):
            raise Refusal(400, "InvalidMessageId", "The internet message id is invalid or a duplicate of another.")
        taken = given if given and is_good else f"<{uuid.uuid4()}@azurecomm.example>"
        self.book.message_ids.add(taken)
        return taken

    def _error_for(self, address: str) -> str:
        if re.search(self.switches.suppressed, address):
            return SUPPRESSED
        return DROPPED if re.search(self.switches.dropped, address) else ""

    def _report(self, report: DeliveryReport) -> None:
        self.reports.append(report)
        if self._on_report is not None:
            self._on_report(report)

    async def _operation(self, request: web.Request) -> web.Response:
        self._count("ask", self.switches.asks_a_minute, self.switches.asks_an_hour)
        found = self.book.sendings.get(request.match_info["id"])
        forget, now = self.switches.forget_after, self._clock()
        if found is None or (forget is not None and now - found.at > forget):
            raise Refusal(404, "OperationNotFound", "There is no such operation.")
        body: dict[str, Any] = {"id": found.id, "status": "Failed" if found.error else "Succeeded"}
        if now - found.at < self.switches.transit_ms / 1000:
            body["status"] = "Running"
        elif found.error:
            body["error"] = {"code": found.error, "message": "The message was dropped."}
        retry = {"retry-after": "30"} if body["status"] == "Running" else {}
        return web.json_response(body, headers={**retry, **_signed(request)})


def _status_of(error: str) -> str:
    return "Suppressed" if error == SUPPRESSED else "Failed"


def _answer(refusal: Refusal, request: web.Request) -> web.Response:
    headers = {"x-ms-error-code": refusal.code, **_signed(request)}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    body = {"error": {"code": refusal.code, "message": refusal.message}}
    return web.json_response(body, status=refusal.status, headers=headers)


def _signed(request: web.Request) -> dict[str, str]:
    given = request.headers.get("x-ms-client-request-id", "")
    return {"x-ms-client-request-id": given} if given else {}
