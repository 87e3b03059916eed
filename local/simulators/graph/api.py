"""The mail endpoints: every path to what it does."""

import copy
import json
from typing import Any

from aiohttp import web

from local.simulators.graph import lists, mime, views
from local.simulators.graph.content import Reader
from local.simulators.graph.errors import Refusal, access_denied, bad_request, item_not_found, too_large
from local.simulators.graph.gate import Gate, steps_of
from local.simulators.graph.mailbox import FOLDERS, Item
from local.simulators.graph.office import Office
from local.simulators.graph.uploads import PREFIX, Uploads, attach
from local.simulators.graph.views import View


class Api:
    """Answers the requests that came through the gate."""

    def __init__(self, office: Office, gate: Gate) -> None:
        self._office, self._gate = office, gate
        self._reader = Reader()
        self._uploads = Uploads(office, self._reader)

    async def handle(self, request: web.Request) -> web.Response:
        """Any request outside the control pages."""
        steps = steps_of(request)
        if steps[0] == PREFIX:
            return await self._uploads.handle(request, steps[-1])
        mailbox, rest = steps[2], steps[3:]
        words = [step.lower() for step in rest]
        match request.method, words:
            case "POST", ["sendmail"]:
                return await self._send_mail(request, mailbox)
            case "POST", ["messages"]:
                return await self._create(request, mailbox)
            case "GET", ["messages"]:
                return self._list(request, mailbox, "")
            case "GET", ["mailfolders", folder, "messages"]:
                return self._list(request, mailbox, _folder(rest[1], folder))
            case _, ["messages", _, *_]:
                return await self._message(request, mailbox, rest[1], words[2:])
        raise _no_route(words)

    async def _message(self, request: web.Request, mailbox: str, item_id: str, words: list[str]) -> web.Response:
        match request.method, words:
            case "POST", ["send"]:
                self._need("Mail.Send")
                self._office.send_draft(mailbox, item_id)
                return web.Response(status=202)
            case "GET", _:
                return self._read(request, mailbox, item_id, words)
            case "PATCH", []:
                return await self._change(request, mailbox, item_id)
            case "DELETE", []:
                self._need("Mail.ReadWrite")
                self._office.mailbox(mailbox).remove(self._item(mailbox, item_id))
                return web.Response(status=204)
            case "POST", ["attachments"]:
                return await self._attach(request, self._draft(mailbox, item_id))
            case "POST", ["attachments", "createuploadsession"]:
                return await self._open_upload(request, mailbox, self._draft(mailbox, item_id))
        raise _no_route(words)

    # --- sending

    async def _send_mail(self, request: web.Request, mailbox: str) -> web.Response:
        self._need("Mail.Send")
        body = await self._body(request)
        if request.content_type == "text/plain":
            raw = mime.decoded(body)
            swallowed = self._office.switches.mime_swallowed_above
            if swallowed is not None and len(raw) > swallowed:
                return web.Response(status=200)
            self._office.send_mail(mailbox, mime.content_of(raw, self._reader), saved=True)
            return web.Response(status=202)
        given = _parameters(_json(request, body))
        if given.get("message") is None:
            raise bad_request("ErrorInvalidRequest", "The parameter 'Message' is required.")
        content = self._reader.message(given["message"])
        saved = str(given.get("savetosentitems", True)).lower() != "false"
        self._office.send_mail(mailbox, content, saved=saved or not self._office.switches.drop_unsaved)
        return web.Response(status=202)

    # --- drafts

    async def _create(self, request: web.Request, mailbox: str) -> web.Response:
        self._need("Mail.ReadWrite")
        content = self._reader.message(_json(request, await self._body(request)))
        item = self._office.create(mailbox, content)
        item.file_ids = [f"{item.first_id}.{number}" for number, _ in enumerate(content.files)]
        return web.json_response(self._view(request).message(item), status=201)

    async def _change(self, request: web.Request, mailbox: str, item_id: str) -> web.Response:
        item = self._draft(mailbox, item_id)
        changes = _json(request, await self._body(request))
        changed = copy.copy(item.content)
        changed.properties = dict(changed.properties)
        self._office.change(item, self._reader.message(changes, into=changed))
        return web.json_response(self._view(request).message(item))

    async def _attach(self, request: web.Request, item: Item) -> web.Response:
        file = self._reader.file(_json(request, await self._body(request)))
        shown = views.attachment(file, attach(item, file))
        return web.json_response(shown, status=201)

    async def _open_upload(self, request: web.Request, mailbox: str, item: Item) -> web.Response:
        given = _parameters(_json(request, await self._body(request)))
        volume = self._gate.lanes[mailbox.casefold()].volume
        opened = self._uploads.open(item, given.get("attachmentitem"), volume=volume, origin=str(request.url.origin()))
        return web.json_response(opened, status=201)

    # --- reading

    def _list(self, request: web.Request, mailbox: str, folder: str) -> web.Response:
        self._need("Mail.ReadBasic")
        query, url = lists.parse(request.query), f"{request.url.origin()}{request.raw_path.partition('?')[0]}"
        rows, more = lists.page(self._office.mailbox(mailbox), query, folder=folder, view=self._view(request))
        body: dict[str, Any] = {"@odata.context": f"{url}/$metadata", "value": rows}
        if more:
            body["@odata.nextLink"] = lists.next_link(url, request.query, query)
        return web.json_response(body)

    def _read(self, request: web.Request, mailbox: str, item_id: str, words: list[str]) -> web.Response:
        self._need("Mail.ReadBasic" if not words else "Mail.Read")
        item = self._item(mailbox, item_id)
        match words:
            case []:
                query = lists.parse(request.query)
                return web.json_response(self._view(request).message(item, select=query.select, expand=query.expand))
            case ["attachments"]:
                files = zip(item.content.files, item.file_ids, strict=False)
                return web.json_response({"value": [views.attachment(file, file_id) for file, file_id in files]})
            case ["$value"] if item.raw:
                return web.Response(body=item.raw, content_type="text/plain")
        raise _no_route(words)

    # --- what they share

    def _need(self, permission: str) -> None:
        if not self._office.switches.allows(permission):
            raise access_denied()

    def _item(self, mailbox: str, item_id: str) -> Item:
        return self._office.mailbox(mailbox).item(item_id, self._office.clock())

    def _draft(self, mailbox: str, item_id: str) -> Item:
        self._need("Mail.ReadWrite")
        item = self._item(mailbox, item_id)
        if item.accepted is not None or not item.is_draft(self._office.clock()):
            raise bad_request("ErrorInvalidRequest", "The message is not a draft, or has been sent.")
        return item

    def _view(self, request: web.Request) -> View:
        immutable = 'idtype="immutableid"' in request.headers.get("Prefer", "").lower()
        return View(self._office.clock(), immutable=immutable, basic=not self._office.switches.allows("Mail.Read"))

    async def _body(self, request: web.Request) -> bytes:
        body = await request.read()
        if len(body) > self._office.switches.max_request_bytes:
            raise too_large()
        return body


def _json(request: web.Request, body: bytes) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Refusal(415, "UnsupportedMediaType", f"The media type '{request.content_type}' is not supported.")
    try:
        parsed = json.loads(body)
    except ValueError:
        raise bad_request("BadRequest", "Unable to read JSON request payload.") from None
    if not isinstance(parsed, dict):
        raise bad_request("BadRequest", "Unable to read JSON request payload. An object was expected.")
    return parsed


def _parameters(given: dict[str, Any]) -> dict[str, Any]:
    """An action's parameters; their names are the same in any case."""
    return {name.lower(): value for name, value in given.items()}


def _folder(given: str, lower: str) -> str:
    if lower in FOLDERS:
        return lower
    known = {opaque: name for name, opaque in FOLDERS.items()}
    if given not in known:
        raise item_not_found()
    return known[given]


def _no_route(words: list[str]) -> Refusal:
    return bad_request("BadRequest", f"Resource not found for the segment '{words[-1] if words else ''}'.")
