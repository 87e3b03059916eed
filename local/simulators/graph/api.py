"""The endpoints under ``/v1.0/users/{user}``."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote, urlencode

from aiohttp import web

from local.simulators.graph import content, errors, mime, queries, views
from local.simulators.graph.content import Content
from local.simulators.graph.errors import Refusal
from local.simulators.graph.mailbox import Mailbox
from local.simulators.graph.post_office import PostOffice
from local.simulators.graph.switches import READ, READ_BASIC, READ_WRITE, SEND
from local.simulators.graph.uploads import Uploads

LARGEST_BODY = 4 * 1024 * 1024
USUAL_PAGE, LARGEST_PAGE = 10, 1000
VERSION = "v1.0"


@dataclass(slots=True)
class Call:
    """One request to one mailbox; ``id`` is a message or a folder, where the path names one."""

    request: web.Request
    box: Mailbox
    id: str
    origin: str

    @property
    def immutable(self) -> bool:
        return "immutableid" in self.request.headers.get("Prefer", "").lower()

    @property
    def is_mime(self) -> bool:
        return self.request.content_type == "text/plain"


def segments_of(request: web.Request) -> list[str]:
    """The path's parts, decoded; empty ones left out."""
    return [unquote(part) for part in request.rel_url.raw_path.split("/") if part]


class Api:
    """What each endpoint does."""

    def __init__(self, office: PostOffice, uploads: Uploads) -> None:
        self._office, self._uploads = office, uploads
        self._switches, self._files = office.switches, office.files

    async def handle(self, request: web.Request, origin: str) -> web.Response:
        """Finds the endpoint, whether it is allowed, and what it answers."""
        version, users, user, *rest = [*segments_of(request), "", "", ""][: max(3, len(segments_of(request)))]
        if version.lower() != VERSION or users.lower() != "users" or not user:
            raise Refusal(404, "ResourceNotFound", "Resource not found for the segment.")
        ids = {1, 3} if rest and rest[0].lower() == "mailfolders" else {1}
        shape = "/".join("*" if place in ids else name.lower() for place, name in enumerate(rest))
        if shape not in ROUTES:
            raise Refusal(404, "ResourceNotFound", "Resource not found for the segment.")
        if request.method not in ROUTES[shape]:
            raise Refusal(405, "ErrorInvalidRequest", "The OData request is not supported.")
        allowed_by, endpoint = ROUTES[shape][request.method]
        if not allowed_by & self._switches.permissions:
            raise errors.access_denied()
        return await endpoint(self, Call(request, self._office.box(user), rest[1] if len(rest) > 1 else "", origin))

    # --- sending

    async def send_mail(self, call: Call) -> web.Response:
        if call.is_mime:
            message = mime.read(await _read(call.request), self._files)
            self._office.send_new(call.box, message, saved=True, keeps_id=True)
            return web.Response(status=202)
        given = {name.lower(): value for name, value in (await _json(call.request)).items()}
        if not isinstance(given.get("message"), dict):
            raise Refusal(400, errors.INVALID_REQUEST, "The parameter 'Message' is required.")
        message = content.read(given["message"], Content(), self._files)
        saved = str(given.get("savetosentitems", True)).lower() != "false"
        self._office.send_new(call.box, message, saved=saved, keeps_id=False)
        return web.Response(status=202)

    async def send_draft(self, call: Call) -> web.Response:
        self._office.send_draft(call.box, call.box.get(call.id))
        return web.Response(status=202)

    # --- drafts

    async def create(self, call: Call) -> web.Response:
        if call.is_mime:
            message = mime.read(await _read(call.request), self._files)
        else:
            message = content.read(await _json(call.request), Content(), self._files)
        self._office.check_sender(call.box, message)
        item = call.box.add(message)
        return web.json_response(views.full(call.box, item, immutable=call.immutable), status=201)

    async def change(self, call: Call) -> web.Response:
        body, item = await _json(call.request), call.box.get(call.id)
        if item.submitted or not item.is_draft:
            raise Refusal(400, errors.INVALID_REQUEST, "The property can only be set while the message is a draft.")
        message = content.read(body, item.content, self._files)
        self._office.check_sender(call.box, message)
        call.box.change(item, message)
        return web.json_response(views.full(call.box, item, immutable=call.immutable))

    async def delete(self, call: Call) -> web.Response:
        call.box.remove(call.box.get(call.id))
        return web.Response(status=204)

    async def attach(self, call: Call) -> web.Response:
        body, item = await _json(call.request), call.box.get(call.id)
        part = content.part_of(body, self._files)
        call.box.change(item, replace(item.content, parts=[*item.content.parts, part]))
        return web.json_response(views.attachment(item, part), status=201)

    async def open_upload(self, call: Call) -> web.Response:
        body, item = await _json(call.request), call.box.get(call.id)
        return self._uploads.open(call.box, item, body, call.origin)

    # --- looking

    async def get(self, call: Call) -> web.Response:
        fields = views.fields(call.request.query.get("$select", ""))
        item = call.box.get(call.id)
        return web.json_response(views.selected(call.box, item, fields, immutable=call.immutable))

    async def attachments(self, call: Call) -> web.Response:
        item = call.box.get(call.id)
        return web.json_response({"value": [views.attachment(item, part) for part in item.content.parts]})

    async def list(self, call: Call) -> web.Response:
        query, folder = call.request.query, call.id or None
        folder = None if folder is None else _folder(call.box, call.id)
        wanted = queries.parse(query.get("$filter", ""))
        expand = query.get("$expand", "")
        if wanted.extended or expand:
            self._check_extended(expand)
        fields = views.fields(query.get("$select", ""))
        top, skip = _number(query.get("$top"), USUAL_PAGE, least=1), _number(query.get("$skip"), 0, least=0)
        top = min(top, LARGEST_PAGE)
        lag, ordered = self._switches.lookup_lag_ms / 1000, queries.oldest_first(query.get("$orderby", ""), wanted)
        found = call.box.find(wanted, folder, lag_seconds=lag, oldest_first=ordered)
        page = list(islice(found, skip, skip + top + 1))
        rows = [
            views.selected(call.box, item, fields, immutable=call.immutable) | (views.expanded(item) if expand else {})
            for item in page[:top]
        ]
        body: dict[str, Any] = {"@odata.context": f"{call.origin}/{VERSION}/$metadata#messages", "value": rows}
        if len(page) > top:
            following = urlencode({**query, "$skip": str(skip + top)}, quote_via=quote)
            body["@odata.nextLink"] = f"{call.origin}{call.request.rel_url.raw_path}?{following}"
        return web.json_response(body)

    def _check_extended(self, expand: str) -> None:
        if not self._switches.permissions & {READ, READ_WRITE}:
            raise errors.access_denied()  # the basic permission leaves extended properties out
        if expand and not queries.is_message_class(expand):
            raise Refusal(400, "RequestBroker--ParseUri", "The query is not well formed.")

    async def mime(self, call: Call) -> web.Response:
        item = call.box.get(call.id)
        if self._switches.unmade_mime or not item.content.mime:
            raise Refusal(500, "ErrorMimeContentConversionFailed", "Conversion of content to MIME failed.")
        return web.Response(body=item.content.mime, content_type="text/plain")

    async def folders(self, call: Call) -> web.Response:
        wanted = queries.display_name(call.request.query.get("$filter", ""))
        found = [{"id": key, "displayName": name} for key, name in call.box.folders.items() if name == wanted]
        return web.json_response({"value": found})

    async def move(self, call: Call) -> web.Response:
        body, item = await _json(call.request), call.box.get(call.id)
        call.box.move(item, _folder(call.box, str(body.get("destinationId", ""))))
        return web.json_response(views.full(call.box, item, immutable=call.immutable), status=201)

    async def no_value(self, call: Call) -> web.Response:  # noqa: ARG002 - an endpoint like the others
        raise Refusal(400, errors.INVALID_REQUEST, "The OData request is not supported.")


Endpoint = Callable[[Api, Call], Awaitable[web.Response]]
_SENDING, _WRITING, _READING = {SEND}, {READ_WRITE}, {READ, READ_WRITE, READ_BASIC}
_WHOLE = {READ, READ_WRITE}

ROUTES: dict[str, dict[str, tuple[set[str], Endpoint]]] = {
    "sendmail": {"POST": (_SENDING, Api.send_mail)},
    "messages": {"POST": (_WRITING, Api.create), "GET": (_READING, Api.list)},
    "messages/*": {
        "GET": (_READING, Api.get),
        "PATCH": (_WRITING, Api.change),
        "DELETE": (_WRITING, Api.delete),
    },
    "messages/*/$value": {"GET": (_WHOLE, Api.mime)},
    "messages/*/move": {"POST": (_WRITING, Api.move)},
    "messages/*/send": {"POST": (_SENDING, Api.send_draft)},
    "messages/*/attachments": {"POST": (_WRITING, Api.attach), "GET": (_READING, Api.attachments)},
    "messages/*/attachments/createuploadsession": {"POST": (_WRITING, Api.open_upload)},
    "mailfolders": {"GET": (_READING, Api.folders)},
    "mailfolders/*/messages": {"GET": (_READING, Api.list)},
    "mailfolders/*/messages/*/$value": {"GET": (_WHOLE, Api.no_value)},
}


def _folder(box: Mailbox, given: str) -> str:
    """The folder of that id, or of that well-known name."""
    name = given if given in box.folders else given.lower()
    if name not in box.folders:
        raise errors.item_not_found()
    return name


async def _read(request: web.Request) -> bytes:
    body = await request.read()
    if len(body) > LARGEST_BODY:
        raise Refusal(413, "ErrorRequestTooLarge", "The request is too large.")
    return body


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await _read(request))
    except ValueError as error:
        raise Refusal(400, "BadRequest", "Unable to read JSON request payload.") from error
    if not isinstance(body, dict):
        raise Refusal(400, "BadRequest", "The JSON request payload is not an object.")
    return body


def _number(text: str | None, usual: int, *, least: int) -> int:
    if text is None:
        return usual
    if not text.isdecimal() or int(text) < least:
        raise Refusal(400, "RequestBroker--ParseUri", "Invalid value for a paging option.")
    return int(text)
