"""Looks for one message in all folders of the sender's mailbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from dispatch.adapters.graph_mail import responses
from dispatch.adapters.graph_mail.mailbox_requests import BEFORE_ANOTHER_LOOK, MailboxRequests, body_of, next_page
from dispatch.adapters.graph_mail.marker import MARKER
from dispatch.adapters.graph_mail.responses import GRAPH
from dispatch.adapters.graph_mail.tokens import Tokens
from dispatch.core import OutgoingMail, Seen, Sighting, TryAgain

FIELDS = "id,internetMessageId,isDraft"
MOST_PAGES = 5


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
        self._requests = MailboxRequests(http, tokens)
        self._messages = f"{base_url}/users/{quote(sender, safe='')}/messages"

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
        answer = await self._requests.get(f"{self._messages}/{quote(draft_id, safe='')}?$select={FIELDS}")
        if answer.status_code == responses.NOT_FOUND:
            return []
        if answer.status_code == responses.FORBIDDEN:
            return None
        items = _items([body_of(answer)])
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
            answer = await self._requests.get(url)
            if answer.status_code == responses.FORBIDDEN:
                return None
            body = body_of(answer)
            found += _items(body.get("value"))
            if _sent(found) or "@odata.nextLink" not in body:
                return found
            url = next_page(self._messages, body["@odata.nextLink"])
        raise TryAgain(GRAPH, "TooManyPages", retry_after=BEFORE_ANOTHER_LOOK)


def _items(rows: object) -> list[Item]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TryAgain(GRAPH, "UnexpectedJson", retry_after=BEFORE_ANOTHER_LOOK)
    try:
        return [Item(row["id"], row.get("internetMessageId") or "", row["isDraft"] is True) for row in rows]
    except KeyError as error:
        raise TryAgain(GRAPH, "UnexpectedJson", str(error), retry_after=BEFORE_ANOTHER_LOOK) from error


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
