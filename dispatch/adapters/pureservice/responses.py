"""What Pureservice's answers hold, and what each failure means to the caller. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard

import httpx

from dispatch.core import TicketSystemBusy, TicketSystemError, TicketSystemRefused

NO_CONTENT, UNAUTHORISED, FORBIDDEN, NOT_FOUND, TIMED_OUT, TOO_MANY = 204, 401, 403, 404, 408, 429
SERVER_ERROR = 500
SHORTEST_RETRY_AFTER, LONGEST_RETRY_AFTER, DEFAULT_RETRY_AFTER = 1.0, 600.0, 15.0
LATER = 30.0  # seconds to stay away where the server says nothing
MOST_OF_A_MESSAGE = 500
ADDRESS = re.compile(r"[^\s\"'<>()=:,;]+@[^\s\"'<>()=:,;]+")
# The answer's key for the rows of each resource that we read.
PLURALS = {
    "assettype": "assettypes",
    "category": "categories",
    "department": "departments",
    "email": "emails",
    "emailaddress": "emailaddresses",
    "priority": "priorities",
    "requesttype": "requesttypes",
    "source": "sources",
    "team": "teams",
    "tickettype": "tickettypes",
    "attachment": "attachments",
    "communication": "communications",
    "communicationtype": "communicationtypes",
    "relationship": "relationships",
    "relationshiptype": "relationshiptypes",
    "status": "statuses",
    "ticket": "tickets",
    "user": "users",
}

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An envelope: the primary rows, and the side-loaded ones by plural resource name in lower case."""

    rows: Rows
    linked: Mapping[str, Rows] = field(default_factory=dict)

    def side(self, plural: str) -> Rows:
        """Side-loaded rows; the server leaves out ``linked``, and each key in it, where they are empty."""
        return self.linked.get(plural, [])


def read(path: str, response: httpx.Response) -> Answer:
    """The envelope. An answer without one is never taken for an empty list: recipients would be lost in silence.

    Raises:
        TicketSystemBusy: it is not JSON (a proxy's page, an answer cut short), or not the envelope of this resource.
    """
    if response.status_code == NO_CONTENT:
        return Answer([])
    try:
        body = response.json()
    except (ValueError, RecursionError) as error:
        raise _malformed(path, response, "the answer is not JSON") from error
    if not isinstance(body, dict):
        raise _malformed(path, response, "the answer is not an envelope")
    spelled = {str(name).lower(): value for name, value in body.items()}
    plural = PLURALS[path.partition("/")[0]]
    rows = spelled.get(plural)
    if not _are_rows(rows):
        raise _malformed(path, response, f"the answer has no list of {plural}")
    linked = spelled.get("linked") or {}
    side = linked.items() if isinstance(linked, dict) else ()
    return Answer(rows, {str(name).lower(): found for name, found in side if _are_rows(found)})


def row_id(row: Mapping[str, Any]) -> Any:
    """A row's id, before it is parsed."""
    return next((value for name, value in row.items() if name.lower() == "id"), None)


def failure(method: str, path: str, response: httpx.Response, *, secret: str) -> TicketSystemError | None:
    """What an answer that is no success means; None for a success."""
    status = response.status_code
    if response.is_success:
        return None
    message = told(response, secret=secret)
    if status >= SERVER_ERROR or status in (TIMED_OUT, TOO_MANY):
        usual = DEFAULT_RETRY_AFTER if status == TOO_MANY else LATER
        wait = retry_after(response.headers.get("Retry-After", ""))
        undone = status == TOO_MANY
        return TicketSystemBusy(method, path, status=status, message=message, retry_after=wait or usual, undone=undone)
    if status in (UNAUTHORISED, FORBIDDEN):
        message = f"Pureservice refuses the key (PURESERVICE_APIKEY), or it may not do this. {message}".strip()
    elif response.is_redirect:
        message = "the server sends us elsewhere: is PURESERVICE_URL right?"
    return TicketSystemRefused(method, path, status=status, message=message)


def told(response: httpx.Response, *, secret: str) -> str:
    """The server's own words, cut short, and without addresses or the key: they end up in logs."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = response.text
    given = {str(name).lower(): value for name, value in body.items()} if isinstance(body, dict) else {}
    # ASP.NET's own message is often «An error has occurred.»; the reason stands beside it.
    said = [str(given[name]) for name in ("message", "exceptionmessage", "modelstate") if given.get(name)]
    words = " ".join(said) or response.text
    safe = ADDRESS.sub("(address)", words.replace(secret, "(key)") if secret else words)
    return " ".join(safe[: 2 * MOST_OF_A_MESSAGE].split())[:MOST_OF_A_MESSAGE]


def retry_after(header: str, *, now: datetime | None = None) -> float | None:
    """Seconds that the server asks us to wait, given as whole seconds or as an HTTP date, bounded; None if neither."""
    given = header.strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", given, re.ASCII):
        seconds = float(given)
    else:
        try:
            until = parsedate_to_datetime(given)
        except (ValueError, TypeError):
            return None
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
        seconds = (until - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, SHORTEST_RETRY_AFTER), LONGEST_RETRY_AFTER)


def _are_rows(value: Any) -> TypeGuard[Rows]:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _malformed(path: str, response: httpx.Response, message: str) -> TicketSystemBusy:
    return TicketSystemBusy("GET", path, status=response.status_code, message=message, retry_after=LATER)
