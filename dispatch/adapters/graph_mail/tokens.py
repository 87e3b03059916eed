"""Tokens for Graph, with sign-in failures read as certain refusals: a request without a token never leaves."""

import asyncio
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from dispatch.adapters.http_client import is_this_machine
from dispatch.core import BadConfiguration, Transport, TransportRefused

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.core.credentials_async import AsyncTokenCredential


class Tokens:
    """The credential as the SDK and our own requests use it.

    It always hands out ``AccessToken``: the SDK sends no Authorization at all, silently, for any other type.
    """

    def __init__(self, credential: "AsyncTokenCredential", base_url: str, *, timeout_seconds: float) -> None:
        url = urlsplit(base_url)
        self.host = url.hostname or ""
        self.scope = f"https://{self.host}/.default"
        if url.scheme != "https" and not is_this_machine(self.host):
            raise BadConfiguration(["GRAPH_BASE_URL: must begin with https where a credential is used"])
        self._credential = credential
        self._timeout = timeout_seconds

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        enable_cae: bool = True,
        **_: Any,
    ) -> "AccessToken":
        """A token from the credential's cache, or a new one.

        Raises:
            TransportRefused: none was to be had, so nothing was sent.
        """
        from azure.core.credentials import AccessToken
        from azure.core.exceptions import AzureError

        try:
            async with asyncio.timeout(self._timeout):
                got = await self._credential.get_token(*(scopes or (self.scope,)), claims=claims, enable_cae=enable_cae)
        except (AzureError, OSError) as error:  # OSError holds TimeoutError
            raise TransportRefused(Transport.GRAPH, "NoToken", type(error).__name__) from error
        if not got.token:
            raise TransportRefused(Transport.GRAPH, "NoToken", "the credential gave an empty token")
        return AccessToken(got.token, got.expires_on)

    async def close(self) -> None:
        """Nothing of ours to close: the credential belongs to whoever made it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
