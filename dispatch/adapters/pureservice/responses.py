"""What Pureservice's answers hold, and what each failure means to the caller. Pure."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from dispatch.core import TicketSystemBusy, TicketSystemError, TicketSystemRefused, text

NO_CONTENT, UNAUTHORISED, FORBIDDEN, NOT_FOUND, TIMED_OUT, TOO_MANY = 204, 401, 403, 404, 408, 429
SERVER_ERROR = 500
SHORTEST_RETRY_AFTER, LONGEST_RETRY_AFTER, DEFAULT_RETRY_AFTER = 1.0, 600.0, 15.0
LATER = 30.0  # seconds to stay away where the server says nothing
MOST_OF_AN_ERROR = 20_000  # bytes of its body that are looked at
MOST_OF_THE_WORDS = 500
WORD = re.compile(r"[^\s\"'<>()=:,;]+")
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,79}")
MOST_CODES = 5
MOST_DIGITS = 20
# The answer's key for the rows of each resource that we read.
PLURALS = {
    "assettype": "assettypes",
    "category": "categories",
    "company": "companies",
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
        raise _malformed(path, response, "the answer is empty")
    try:
        body = _json(response.content)
    except (ValueError, RecursionError):
        # What the parser says quotes nothing, but its error keeps the whole text.
        raise _malformed(path, response, "the answer is not JSON") from None
    if not isinstance(body, dict):
        raise _malformed(path, response, "the answer is not an envelope")
    spelled = {str(name).lower(): value for name, value in body.items()}
    plural = PLURALS[path.partition("/")[0]]
    rows = _rows(spelled.get(plural))
    if rows is None:
        raise _malformed(path, response, f"the answer has no list of {plural}")
    linked = spelled.get("linked") or {}
    side = linked.items() if isinstance(linked, dict) else ()
    return Answer(rows, {str(name).lower(): _rows(found) or [] for name, found in side})


def read_written(method: str, path: str, response: httpx.Response) -> None:
    """What a change is answered with says nothing to us, but that it is JSON or nothing: a page is somebody else's.

    Raises:
        TicketSystemBusy: a proxy or a sign-in answered, and nobody knows whether the change was made.
    """
    if not response.content.strip():
        return
    try:
        _json(response.content)
    except (ValueError, RecursionError):
        raise _malformed(path, response, "the answer is not JSON", method=method) from None


def created(path: str, response: httpx.Response) -> Answer:
    """What the server made: in an envelope, or alone (so it answers clients that ask for nothing), or not a word."""
    if not response.content.strip():
        return Answer([])
    return _bare(response) or read(path, response)


def _bare(response: httpx.Response) -> Answer | None:
    try:
        body = text.everywhere(_json(response.content))
    except (ValueError, RecursionError):
        return None
    return Answer([body]) if isinstance(body, dict) and row_id(body) is not None else None


def row_id(row: Mapping[str, Any]) -> Any:
    """A row's id, before it is parsed."""
    return next((value for name, value in row.items() if name.lower() == "id"), None)


def failure(method: str, path: str, response: httpx.Response, *, secret: str) -> TicketSystemError | None:
    """What an answer that is no success means; None for a success."""
    status = response.status_code
    if response.is_success:
        return None
    message, words = code_of(response), words_of(response, secret=secret)
    if status >= SERVER_ERROR or status in (TIMED_OUT, TOO_MANY):
        usual = DEFAULT_RETRY_AFTER if status == TOO_MANY else LATER
        wait = retry_after(response.headers.get("Retry-After", ""))
        undone = status == TOO_MANY
        return TicketSystemBusy(
            method, path, status=status, message=message, words=words, retry_after=wait or usual, undone=undone
        )
    if status in (UNAUTHORISED, FORBIDDEN):
        message = f"Pureservice refuses the key (PURESERVICE_APIKEY), or it may not do this. {message}".strip()
    elif response.is_redirect:
        message = "the server sends us elsewhere: is PURESERVICE_URL right?"
    return TicketSystemRefused(method, path, status=status, message=message, words=words)


def code_of(response: httpx.Response) -> str:
    """The names of the error and of the fields that it is about: all of an error's text that may be logged."""
    given = _error(response)
    named = [value for name in ("exceptiontype", "code") if isinstance(value := given.get(name), str)]
    fields = given.get("modelstate")
    found = [*named, *(fields if isinstance(fields, dict) else ())]
    return " ".join([code.rpartition(".")[2] for code in found if CODE.fullmatch(code)][:MOST_CODES])


def words_of(response: httpx.Response, *, secret: str) -> str:
    """The server's own words for the case worker, cut short, and without addresses or the key."""
    given = _error(response)
    # ASP.NET's own message is often «An error has occurred.»; the reason stands beside it.
    said = [str(given[name]) for name in ("message", "exceptionmessage", "modelstate") if given.get(name)]
    words = text.line(" ".join(said) or _start(response), most=2 * MOST_OF_THE_WORDS)
    safe = words.replace(secret, "(key)") if secret else words
    without = WORD.sub(lambda found: "(address)" if "@" in found[0] else found[0], safe)
    return text.cut(" ".join(without.split()), most=MOST_OF_THE_WORDS)


def _error(response: httpx.Response) -> dict[str, Any]:
    try:
        body = _json(response.content[:MOST_OF_AN_ERROR])
    except (ValueError, RecursionError):
        return {}
    return {str(name).lower(): value for name, value in body.items()} if isinstance(body, dict) else {}


def _start(response: httpx.Response) -> str:
    return response.content[:MOST_OF_AN_ERROR].decode("utf-8", "replace")


def _json(content: bytes) -> Any:
    """JSON, in which a letter that is not valid or a number beyond all use is the fault of its row alone."""
    decoded = content.decode(json.detect_encoding(content), "replace").removeprefix("\ufeff")
    return json.loads(decoded, parse_int=_integer)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else math.inf


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


def _rows(value: Any) -> Rows | None:
    """The list's rows; one that is none is empty, so that it is met as a row that can't be read."""
    if not isinstance(value, list) or (value and not any(isinstance(row, dict) for row in value)):
        return None
    return [row if isinstance(row, dict) else {} for row in value]


def _malformed(path: str, response: httpx.Response, message: str, *, method: str = "GET") -> TicketSystemBusy:
    return TicketSystemBusy(method, path, status=response.status_code, message=message, retry_after=LATER)
