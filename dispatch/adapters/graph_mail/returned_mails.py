"""Returned mail in the sender's mailbox, read by the time when it came and sorted out by Exchange's class.

The class alone misses what Exchange does not know for a report, so what a mail server wrote counts as well. Of other
mails no more is asked than when they came and who from.
"""

from asyncio import Semaphore, timeout
from bisect import bisect_left
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from dispatch.adapters.graph_mail import responses
from dispatch.adapters.graph_mail.connection import Connection
from dispatch.adapters.graph_mail.mailbox_requests import BEFORE_ANOTHER_LOOK, MailboxRequests, body_of, next_page
from dispatch.adapters.graph_mail.responses import GRAPH
from dispatch.core import TransportRefused, TryAgain, is_mail_server, text
from dispatch.ports import RawMail, ReturnedMail, ReturnsMark, ReturnsPage, moment_name

MESSAGE_CLASS = "String 0x001A"
A_PAGE, MOST_PAGES = 100, 20
NO_FOLDER = "NoSuchFolder"
APPEARS_LATE = timedelta(minutes=10)
MOST_SEEN = 1_000
MOST_OF_A_CLASS = 80
MOST_OF_A_MAIL = 1_000_000  # bytes; a returned letter stands at the end, and its files are not needed
WHOLE_ITEM = "id,from,subject,internetMessageHeaders,body"

_REPORTS = ("report.ipm.note.ndr", "report.ipm.note.delayed")
_NO_REPORTS = ("report.", "ipm.note.rules.")


class ReturnedMails:
    """See ``dispatch.ports.ReturnedMails``. ``gate`` holds how many requests may look in the mailbox at once."""

    folders: Sequence[str] = ("inbox", "junkemail")

    def __init__(self, connection: Connection, mailbox: str, gate: Semaphore) -> None:
        self._connection, self._gate = connection, gate
        self._mailbox = f"{connection.base_url}/users/{quote(mailbox, safe='')}"
        self._folder_ids: dict[str, str] = {}

    async def page(self, mark: ReturnsMark, *, now: datetime) -> ReturnsPage:
        """One page of the folder, by the time when mails came.

        No link to a next page is kept: what is moved out of the folder meanwhile would shift the pages.
        """
        url, rows = self._first_page(mark), list[Row]()
        for _ in range(MOST_PAGES):
            body = body_of(await self._get(url))
            rows += _rows(body.get("value"))
            link, begun = body.get("@odata.nextLink"), mark.at or mark.since
            if link is None or any(row.received > begun for row, _ in rows):
                return _page(mark, rows, begun=mark.begun or now, more=link is not None)
            url = next_page(self._mailbox, link)  # a page of one second
        raise TryAgain(GRAPH, "TooManyPages", retry_after=BEFORE_ANOTHER_LOOK)

    async def fetch(self, mail: ReturnedMail) -> RawMail | None:
        """The mail as MIME, else as JSON; only the beginning of a long one."""
        message = self._message(mail.id)
        async with self._asking():
            answer, content = await self._requests.beginning(f"{message}/$value", most=MOST_OF_A_MAIL)
        if answer.status_code == responses.NOT_FOUND:
            return None
        if answer.status_code == responses.FORBIDDEN:
            raise responses.error_of(responses.read(answer))
        if answer.is_success:
            return RawMail(content)
        item = await self._get(f"{message}?$select={WHOLE_ITEM}")
        return None if item.status_code == responses.NOT_FOUND else RawMail(item=body_of(item))

    async def has_folder(self, name: str) -> bool:
        """For the doctor; whether we may move anything into it only the first such mail shows."""
        try:
            await self._folder_id(name)
        except TransportRefused as refused:
            if refused.code != NO_FOLDER:
                raise
            return False
        return True

    async def move(self, mail: ReturnedMail, folder: str) -> bool:
        """Under an immutable id, so that a second try finds it where it is."""
        destination = await self._folder_id(folder)
        async with self._asking():
            answer = await self._requests.post(f"{self._message(mail.id)}/move", {"destinationId": destination})
        if answer.status_code == responses.FORBIDDEN:
            raise responses.error_of(responses.read(answer))
        return answer.is_success

    @property
    def _requests(self) -> MailboxRequests:
        return MailboxRequests(self._connection.client, self._connection.tokens)

    async def _folder_id(self, name: str) -> str:
        if name not in self._folder_ids:
            wanted = quote(f"displayName eq '{name.replace(chr(39), chr(39) * 2)}'", safe="")
            rows = body_of(await self._get(f"{self._mailbox}/mailFolders?$filter={wanted}&$select=id")).get("value")
            found = rows[0].get("id") if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
            if not isinstance(found, str):
                raise TransportRefused(GRAPH, NO_FOLDER)
            self._folder_ids[name] = found
        return self._folder_ids[name]

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """One request at a time of those that look, within its time."""
        async with self._gate:
            try:
                async with timeout(self._connection.timeout):
                    yield
            except TimeoutError as error:
                raise TryAgain(GRAPH, "Deadline", retry_after=BEFORE_ANOTHER_LOOK) from error

    async def _get(self, url: str) -> httpx.Response:
        async with self._asking():
            answer = await self._requests.get_of_known(url)
        if answer.status_code == responses.FORBIDDEN:
            raise responses.error_of(responses.read(answer))
        return answer

    def _message(self, item_id: str) -> str:
        return f"{self._mailbox}/messages/{quote(item_id, safe='')}"

    def _first_page(self, mark: ReturnsMark) -> str:
        since = (mark.at or mark.since).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = {
            "$filter": f"receivedDateTime ge {since}",
            "$orderby": "receivedDateTime",
            "$select": "id,receivedDateTime,from",
            "$expand": f"singleValueExtendedProperties($filter=id eq '{MESSAGE_CLASS}')",
            "$top": str(A_PAGE),
        }
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return f"{self._mailbox}/mailFolders/{quote(mark.folder, safe='')}/messages?{asked}"


Row = tuple[ReturnedMail, bool]
"""A mail, and whether it looks like a report."""


def _page(mark: ReturnsMark, rows: Sequence[Row], *, begun: datetime, more: bool) -> ReturnsPage:
    newest = max((mail.received for mail, _ in rows), default=mark.at)
    new = tuple(mail for mail, _ in rows if mail.short_name not in mark.seen)
    seen = sorted({*mark.seen, *(mail.short_name for mail in new)})[-MOST_SEEN:]
    looked_at = tuple(mail for mail, is_report in rows if is_report and mail in new)
    if more or newest is None:
        going_on = ReturnsMark(mark.folder, mark.since, tuple(seen), newest, begun if more else None)
        return ReturnsPage(looked_at, going_on, more)
    # What appeared while the pages were read may lie behind where the reading was then.
    since = max(mark.since, min(newest, begun) - APPEARS_LATE)
    if len(seen) == MOST_SEEN:
        since = max(since, datetime.fromtimestamp(int(seen[0].partition("-")[0], 16), UTC))
    kept = tuple(seen[bisect_left(seen, moment_name(since)) :])
    return ReturnsPage(looked_at, ReturnsMark(mark.folder, since, kept), more)


def _rows(value: object) -> list[Row]:
    """The mails of a page. One that can't be read is left out: it is its own fault, and not that of the others."""
    if not isinstance(value, list):
        raise TryAgain(GRAPH, "UnexpectedJson", retry_after=BEFORE_ANOTHER_LOOK)
    found = (_row(row) for row in value if isinstance(row, dict))
    return [row for row in found if row is not None]


def _row(row: Mapping[str, Any]) -> Row | None:
    item_id, came = row.get("id"), row.get("receivedDateTime")
    try:
        received = datetime.fromisoformat(str(came))
    except ValueError:
        return None
    if not isinstance(item_id, str) or not item_id or received.tzinfo is None:
        return None
    message_class = _class_of(row.get("singleValueExtendedProperties"))
    return ReturnedMail(item_id, received, message_class), _looks_like_a_report(message_class, _sender(row))


def _class_of(properties: object) -> str:
    """The only property that was asked for; the service writes its id in its own way."""
    first = properties[0] if isinstance(properties, list) and properties else {}
    value = first.get("value") if isinstance(first, dict) else None
    return text.line(value, most=MOST_OF_A_CLASS) if isinstance(value, str) else ""


def _sender(row: Mapping[str, Any]) -> str:
    sender = row.get("from")
    mailbox = sender.get("emailAddress") if isinstance(sender, dict) else None
    return str(mailbox.get("address")) if isinstance(mailbox, dict) else ""


def _looks_like_a_report(message_class: str, sender: str) -> bool:
    shown = message_class.lower()
    return shown.startswith(_REPORTS) or (not shown.startswith(_NO_REPORTS) and is_mail_server(sender))
