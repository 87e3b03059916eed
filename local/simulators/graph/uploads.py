"""Upload sessions: a large file put on a draft in ranges, at a URL that is its own permission."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from local.simulators.graph import errors
from local.simulators.graph.errors import Refusal
from local.simulators.graph.items import Item
from local.simulators.graph.mailbox import Mailbox
from local.simulators.graph.post_office import PostOffice

LARGEST_FILE = 150_000_000
LARGEST_RANGE = 4 * 1024 * 1024
LIFETIME = timedelta(hours=1)
PREFIX = "/upload/"

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(slots=True)
class Session:
    """One file on its way to one draft."""

    box: Mailbox
    item: Item
    size: int
    expires: float
    expires_at: datetime
    attachment: dict[str, Any]
    content: bytearray = field(default_factory=bytearray)


class Uploads:
    """The open sessions, by the token in their URL."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office
        self._sessions: dict[str, Session] = {}

    def open(self, box: Mailbox, item: Item, body: dict[str, Any], origin: str) -> web.Response:
        """Opens a session for the file that the body describes."""
        found = next((value for name, value in body.items() if name.lower() == "attachmentitem"), None)
        if not isinstance(found, dict) or not isinstance(found.get("size"), int) or not found.get("name"):
            raise errors.unreadable("AttachmentItem must have attachmentType, name and size.")
        size = found["size"]
        if size <= self._office.switches.smallest_upload:
            message = "The attachment size is smaller than what an upload session takes."
            raise Refusal(400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize", message)
        if size > LARGEST_FILE:
            raise Refusal(400, "ErrorAttachmentSizeLimitExceeded", "The attachment exceeds 150 MB.")
        token = secrets.token_urlsafe(24)
        expires_at = datetime.now(UTC) + LIFETIME
        expires = self._office.clock() + LIFETIME.total_seconds()
        self._sessions[token] = Session(box, item, size, expires, expires_at, found)
        answer = {
            "uploadUrl": f"{origin}{PREFIX}{token}?authtoken=simulated",
            "expirationDateTime": expires_at.isoformat(),
            "nextExpectedRanges": ["0-"],
        }
        return web.json_response(answer, status=201)

    async def handle(self, request: web.Request) -> web.Response:
        """``PUT`` a range, ``GET`` where it stands, ``DELETE`` the session."""
        if "Authorization" in request.headers:
            raise Refusal(401, "InvalidAuthenticationToken", "The upload URL must not be given a token.")
        token = request.rel_url.path.removeprefix(PREFIX)
        session = self._sessions.get(token)
        if session is None or session.expires <= self._office.clock():
            raise Refusal(404, "ErrorItemNotFound", "The upload session was not found.")
        if request.method == "PUT":
            return await self._put(request, token, session)
        if request.method == "GET":
            return _standing(session)
        if request.method == "DELETE":
            del self._sessions[token]
            return web.Response(status=204)
        raise Refusal(405, "ErrorInvalidRequest", "The method is not allowed for an upload session.")

    async def _put(self, request: web.Request, token: str, session: Session) -> web.Response:
        data = await request.read()
        span = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
        if span is None:
            raise Refusal(400, "ErrorInvalidRequest", "The header Content-Range is missing or not well formed.")
        first, last, total = (int(number) for number in span.groups())
        if len(data) > LARGEST_RANGE:
            raise Refusal(413, "ErrorRequestTooLarge", "The range is too large.")
        if total != session.size or last - first + 1 != len(data) or last >= total:
            raise Refusal(400, "ErrorInvalidRequest", "The range does not fit the file or the body.")
        if first != len(session.content):
            raise Refusal(416, "ErrorInvalidRange", "The range is not the next one that is expected.")
        session.content += data
        if len(session.content) < session.size:
            return _standing(session)
        del self._sessions[token]
        return self._attach(session)

    def _attach(self, session: Session) -> web.Response:
        files, given = self._office.files, session.attachment
        part = files.part(
            given["name"],
            given.get("contentType") or "application/octet-stream",
            files.held(bytes(session.content)),
            is_inline=given.get("isInline") is True,
            content_id=given.get("contentId") or "",
        )
        parts = [*session.item.content.parts, part]
        session.item.content.parts = parts
        place = f"https://outlook.office.example/Messages('{session.item.id}')/Attachments('{len(parts)}')"
        return web.Response(status=201, headers={"Location": place})


def _standing(session: Session) -> web.Response:
    body = {
        "@odata.context": "https://outlook.office.example/api/v2.0/$metadata#AttachmentSession",
        "ExpirationDateTime": session.expires_at.isoformat(),
        "nextExpectedRanges": [str(len(session.content))],
    }
    return web.json_response(body)
