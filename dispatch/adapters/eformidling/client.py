"""Requests to the integration point: address, credentials, certificate, patience."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

import httpx

from dispatch import __version__
from dispatch.adapters.eformidling import responses
from dispatch.adapters.eformidling.responses import Answer, Call
from dispatch.adapters.http_client import MEGABYTE, BoundedClient, is_this_machine
from dispatch.core import BadConfiguration

Auth = Literal["none", "basic"]

CONNECT_SECONDS, READ_SECONDS = 10.0, 90.0
LARGEST_ANSWER = 4 * MEGABYTE  # beyond it, it is none of the answers that are waited for


def api_base(url: str, prefix: str) -> str:
    """The root of the API: the address (``EF_IP_URL``) and the prefix (``EF_IP_PREFIX``) with one slash between."""
    return "/".join(part for part in (url.strip().rstrip("/"), prefix.strip().strip("/")) if part)


class Client:
    """One connection pool to one integration point. The password is never part of an error, a log line or ``repr``."""

    def __init__(
        self,
        *,
        base_url: str,
        auth: Auth,
        username: str,
        password: str,
        ca_file: str,
        timeout_seconds: float = READ_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = _usable(base_url, auth)
        self._timeout = timeout_seconds
        self._http = BoundedClient(
            most=LARGEST_ANSWER,
            auth=httpx.BasicAuth(username, password) if auth == "basic" else None,
            headers={"Accept": "application/json", "User-Agent": f"pureservice-utsendelse/{__version__}"},
            timeout=httpx.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds)),
            verify=_trusted(ca_file),
            transport=transport,
        )

    async def close(self) -> None:
        """Gives back connections."""
        await self._http.aclose()

    async def get(self, call: Call, *path: str, **query: str) -> Answer:
        """Reads a resource."""
        return await self._ask(call, "GET", self._url(path, query))

    async def post(self, call: Call, *path: str, json: bytes | None = None) -> Answer:
        """Creates, or sends."""
        headers = {"Content-Type": "application/json"} if json is not None else {}
        return await self._ask(call, "POST", self._url(path, {}), content=json, headers=headers)

    async def put(self, call: Call, *path: str, content: bytes, headers: Mapping[str, str], **query: str) -> Answer:
        """Uploads. Whole bytes, so that the length is announced: the server's own limits rely on it."""
        return await self._ask(call, "PUT", self._url(path, query), content=content, headers=headers)

    async def health(self) -> Answer:
        """What the integration point says of itself, beside its API and without credentials."""
        root = self._base.rpartition("/")[0]
        return await self._ask(Call.LOOK_UP, "GET", f"{root}/manage/health")

    def _url(self, path: tuple[str, ...], query: Mapping[str, str]) -> str:
        # Never a slash at the end, which version 4 answers with 404; %20 for a blank, which every server reads alike.
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return "/".join((self._base, *(quote(part, safe="") for part in path))) + (f"?{asked}" if asked else "")

    async def _ask(
        self,
        call: Call,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any answer there is.

        Raises:
            MailError: no answer came; its kind depends on the call.
        """
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._http.request(method, url, content=content, headers=headers)
            return responses.read(response.status_code, response.headers, response.content)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError) as error:
            raise responses.error_of_exception(call, error) from error


def _usable(base_url: str, auth: Auth) -> str:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise BadConfiguration([f"EF_IP_URL: {error}"]) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise BadConfiguration(["EF_IP_URL: is not an address that begins with https:// or http://"])
    if auth == "basic" and url.scheme == "http" and not is_this_machine(url.host):
        raise BadConfiguration(
            ["EF_IP_URL: must begin with https:// with EF_IP_AUTH basic, or the password would travel in clear text"]
        )
    return base_url.rstrip("/")


def _trusted(ca_file: str) -> ssl.SSLContext:
    """The usual authorities and the given one: integration points often have a private certificate."""
    context = httpx.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise BadConfiguration(
                [f"EF_IP_CA_FILE: can't be read as certificates ({type(error).__name__})"]
            ) from error
    return context
