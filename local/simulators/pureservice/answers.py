"""HTTP answers: which form the client asked for, refusals in the shape of the day, files with their names."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import quote

from aiohttp import web

from local.simulators.pureservice.errors import ApiError
from local.simulators.pureservice.includes import Tree
from local.simulators.pureservice.schema import Resource
from local.simulators.pureservice.serialise import Serialiser
from local.simulators.pureservice.store import Row
from local.simulators.pureservice.switches import Switches

VND = "application/vnd.api+json"
JSON = "application/json"


def wants_envelope(request: web.Request) -> bool:
    """Whether the client accepts the vendor's media type; ``*/*``, nothing and plain JSON mean the bare form."""
    return VND in request.headers.get("Accept", "").lower()


def entities(
    request: web.Request, writer: Serialiser, resource: Resource, rows: Sequence[Row], tree: Tree
) -> web.Response:
    """A list, or the one of a look-up by id, which is a list all the same."""
    if wants_envelope(request):
        return web.json_response(writer.envelope(resource, rows, tree), content_type=VND)
    return web.json_response([writer.bare(resource, row, tree) for row in rows])


def written(
    request: web.Request,
    writer: Serialiser,
    resource: Resource,
    rows: Sequence[Row],
    tree: Tree,
    *,
    status: int,
    form: str = "asked",
) -> web.Response:
    """What was created or changed: in the envelope, or the one entity alone; ``form`` overrules the client."""
    if status == 204 or form == "empty":
        return web.Response(status=status)
    if form == "envelope" or (form == "asked" and wants_envelope(request)):
        return web.json_response(writer.envelope(resource, rows, tree), status=status, content_type=VND)
    bare = [writer.bare(resource, row, tree) for row in rows]
    return web.json_response(bare[0] if len(bare) == 1 else bare, status=status)


def download(name: str, content: bytes, content_type: str) -> web.Response:
    """A file; a name beyond ASCII comes as ``filename*`` too, and what no header can carry is left out."""
    name = "".join(sign for sign in name[:255] if sign.isprintable())
    content_type = content_type[:255] if content_type.isascii() and content_type.isprintable() else ""
    ascii_name = name.encode("ascii", "replace").decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
    disposition = f'attachment; filename="{ascii_name}"'
    if not name.isascii():
        disposition += f"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition, "Content-Type": content_type or "application/octet-stream"}
    return web.Response(body=content, headers=headers)


def refused(error: ApiError, switches: Switches, *, headers: dict[str, str] | None = None) -> web.Response:
    """An error as the switches shape it."""
    if switches.error_body == "html":
        page = f"<!DOCTYPE html><html><body><h1>Server Error</h1><p>{escape(error.detail)}</p></body></html>"
        return web.Response(status=error.status, text=page, content_type="text/html", headers=headers)
    body: dict[str, Any] = {"message": error.detail}
    if switches.error_body == "exception":
        body = {
            "message": "An error has occurred.",
            "exceptionMessage": error.detail,
            "exceptionType": "System.InvalidOperationException",
        }
    if switches.error_body == "modelstate":
        body = {"message": "The request is invalid.", "modelState": {error.about: [error.detail]}}
    return web.json_response(body, status=error.status, headers=headers)


def throttled(seconds: int, switches: Switches) -> web.Response:
    """429 with ``Retry-After``, in the form of the day."""
    headers = {}
    if switches.retry_after == "seconds":
        headers["Retry-After"] = str(seconds)
    if switches.retry_after == "date":
        headers["Retry-After"] = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    return refused(ApiError(429, "API calls quota exceeded"), switches, headers=headers)
