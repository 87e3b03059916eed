"""Upload sessions: large files, put in ranges to a signed URL that must not see a token."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from local.simulators.graph.content import Reader
from local.simulators.graph.errors import Refusal, bad_request, item_not_found
from local.simulators.graph.mailbox import Item, new_id
from local.simulators.graph.office import Office
from local.simulators.graph.received import ReceivedFile
from local.simulators.graph.windows import Window

PREFIX = "upload"
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(slots=True)
class Session:
    """One file that is on its way to a draft."""

    item: Item
    volume: Window
    name: str
    content_type: str
    size: int
    is_inline: bool
    content_id: str
    expires: datetime
    content: bytearray = field(default_factory=bytearray)


class Uploads:
    """The open sessions, by the last part of their URLs."""

    def __init__(self, office: Office, reader: Reader) -> None:
        self._office, self._reader = office, reader
        self._sessions: dict[str, Session] = {}

    def open(self, item: Item, given: object, *, volume: Window, origin: str) -> dict[str, Any]:
        """Opens a session for the file that is described."""
        switches = self._office.switches
        described = given if isinstance(given, dict) else {}
        size, name = described.get("size"), described.get("name")
        if described.get("attachmentType") != "file" or not isinstance(size, int) or not name:
            raise bad_request("ErrorInvalidRequest", "AttachmentItem must have attachmentType, name and size.")
        if size <= switches.upload_minimum_bytes:
            raise bad_request(
                "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
                "Attachment size must be greater than the minimum size.",
            )
        if size > switches.upload_maximum_bytes:
            raise bad_request("ErrorAttachmentSizeLimitExceeded", "The attachment is too large.")
        expires = self._office.clock() + timedelta(seconds=switches.upload_expires_seconds)
        token = secrets.token_urlsafe(24)
        self._sessions[token] = Session(
            item=item,
            volume=volume,
            name=str(name),
            content_type=str(described.get("contentType") or "application/octet-stream"),
            size=size,
            is_inline=described.get("isInline") is True,
            content_id=str(described.get("contentId") or ""),
            expires=expires,
        )
        return {
            "uploadUrl": f"{origin}/{PREFIX}/{token}?authtoken={secrets.token_hex(8)}",
            "expirationDateTime": expires.isoformat(),
            "nextExpectedRanges": ["0-"],
        }

    async def handle(self, request: web.Request, token: str) -> web.Response:
        """PUT a range, GET how far it has come, DELETE to give up."""
        if "Authorization" in request.headers:
            raise Refusal(401, "InvalidAuthenticationToken", "The upload URL is signed; it takes no Authorization.")
        session = self._sessions.get(token)
        if session is None or self._office.clock() >= session.expires:
            raise item_not_found()
        match request.method:
            case "PUT":
                return await self._put(request, token, session)
            case "GET":
                return _standing(session)
            case "DELETE":
                del self._sessions[token]
                return web.Response(status=204)
            case _:
                raise Refusal(405, "BadRequest", "The method is not allowed.")

    async def _put(self, request: web.Request, token: str, session: Session) -> web.Response:
        data = await request.read()
        session.volume.add(self._office.clock(), len(data))
        if len(data) > self._office.switches.max_request_bytes:
            raise Refusal(413, "ErrorInvalidRequest", "The range is too large.")
        found = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
        if found is None:
            raise bad_request("ErrorInvalidRequest", "The header Content-Range is missing or not well formed.")
        start, end, total = (int(number) for number in found.groups())
        if total != session.size or start != len(session.content) or end - start + 1 != len(data) or end >= total:
            raise Refusal(416, "ErrorInvalidRange", f"The expected range starts at {len(session.content)}.")
        session.content += data
        if len(session.content) < session.size:
            return _standing(session)
        del self._sessions[token]
        return self._finish(request, session)

    def _finish(self, request: web.Request, session: Session) -> web.Response:
        file = ReceivedFile(
            name=session.name,
            content_type=session.content_type,
            content=self._reader.data(bytes(session.content)),
            is_inline=session.is_inline,
            content_id=session.content_id,
        )
        file_id = attach(session.item, file)
        location = f"{request.url.origin()}/v1.0/Messages('{session.item.first_id}')/Attachments('{file_id}')"
        return web.Response(status=201, headers={"Location": location})


def attach(item: Item, file: ReceivedFile) -> str:
    """Puts a file on a draft; returns its id."""
    item.content.files.append(file)
    item.file_ids.append(new_id("AAMkAT"))
    return item.file_ids[-1]


def _standing(session: Session) -> web.Response:
    # Without a dash at the end, and with a capital: so the documentation has it.
    body = {
        "ExpirationDateTime": session.expires.isoformat(),
        "nextExpectedRanges": [str(len(session.content))],
    }
    return web.json_response(body)
