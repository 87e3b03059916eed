"""Requests to Pureservice: headers, budget, paging, and what each failure means to the caller."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx

from dispatch import __version__
from dispatch.adapters.pureservice.limiter import Limiter
from dispatch.errors import TicketSystemBusy, TicketSystemRefused

PAGE = 500  # the server's own limit
VND, PLAIN = "application/vnd.api+json", "application/json"
NO_CONTENT, UNAUTHORISED, FORBIDDEN, NOT_FOUND, TOO_MANY = 204, 401, 403, 404, 429
SERVER_ERROR = 500
LONGEST_RETRY_AFTER, DEFAULT_RETRY_AFTER = 600.0, 15.0
MOST_OF_A_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """An envelope: the primary rows, and the side-loaded ones by plural resource name."""

    rows: list[dict[str, Any]]
    linked: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class Client:
    """One connection pool to one Pureservice. The key is never part of an error, a log line or ``repr``."""

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        prefix: str,
        auth_scheme: str,
        limiter: Limiter,
        patience_seconds: float,
        timeout_seconds: float,
        transport: httpx.AsyncBaseTransport | None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        key = "".join(api_key.split())
        header = {"Authorization": f"Bearer {key}"} if auth_scheme == "bearer" else {"X-Authorization-Key": key}
        self._http = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/{prefix.strip('/')}/",
            headers={**header, "Accept": VND, "User-Agent": f"pureservice-utsendelse/{__version__}"},
            timeout=httpx.Timeout(timeout_seconds, connect=10.0),
            transport=transport,
        )
        self._limiter = limiter
        self._patience = patience_seconds
        self._sleep = sleep
        self.requests = 0

    async def close(self) -> None:
        """Gives back connections."""
        await self._http.aclose()

    async def one(self, path: str, **query: str) -> Answer | None:
        """A single look-up; None where there is nothing (404 or 204)."""
        response = await self._ask("GET", path, query=query)
        if response.status_code in (NOT_FOUND, NO_CONTENT):
            return None
        answer = self._read("GET", path, response)
        return answer if answer.rows else None

    async def pages(self, path: str, **query: str) -> AsyncIterator[Answer]:
        """Every page of a list, always with start, limit and a stable sort: the server's defaults lose rows."""
        start = 0
        while True:
            asked = {"sort": "id ASC", **query, "start": str(start), "limit": str(PAGE)}
            response = await self._ask("GET", path, query=asked)
            answer = Answer([]) if response.status_code == NO_CONTENT else self._read("GET", path, response)
            if answer.rows:
                yield answer
            start += len(answer.rows)
            if len(answer.rows) < PAGE:
                return

    async def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Every row of a list."""
        return [row async for page in self.pages(path, **query) for row in page.rows]

    async def download(self, path: str) -> bytes:
        """A file's bytes."""
        response = await self._ask("GET", path, headers={"Accept": "*/*"})
        if response.status_code in (NOT_FOUND, NO_CONTENT):
            raise TicketSystemRefused("GET", path, status=response.status_code, message="the file is gone")
        return response.content

    async def post(self, path: str, body: Mapping[str, Any]) -> None:
        """Creates. Never repeated by itself: after an ambiguous failure the caller looks first."""
        await self._ask("POST", path, body=body, headers={"Content-Type": VND})

    async def patch(self, path: str, body: Mapping[str, Any]) -> None:
        """Changes some fields."""
        await self._ask("PATCH", path, body=body, headers={"Content-Type": PLAIN})

    # --- one request

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        target = _with_query(path, query or {})
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        patience, repeats = self._patience, 1 if method == "GET" else 0
        while True:
            wait = await self._limiter.take(patience=patience)
            if wait:
                raise TicketSystemBusy(method, path, message="our own budget of requests is used", retry_after=wait)
            self.requests += 1
            try:
                response = await self._http.request(method, target, content=content, headers=headers)
            except httpx.HTTPError as error:
                if repeats and isinstance(error, httpx.TransportError):
                    repeats -= 1
                    continue
                raise TicketSystemBusy(method, path, message=type(error).__name__) from error
            if response.status_code == TOO_MANY:
                wait = retry_after(response)
                if wait > patience:
                    raise _busy(method, path, response, retry_after=wait)
                patience -= wait
                await self._sleep(wait)
                continue
            if response.status_code >= SERVER_ERROR and repeats:
                repeats -= 1
                continue
            return _checked(method, path, response)

    def _read(self, method: str, path: str, response: httpx.Response) -> Answer:
        try:
            body = response.json()
        except ValueError as error:
            raise _busy(method, path, response, message="the answer is not JSON") from error
        if not isinstance(body, dict):
            raise _busy(method, path, response, message="the answer is not an envelope")
        linked = body.get("linked") or {}
        rows = next((rows for name, rows in body.items() if name != "linked" and isinstance(rows, list)), [])
        return Answer(rows, {str(name).lower(): found for name, found in linked.items() if isinstance(found, list)})


def retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks us to wait, as whole seconds or an HTTP date, bounded."""
    given = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return DEFAULT_RETRY_AFTER
    return min(max(seconds, 1.0), LONGEST_RETRY_AFTER)


def _with_query(path: str, query: Mapping[str, str]) -> str:
    # The server wants %20 for a blank, never a plus.
    return path + ("?" if query else "") + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())


def _checked(method: str, path: str, response: httpx.Response) -> httpx.Response:
    status = response.status_code
    single = method == "GET" and status == NOT_FOUND
    if response.is_success or single:
        return response
    if status >= SERVER_ERROR:
        raise _busy(method, path, response)
    message = _message(response)
    if status in (UNAUTHORISED, FORBIDDEN):
        message = f"Pureservice refuses the key (PURESERVICE_APIKEY), or it may not do this. {message}".strip()
    raise TicketSystemRefused(method, path, status=status, message=message)


def _busy(
    method: str, path: str, response: httpx.Response, *, message: str = "", retry_after: float = 30.0
) -> TicketSystemBusy:
    return TicketSystemBusy(
        method, path, status=response.status_code, message=message or _message(response), retry_after=retry_after
    )


def _message(response: httpx.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return response.text[:MOST_OF_A_MESSAGE]
    told = body.get("message") if isinstance(body, dict) else None
    return str(told or body)[:MOST_OF_A_MESSAGE]
