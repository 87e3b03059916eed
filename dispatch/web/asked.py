"""A request that has been let in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from dispatch.core import DispatchKey
from dispatch.services import Services
from dispatch.web.access import Principal
from dispatch.web.http import Answer, Request


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, and what it is answered with. ``parts`` are those of the path."""

    request: Request
    principal: Principal
    services: Services
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> DispatchKey:
        """The dispatch that the path names."""
        return DispatchKey(self.parts["key"])


Handler = Callable[[Asked], Awaitable[Answer]]


class NotFound(Exception):
    """There is nothing under this address."""


class BadQuery(Exception):
    """A parameter has no meaning; the text says which."""


class Foreign(Exception):
    """A form that was not sent from our own page, or too late."""
