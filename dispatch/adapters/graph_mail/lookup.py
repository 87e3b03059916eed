"""Looks for one message in all folders of the sender's mailbox, with plain GETs: the SDK would load 1,200 modules."""

import base64
import binascii
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from dispatch.adapters.graph_mail import responses
from dispatch.adapters.graph_mail.marker import IMMUTABLE_IDS, MARKER, REQUEST_ID_HEADER
from dispatch.adapters.graph_mail.responses import GRAPH
from dispatch.adapters.graph_mail.tokens import Tokens
from dispatch.core import MailError, OutgoingMail, Seen, Sighting, Throttled, TransportRefused, TryAgain

FIELDS = "id,internetMessageId,isDraft"
MOST_PAGES = 5
_OK = 200
_BEFORE_ANOTHER_LOOK = 60.0


@dataclass(frozen=True, slots=True)
class Item:
    """A message that was found."""

    id: str
    message_id: str
    is_draft: bool


Hits = list[Item] | None
"""What one look found; None where we may not look that way."""


class Lookup:
    """Every look of one transport. A look that fails raises; it never says that nothing is there."""

    def __init__(self, http: httpx.AsyncClient, *, base_url: str, sender: str, tokens: Tokens | None) -> None:
        self._http = http
        self._messages = f"{base_url}/users/{quote(sender, safe='')}/messages"
        self._tokens = tokens

    async def find(self, mail: OutgoingMail, *, draft_id: str, saved: bool) -> Seen:
        """The message by its draft's id, by our marker and by its Message-ID; one that is no draft wins.

        ``saved``: a sent message stays in the mailbox, so that missing means something.
        """
        hits: list[Item] = []
        by_id = await self._by_id(draft_id) if draft_id else None
        hits += by_id or []
        by_marker = None if _sent(hits) else await self._by_marker(mail)
        hits += by_marker or []
        by_message_id = None if _sent(hits) else await self._by_message_id(mail)
        hits += by_message_id or []
        if hits:
            return _seen(hits)
        # The Message-ID of a draft is kept; that of sendMail may have been replaced, and proves nothing by its absence.
        telling = by_marker is not None or (bool(draft_id) and by_message_id is not None)
        return Seen(Sighting.ABSENT if telling and saved else Sighting.CANNOT_TELL)

    async def _by_id(self, draft_id: str) -> Hits:
        answer = await self._get(f"{self._messages}/{quote(draft_id, safe='')}?$select={FIELDS}")
        if answer.status_code == responses.NOT_FOUND:
            return []
        if answer.status_code == responses.FORBIDDEN:
            return None
        items = _items([_body(answer)])
        # Under the name that we know it by, whichever form of id the mailbox answers with.
        return [Item(draft_id, item.message_id, item.is_draft) for item in items]

    async def _by_marker(self, mail: OutgoingMail) -> Hits:
        # Microsoft compares the value without regard to case; keys are lower case throughout.
        return await self._filtered(
            f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}' and ep/value eq '{_quoted(mail.key)}')"
        )

    async def _by_message_id(self, mail: OutgoingMail) -> Hits:
        return await self._filtered(f"internetMessageId eq '{_quoted(mail.message_id)}'")

    async def _filtered(self, expression: str) -> Hits:
        url = f"{self._messages}?$filter={quote(expression, safe='')}&$select={FIELDS}&$top=10"
        found: list[Item] = []
        for _ in range(MOST_PAGES):
            answer = await self._get(url)
            if answer.status_code == responses.FORBIDDEN:
                return None
            body = _body(answer)
            found += _items(body.get("value"))
            if _sent(found) or "@odata.nextLink" not in body:
                return found
            url = self._next_page(body["@odata.nextLink"])
        raise TryAgain(GRAPH, "TooManyPages", retry_after=_BEFORE_ANOTHER_LOOK)

    def _next_page(self, link: object) -> str:
        ours, theirs = urlsplit(self._messages), urlsplit(link if isinstance(link, str) else "")
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise TryAgain(GRAPH, "ForeignNextLink", retry_after=_BEFORE_ANOTHER_LOOK)
        return theirs.geturl()

    async def _get(self, url: str) -> httpx.Response:
        """A GET that was answered 200, 403 or, for one item, 404.

        Raises:
            Throttled: the mailbox must rest.
            TryAgain: anything else, for it says nothing about the message.
        """
        try:
            response = await self._http.get(url, headers=await self._headers())
            if response.status_code == responses.UNAUTHORISED and self._tokens is not None:
                claims = claims_of(response)
                response = await self._http.get(url, headers=await self._headers(claims))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TryAgain(GRAPH, type(error).__name__, retry_after=_BEFORE_ANOTHER_LOOK) from error
        except TransportRefused as error:  # no token; nothing that we look for is less likely to have been sent
            raise TryAgain(GRAPH, error.code, error.detail, retry_after=_BEFORE_ANOTHER_LOOK) from error
        if response.status_code in (_OK, responses.FORBIDDEN) or _is_missing_item(response):
            return response
        raise _failed(responses.read(response))

    async def _headers(self, claims: str | None = None) -> Mapping[str, str]:
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


def _is_missing_item(response: httpx.Response) -> bool:
    return response.status_code == responses.NOT_FOUND and responses.read(response).code.lower().endswith(
        "itemnotfound"
    )


def _failed(answer: responses.Answer) -> MailError:
    error = responses.error_of(answer)
    if isinstance(error, Throttled):
        return error
    return TryAgain(GRAPH, answer.label, answer.detail, retry_after=answer.retry_after or _BEFORE_ANOTHER_LOOK)


def _body(response: httpx.Response) -> dict[str, Any]:
    body = responses.json_of(response)
    if not body:
        raise TryAgain(GRAPH, "NoJson", responses.read(response).detail, retry_after=_BEFORE_ANOTHER_LOOK)
    return body


def _items(rows: object) -> list[Item]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TryAgain(GRAPH, "UnexpectedJson", retry_after=_BEFORE_ANOTHER_LOOK)
    try:
        return [Item(row["id"], row.get("internetMessageId") or "", row["isDraft"] is True) for row in rows]
    except KeyError as error:
        raise TryAgain(GRAPH, "UnexpectedJson", str(error), retry_after=_BEFORE_ANOTHER_LOOK) from error


def _sent(items: Iterable[Item]) -> Item | None:
    return next((item for item in items if not item.is_draft), None)


def _seen(hits: list[Item]) -> Seen:
    sent = _sent(hits)
    if sent:
        return Seen(Sighting.SENT, message_id=sent.message_id)
    return Seen(Sighting.DRAFT, draft_id=hits[0].id, message_id=hits[0].message_id)


def _quoted(value: str) -> str:
    """A string literal of OData: quotes are doubled."""
    return value.replace("'", "''")
