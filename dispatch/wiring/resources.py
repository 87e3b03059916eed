"""What the adapters of one process share: settings, identities, the deadline, and the order of closing."""

import functools
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from dispatch.settings import Settings


def now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


class Closable(Protocol):
    """Whatever holds connections."""

    async def close(self) -> None:
        """Gives them back."""
        ...


Opened = TypeVar("Opened", bound=Closable)


class Resources:
    """Keeps what was opened until the process ends, and closes it in the opposite order."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = AsyncExitStack()

    def kept(self, part: Opened) -> Opened:
        """The same part, closed with the rest."""
        self._stack.push_async_callback(part.close)
        return part

    async def close(self) -> None:
        """Closes everything that was opened."""
        await self._stack.aclose()

    @property
    def deadline(self) -> float:
        """Seconds that a request may last."""
        return self.settings.longest_request_seconds

    @functools.cached_property
    def identity(self) -> Any:
        """The managed identity, which signs in at the storage."""
        from azure.identity.aio import ManagedIdentityCredential

        return self.kept(ManagedIdentityCredential(client_id=self.settings.azure_client_id or None))

    @functools.cached_property
    def mail_identity(self) -> Any:
        """Who signs in at the mailbox: the app registration where there is one, else the managed identity."""
        s = self.settings
        if not s.microsoft_graph_client_id:
            return self.identity
        from azure.identity.aio import ClientSecretCredential

        return self.kept(
            ClientSecretCredential(
                s.microsoft_graph_tenant_id,
                s.microsoft_graph_client_id,
                s.microsoft_graph_client_secret.get_secret_value(),
                authority=s.azure_authority_host,
            )
        )
