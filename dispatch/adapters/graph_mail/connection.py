"""How Graph is reached: one client, the SDK of each mailbox, a bound on time, a second try with a new token."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from dispatch.adapters.graph_mail import responses
from dispatch.adapters.graph_mail.mailbox_requests import claims_of
from dispatch.adapters.graph_mail.responses import GRAPH, UNAUTHORISED
from dispatch.adapters.graph_mail.tokens import Tokens
from dispatch.adapters.http_client import MEGABYTE, BoundedClient
from dispatch.core import OutcomeUnknown, OutgoingMail

if TYPE_CHECKING:
    from dispatch.adapters.graph_mail.sdk import Sdk

LARGEST_ANSWER = 4 * MEGABYTE  # a page of found messages is some kilobytes
MOST_AT_ONCE = 4  # Exchange refuses a fifth request of one app to one mailbox

Request = Callable[["Sdk"], Awaitable[httpx.Response]]


class Connection:
    """The requests of one transport. ``tokens`` None means anonymous; ``http`` given is closed by whoever gave it."""

    def __init__(
        self,
        *,
        sender: str,
        base_url: str,
        tokens: Tokens | None,
        timeout_seconds: float,
        http: httpx.AsyncClient | None,
        mailboxes: int = 1,
    ) -> None:
        self.sender, self.base_url, self.tokens, self.timeout = sender, base_url, tokens, timeout_seconds
        self._mailboxes = mailboxes
        self._http, self._owns_http = http, http is None
        self._sdks: dict[str, Sdk] = {}  # by mailbox

    async def ask(self, mail: OutgoingMail, request: Request) -> httpx.Response:
        """One request through the SDK, put again once with a new token if the first was not good."""
        try:
            response = await request(self._sdk(mail))
            # Where Entra named the claims that it wants, the SDK has tried a second time on its own.
            if response.status_code == UNAUTHORISED and self.tokens is not None and claims_of(response) is None:
                response = await request(self._sdk(mail))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise responses.error_of_exception(error) from error
        return response

    @asynccontextmanager
    async def deadline(self) -> AsyncIterator[None]:
        """Bounds all the requests of one call. What was under way may have been done."""
        try:
            async with asyncio.timeout(self.timeout):
                yield
        except TimeoutError as error:
            raise OutcomeUnknown(GRAPH, "Deadline") from error

    @property
    def client(self) -> httpx.AsyncClient:
        """The client of all requests, opened when it is first needed."""
        if self._http is None:
            self._http = BoundedClient(
                most=LARGEST_ANSWER,
                timeout=httpx.Timeout(self.timeout, connect=min(10.0, self.timeout)),
                limits=httpx.Limits(max_connections=2 * MOST_AT_ONCE * self._mailboxes, keepalive_expiry=30.0),
            )
        return self._http

    def mailbox_of(self, mail: OutgoingMail) -> str:
        """The mailbox that the mail leaves from, or has left from."""
        return mail.route.sender or self.sender

    async def close(self) -> None:
        """Gives back connections."""
        if self._http is not None and self._owns_http:
            await self._http.aclose()
            self._http = None
            self._sdks.clear()

    def _sdk(self, mail: OutgoingMail) -> "Sdk":
        mailbox = self.mailbox_of(mail)
        if mailbox not in self._sdks:
            from dispatch.adapters.graph_mail.sdk import Sdk

            self._sdks[mailbox] = Sdk(self.client, base_url=self.base_url, sender=mailbox, tokens=self.tokens)
        return self._sdks[mailbox]
