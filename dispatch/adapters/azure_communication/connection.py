"""The two requests to Communication Services, over its SDK, which is imported at the first of them.

The SDK signs in and sends. It repeats nothing: a sending that it repeats on its own after 500, 503 or 504 is one that
nobody has asked for, and a minute's wait for a quota looks like a hang. Its poller is not used either: it asks at once
what became of each letter, and there is a quota of two hundred such questions an hour.
"""

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

from dispatch.adapters.azure_communication import responses
from dispatch.adapters.azure_communication.responses import COMMUNICATION, Answer
from dispatch.core import OutcomeUnknown, TransportRefused, text

if TYPE_CHECKING:
    from azure.communication.email.aio import EmailClient
    from azure.core.credentials import AccessToken
    from azure.core.credentials_async import AsyncTokenCredential

API_VERSION = "2025-09-01"
MOST_TEXT = 64 * 1024  # characters of an answer; all of them are short


class Tokens:
    """The credential as the SDK uses it: a request without a token never leaves, so that is a certain refusal."""

    def __init__(self, credential: "AsyncTokenCredential", *, timeout_seconds: float) -> None:
        self._credential, self._timeout = credential, timeout_seconds

    async def get_token(self, *scopes: str, **options: Any) -> "AccessToken":
        """A token from the credential's cache, or a new one.

        Raises:
            TransportRefused: none was to be had.
        """
        from azure.core.credentials import AccessToken
        from azure.core.exceptions import AzureError

        try:
            async with asyncio.timeout(self._timeout):
                got = await self._credential.get_token(*scopes, **options)
        except (AzureError, OSError) as error:  # OSError holds TimeoutError
            raise TransportRefused(COMMUNICATION, "NoToken", type(error).__name__) from error
        if not got.token:
            raise TransportRefused(COMMUNICATION, "NoToken", "the credential gave an empty token")
        return AccessToken(got.token, got.expires_on)


class Connection:
    """The service at one endpoint."""

    def __init__(
        self,
        *,
        endpoint: str,
        access_key: str,
        credential: "AsyncTokenCredential | None",
        timeout_seconds: float,
    ) -> None:
        self._endpoint, self._key, self._timeout = endpoint, access_key, timeout_seconds
        self._tokens = Tokens(credential, timeout_seconds=timeout_seconds / 2) if credential is not None else None
        self._sdk: EmailClient | None = None

    async def send(self, body: str, *, operation_id: str) -> Answer:
        """Asks for a letter to be sent, under that id."""
        headers = {"Operation-Id": operation_id, "Content-Type": "application/json", "Accept": "application/json"}
        return await self._ask("POST", "/emails:send", headers=headers, content=body)

    async def operation(self, operation_id: str) -> Answer:
        """Asks what became of the sending of that id."""
        headers = {"Accept": "application/json"}
        return await self._ask("GET", f"/emails/operations/{operation_id}", headers=headers)

    async def close(self) -> None:
        """Gives back connections."""
        if self._sdk is not None:
            sdk, self._sdk = self._sdk, None
            await sdk.close()

    async def _ask(self, method: str, path: str, *, headers: dict[str, str], content: str | None = None) -> Answer:
        """The answer, whatever it is.

        Raises:
            TransportRefused: nothing left.
            OutcomeUnknown: no answer came.
        """
        await self._load()
        from aiohttp import ClientConnectorError
        from azure.core.exceptions import AzureError, ServiceRequestTimeoutError
        from azure.core.rest import HttpRequest

        request = HttpRequest(method, path, params={"api-version": API_VERSION}, headers=headers, content=content)
        try:
            response = await self._client().send_request(request)
        except ServiceRequestTimeoutError as error:  # no connection came about
            raise responses.unreached(error) from error
        except AzureError as error:
            # A connection that breaks when all is written gives the same class as one that never was.
            if isinstance(error.inner_exception, ClientConnectorError):
                raise responses.unreached(error.inner_exception) from error
            raise OutcomeUnknown(COMMUNICATION, type(error.inner_exception or error).__name__) from error
        return responses.read(response.status_code, response.headers, _json(response))

    async def _load(self) -> None:
        """Imports the SDK beside the loop: an eighth of a second."""
        if self._sdk is None:
            await asyncio.to_thread(importlib.import_module, "azure.communication.email.aio")

    def _client(self) -> "EmailClient":
        if self._sdk is None:
            from azure.communication.email.aio import EmailClient
            from azure.core.credentials import AzureKeyCredential

            self._sdk = EmailClient(
                self._endpoint,
                AzureKeyCredential(self._key) if self._tokens is None else self._tokens,  # type: ignore[arg-type]  # the SDK asks it for tokens, and for no more
                api_version=API_VERSION,
                retry_total=0,
                permit_redirects=False,
                connection_timeout=min(10.0, self._timeout),
                read_timeout=self._timeout,
            )
        return self._sdk


def _json(response: Any) -> object:
    try:
        return text.everywhere(response.json()) if len(response.content) <= MOST_TEXT else None
    except (ValueError, RecursionError, LookupError):  # the last: a charset that nobody knows
        return None
