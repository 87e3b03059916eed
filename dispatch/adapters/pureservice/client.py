"""Requests to Pureservice: headers, budget, patience and paging."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from dispatch import __version__
from dispatch.adapters.http_client import MEGABYTE, BodyTooLarge, BoundedClient
from dispatch.adapters.pureservice import responses
from dispatch.adapters.pureservice.addressing import base_of, usable_key, with_query
from dispatch.adapters.pureservice.bodies import Body
from dispatch.adapters.pureservice.limiter import Limiter
from dispatch.adapters.pureservice.paging import Paging
from dispatch.adapters.pureservice.responses import Answer, Rows
from dispatch.core import AnswerLacking, TicketSystemBusy, TooLarge
from dispatch.ports import PagePlace

AuthScheme = Literal["bearer", "x-authorization-key"]

LARGEST_ANSWER = 64 * MEGABYTE  # 500 rows of 130 kB
VND, PLAIN = "application/vnd.api+json", "application/json"
CONNECT_SECONDS = 10.0
BEFORE_A_REPEAT = 0.5  # seconds
MOST_THROTTLES = 2  # waits for one request; then the caller's queue is the better clock
# The connection broke; that a time-out is left out keeps a call from lasting twice the time-out.
BROKEN = (httpx.NetworkError, httpx.RemoteProtocolError)
UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)  # the request never left
REFUSALS = frozenset(range(400, 500)) - {responses.TIMED_OUT, responses.TOO_MANY}
BUDGET = "our budget of requests a minute is used"


@dataclass(slots=True)
class _Call:
    """One call: what is left of its patience, and what it has met."""

    method: str
    path: str
    patience: float
    repeats: int
    throttles: int = 0
    refused: TicketSystemBusy | None = None  # the last 429

    def busy(self, message: str, *, undone: bool) -> TicketSystemBusy:
        """The error for a call to which no answer came."""
        return TicketSystemBusy(self.method, self.path, message=message, retry_after=responses.LATER, undone=undone)


class Client:
    """One connection pool to one Pureservice. The key is never part of an error, a log line or ``repr``."""

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        prefix: str,
        auth_scheme: AuthScheme,
        limiter: Limiter,
        patience_seconds: float,
        timeout_seconds: float,
        transport: httpx.AsyncBaseTransport | None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._key = usable_key(api_key)
        bearer = {"Authorization": f"Bearer {self._key}"}
        self._http = BoundedClient(
            most=LARGEST_ANSWER,
            base_url=base_of(url, prefix),
            headers={
                **(bearer if auth_scheme == "bearer" else {"X-Authorization-Key": self._key}),
                "Accept": VND,
                "User-Agent": f"pureservice-utsendelse/{__version__}",
            },
            timeout=httpx.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds)),
            transport=transport,
        )
        self._limiter = limiter
        self._patience = patience_seconds
        self._timeout = timeout_seconds
        self._sleep = sleep
        self._paging = Paging(self._page)
        self.requests = 0

    async def close(self) -> None:
        """Gives back connections."""
        await self._http.aclose()

    @property
    def server_date(self) -> str:
        """What the server's clock said with its last answer; empty where it said nothing."""
        return self._http.server_date

    # --- what is asked

    async def one(self, path: str, **query: str) -> Answer | None:
        """A single look-up; None where there is nothing (404, 204 or no row)."""
        response = await self._ask("GET", path, query=query, taken=(responses.NOT_FOUND,))
        if response.status_code in (responses.NOT_FOUND, responses.NO_CONTENT):
            return None
        answer = responses.read(path, response)
        return answer if answer.rows else None

    async def pages(self, path: str, **query: str) -> AsyncIterator[Answer]:
        """Every page of a list, read to its end; one that changed meanwhile is read again before anything is handed on.

        Raises:
            ListChanged: somebody changed the list each time it was read.
        """
        for answer in await self._paging.whole(path, query):
            yield answer

    def pages_from(self, path: str, after: PagePlace | None, **query: str) -> AsyncIterator[tuple[Answer, PagePlace]]:
        """The pages as they come, from a place that an earlier reading gave, and the place that each ends at.

        Raises:
            ListChanged: somebody changed the list while it was read.
        """
        return self._paging.pages(path, after, query)

    async def rows(self, path: str, **query: str) -> Rows:
        """Every row of a list."""
        return await self._paging.rows(path, query)

    @property
    def relation_parameters(self) -> frozenset[str]:
        """What lists of a ticket's relations take."""
        return self._paging.parameters("relationship/0/fromTicket")

    async def _page(self, path: str, query: Mapping[str, str]) -> Answer:
        return responses.read(path, await self._ask("GET", path, query=query))

    async def download(self, path: str, *, most: int) -> bytes:
        """A file's bytes.

        Raises:
            TooLarge: there are more of them.
        """
        response = await self._ask("GET", path, headers={"Accept": "*/*"}, most=most)
        if response.status_code == responses.NO_CONTENT:
            words = "En fil i saken har ikke noe innhold i Pureservice."
            message = "the file has no content"
            raise AnswerLacking("GET", path, status=response.status_code, message=message, words=words)
        return response.content

    async def post(self, path: str, body: Mapping[str, Any]) -> None:
        """Creates. Never repeated automatically: after an ambiguous failure the caller looks first."""
        await self._change("POST", path, body, VND)

    async def create(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Creates, and returns what the server made of it: no row where it says nothing but that it did.

        Raises:
            TicketSystemBusy: the answer can't be read, and the outcome is open.
        """
        return responses.created(path, await self._ask("POST", path, body=body, headers={"Content-Type": VND}))

    async def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Replaces; not repeated automatically either."""
        await self._change("PUT", path, body, VND)

    async def patch(self, path: str, body: Mapping[str, Any]) -> None:
        """Changes some fields; not repeated automatically either."""
        await self._change("PATCH", path, body, PLAIN)

    async def _change(self, method: str, path: str, body: Mapping[str, Any], kind: str) -> None:
        responses.read_written(method, path, await self._ask(method, path, body=body, headers={"Content-Type": kind}))

    async def anything(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Any answer that is one, refusals too: for whoever wants to know how the server says no."""
        return await self._ask(method, path, query=query, body=body, headers=headers, taken=REFUSALS)

    # --- one request

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        taken: Container[int] = (),
        most: int = LARGEST_ANSWER,
    ) -> httpx.Response:
        asked = with_query(path, query or {})
        content = None if body is None else Body(body)
        sized = {**(headers or {}), **(content.headers if content else {})}
        request = self._http.build_request(method, asked, content=content, headers=sized)
        request.extensions["most"] = most
        call = _Call(method, path, self._patience, repeats=1 if method == "GET" else 0)
        while True:
            response = await self._exchange(request, call)
            if response is None:
                continue
            if response.status_code in taken:
                return response
            error = responses.failure(method, path, response, secret=self._key)
            if error is None:
                return response
            if not isinstance(error, TicketSystemBusy) or not await self._may_repeat(call, error, response):
                raise error

    async def _exchange(self, request: httpx.Request, call: _Call) -> httpx.Response | None:
        """One attempt within the budget; None where the connection broke and the call may be repeated."""
        while wait := self._limiter.wait_seconds():
            await self._wait(call, wait, call.refused or call.busy(BUDGET, undone=True))
        self._limiter.book()
        self.requests += 1
        try:
            async with asyncio.timeout(self._timeout):
                return await self._http.send(request)
        except BodyTooLarge as error:
            if call.method == "GET":
                raise TooLarge(call.method, call.path, most=request.extensions["most"]) from error
            raise call.busy(type(error).__name__, undone=False) from error
        except (httpx.HTTPError, TimeoutError) as error:
            busy = call.busy(type(error).__name__, undone=isinstance(error, UNCONNECTED))
            if not isinstance(error, BROKEN) or not call.repeats:
                raise busy from error
        call.repeats -= 1
        await self._wait(call, BEFORE_A_REPEAT, busy)
        return None

    async def _may_repeat(self, call: _Call, error: TicketSystemBusy, response: httpx.Response) -> bool:
        """Whether to ask again, after the wait that it takes."""
        if error.status == responses.TOO_MANY:
            # Certain that nothing was done, so a write may be repeated as well. The limiter does the waiting, for
            # every task of the process.
            self._limiter.rest(error.retry_after)
            call.throttles += 1
            call.refused = error
            return call.throttles <= MOST_THROTTLES
        if not call.repeats or error.status == responses.TIMED_OUT:
            return False
        call.repeats -= 1
        await self._wait(call, responses.retry_after(response.headers.get("Retry-After", "")) or BEFORE_A_REPEAT, error)
        return True

    async def _wait(self, call: _Call, seconds: float, error: TicketSystemBusy) -> None:
        """Waits within the call's patience. A function that sleeps is paid for: beyond that the queue is our clock."""
        if seconds > call.patience:
            error.retry_after = max(error.retry_after, seconds) if error.status else seconds
            raise error
        call.patience -= seconds
        await self._sleep(seconds)
