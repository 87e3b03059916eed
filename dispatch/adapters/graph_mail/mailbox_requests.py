"""Requests that read a mailbox, with plain httpx: the SDK would load 1,200 modules.

None of them sends anything, so every failure may be tried again.
"""

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from dispatch.adapters.graph_mail import responses
from dispatch.adapters.graph_mail.marker import IMMUTABLE_IDS, REQUEST_ID_HEADER
from dispatch.adapters.graph_mail.responses import GRAPH
from dispatch.adapters.graph_mail.tokens import Tokens
from dispatch.adapters.http_client import beginning
from dispatch.core import MailError, Throttled, TransportRefused, TryAgain

BEFORE_ANOTHER_LOOK = 60.0
NO_MAILBOX = frozenset(
    {
        "ErrorInvalidUser",
        "MailboxNotEnabledForRESTAPI",
        "MailboxNotSupportedForRESTAPI",
        "Request_ResourceNotFound",
        "ResourceNotFound",
    }
)
OK = 200
_SUCCESS = frozenset({OK, responses.CREATED})
_UNMADE = frozenset({"mimecontentconversionfailed", "contentconversionfailed", "itemcorrupt"})


class MailboxRequests:
    """Requests that were answered with success, with 403 or, for one item, with 404.

    Each raises:
        Throttled: the mailbox must rest.
        TryAgain: anything else, for it says nothing about what was asked.
    """

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens | None) -> None:
        self._http, self._tokens = http, tokens

    async def get(self, url: str) -> httpx.Response:
        """What lies at the URL."""
        return _answered(await self._sent("GET", url))

    async def get_of_known(self, url: str) -> httpx.Response:
        """What lies at the URL, where a mailbox that is not there is no reason to ask again.

        Raises:
            TransportRefused: there is no such mailbox, or none that can be read.
        """
        response = await self._sent("GET", url)
        if response.status_code == responses.NOT_FOUND and responses.read(response).code in NO_MAILBOX:
            raise responses.error_of(responses.read(response))
        return _answered(response)

    async def post(self, url: str, body: Mapping[str, Any]) -> httpx.Response:
        """The answer to something that may be repeated."""
        return _answered(await self._sent("POST", url, json=body))

    async def beginning(self, url: str, *, most: int) -> tuple[httpx.Response, bytes]:
        """The first bytes of what lies at the URL, with an answer that may also say that it can't be made."""
        response = await self._sent("GET", url, stream=True)
        try:
            if response.status_code == OK:
                return response, await beginning(response, most=most)
            await response.aread()
        except httpx.HTTPError as error:
            raise _no_answer(error) from error
        finally:
            await response.aclose()
        return (response if is_unmade(response) else _answered(response)), b""

    async def _sent(self, method: str, url: str, *, json: Any = None, stream: bool = False) -> httpx.Response:
        try:
            response = await self._once(method, url, None, json=json, stream=stream)
            if response.status_code == responses.UNAUTHORISED and self._tokens is not None:
                await response.aclose()
                response = await self._once(method, url, claims_of(response), json=json, stream=stream)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _no_answer(error) from error
        except TransportRefused as error:  # no token; nothing that we look for is less likely to have been sent
            raise TryAgain(GRAPH, error.code, error.detail, retry_after=BEFORE_ANOTHER_LOOK) from error
        return response

    async def _once(self, method: str, url: str, claims: str | None, *, json: Any, stream: bool) -> httpx.Response:
        request = self._http.build_request(method, url, json=json, headers=await self._headers(claims))
        return await self._http.send(request, stream=stream)

    async def _headers(self, claims: str | None) -> Mapping[str, str]:
        headers = {"prefer": IMMUTABLE_IDS, "accept": "application/json", REQUEST_ID_HEADER: str(uuid.uuid4())}
        if self._tokens is not None:
            headers["authorization"] = f"Bearer {(await self._tokens.get_token(claims=claims)).token}"
        return headers


def claims_of(response: httpx.Response) -> str | None:
    """The claims that Entra wants in a new token, out of a 401; None where it wants none."""
    found = re.search(r'claims="([^"]+)"', response.headers.get("www-authenticate", ""))
    try:
        return base64.b64decode(found.group(1)).decode() if found else None
    except (binascii.Error, ValueError):
        return None


def is_unmade(response: httpx.Response) -> bool:
    """Whether the mailbox can't write the message as MIME, though it has it."""
    code = responses.read(response).code.lower().removeprefix("error")
    return response.status_code >= 400 and code in _UNMADE  # noqa: PLR2004  # the classes of errors


def body_of(response: httpx.Response) -> dict[str, Any]:
    """The answer as an object.

    Raises:
        TryAgain: it is none.
    """
    body = responses.json_of(response)
    if not body:
        raise TryAgain(GRAPH, "NoJson", responses.read(response).detail, retry_after=BEFORE_ANOTHER_LOOK)
    return body


def next_page(asked: str, link: object) -> str:
    """Where the next page is; only at the service that was asked, for it is given our token.

    Raises:
        TryAgain: it is somewhere else.
    """
    ours, theirs = urlsplit(asked), urlsplit(link if isinstance(link, str) else "")
    if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
        raise TryAgain(GRAPH, "ForeignNextLink", retry_after=BEFORE_ANOTHER_LOOK)
    return theirs.geturl()


def _answered(response: httpx.Response) -> httpx.Response:
    if response.status_code in _SUCCESS or response.status_code == responses.FORBIDDEN or _is_missing_item(response):
        return response
    raise _failed(responses.read(response))


def _is_missing_item(response: httpx.Response) -> bool:
    return response.status_code == responses.NOT_FOUND and responses.read(response).code.lower().endswith(
        "itemnotfound"
    )


def _failed(answer: responses.Answer) -> MailError:
    error = responses.error_of(answer)
    if isinstance(error, Throttled):
        return error
    return TryAgain(GRAPH, answer.label, answer.detail, retry_after=answer.retry_after or BEFORE_ANOTHER_LOOK)


def _no_answer(error: Exception) -> TryAgain:
    return TryAgain(GRAPH, type(error).__name__, retry_after=BEFORE_ANOTHER_LOOK)
