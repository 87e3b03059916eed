"""Requests to a tenant and its answers as they are, for the questions that nobody outside the vendor can answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from dispatch.adapters.pureservice.client import PLAIN, VND, Client
from dispatch.adapters.pureservice.responses import Rows
from dispatch.core import DispatchError, text

BAD_REQUEST = 400
NOT_SHOWN = (403, 404)
MOST_DIGITS = 10


class Untold(DispatchError):
    """This tenant can't be asked, and why."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer; ``body`` is None where it is not JSON."""

    status: int
    body: Any
    empty: bool

    @property
    def taken(self) -> bool:
        """Whether the request did what it asked for."""
        return httpx.codes.is_success(self.status)

    @property
    def refused(self) -> bool:
        """Whether what was asked is refused.

        Raises:
            Untold: something else is wrong with it: a right that the key lacks, say.
        """
        if not self.taken and self.status != BAD_REQUEST:
            raise Untold(f"answered with {self.status}")
        return not self.taken

    @property
    def rows(self) -> Rows:
        """The primary rows.

        Raises:
            Untold: the request was refused.
        """
        if not self.taken:
            raise Untold(f"answered with {self.status}")
        lists = [value for name, value in self.body.items() if name != "linked"] if isinstance(self.body, dict) else []
        return [row for row in lists[0] if isinstance(row, dict)] if lists and isinstance(lists[0], list) else []

    def linked(self, plural: str) -> Rows:
        """Side-loaded rows."""
        linked = self.body.get("linked") if self.taken and isinstance(self.body, dict) else None
        found = linked.get(plural) if isinstance(linked, dict) else None
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    @property
    def ids(self) -> list[int]:
        """Their ids."""
        return [number(row.get("id")) for row in self.rows]


class Probe:
    """Asks, and takes any answer that is one."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def get(self, path: str, **query: str) -> Raw:
        """A look-up."""
        return _raw(await self._client.anything("GET", path, query=query))

    async def send(self, method: str, path: str, body: Mapping[str, Any], *, kind: str = "", accept: str = VND) -> Raw:
        """A change."""
        headers = {"Content-Type": kind or (PLAIN if method == "PATCH" else VND), "Accept": accept}
        return _raw(await self._client.anything(method, path, body=body, headers=headers))


def _raw(response: httpx.Response) -> Raw:
    try:
        body = text.everywhere(json.loads(response.content))
    except (ValueError, RecursionError):
        body = None
    return Raw(response.status_code, body, not response.content.strip())


def number(value: Any) -> int:
    """A whole number, as a number or as text; 0 for what is none."""
    said = str(value)
    return int(said) if said.isdecimal() and len(said) <= MOST_DIGITS else 0
