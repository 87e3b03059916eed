"""The integration point as a server: who may come in, what each call demands, and what it answers."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from local.simulators.eformidling import errors
from local.simulators.eformidling.errors import Refusal, own
from local.simulators.eformidling.messages import MOST_BYTES, Message, Messages, as_conversation
from local.simulators.eformidling.registry import FIXTURES, STANDARD, Organisation, Registry
from local.simulators.eformidling.uploads import MAIN, Upload, disposition, referenced, schema_faults, title_of
from local.simulators.faults import Faults
from local.simulators.listening import Listening

OWN_ORGANISATION = "910000012"
PREFIX = "0192:"
NO_LIMIT = timedelta(hours=24)  # of life, where the message says nothing


def _now() -> datetime:
    return datetime.now(UTC)


class IntegrationPointSimulator(Listening):
    """Look at ``messages``, ``requests``, ``double_sends``, ``schema_errors``; steer by ``behave`` and ``faults``."""

    def __init__(
        self,
        *,
        own_organisation: str = OWN_ORGANISATION,
        username: str = "",
        password: str = "",
        clock: Callable[[], datetime] = _now,
        enabled_services: tuple[str, ...] = ("DPO", "DPF", "DPV"),
        schema: Path | None = None,
    ) -> None:
        super().__init__()
        self.own_organisation = own_organisation
        self.enabled_services = enabled_services
        self.schema = schema
        self.schema_errors: list[tuple[str, str]] = []
        self.faults = Faults()
        self.registry = Registry()
        self.post = Messages(self.registry, clock)
        self.clock = clock
        self._credentials = (username, password)
        for organisation in (Organisation(own_organisation, "Vi selv", "DPO"), *FIXTURES):
            self.add_organisation(
                organisation.number, **{name: getattr(organisation, name) for name in ("name", "service", "services")}
            )
            self.behave(organisation.number, exists=organisation.exists, broken=organisation.broken)

    # --- what a test sees and steers

    @property
    def messages(self) -> dict[str, Message]:
        """Every message by its id, as it stands now."""
        self.post.advance()
        return self.post.by_id

    @property
    def double_sends(self) -> int:
        """How often a message was asked to be sent once more before it had left."""
        return self.post.double_sends

    def delivered_to(self, number: str) -> list[Message]:
        """Messages that the organisation has received."""
        return [m for m in self.messages.values() if m.receiver == number and m.has("LEVERT")]

    def add_organisation(
        self, number: str, *, name: str = "", service: str = "DPV", services: dict[str, str] | None = None
    ) -> None:
        """Registers an organisation."""
        self.registry.known[number] = Organisation(number, name, service, dict(services or {}))

    def behave(self, number: str, **traits: bool) -> None:
        """Sets ``never_delivered``, ``fails``, ``exists`` or ``broken`` of an organisation."""
        for name, value in traits.items():
            setattr(self.registry.known[number], name, value)

    def delay(self, *, queue: float = 0.0, delivery: float = 0.0) -> None:
        """Seconds before a message leaves the internal queue, and before it is delivered."""
        self.post.queue_delay, self.post.delivery_delay = timedelta(seconds=queue), timedelta(seconds=delivery)

    # --- the server

    def _app(self) -> web.Application:
        app = web.Application(
            middlewares=[self._recorded(), self.faults.middleware(), self._guarded], client_max_size=2**29
        )
        self.faults.add_routes(app)
        routes = app.router
        routes.add_get("/manage/health", self._health)
        routes.add_get("/api/capabilities/{number}", self._capabilities)
        routes.add_post("/api/messages/out", self._create)
        routes.add_get("/api/messages/out/{id}", self._open)
        routes.add_put("/api/messages/out/{id}", self._upload)
        routes.add_post("/api/messages/out/{id}", self._send)
        routes.add_delete("/api/messages/out/{id}", self._delete)
        routes.add_get("/api/conversations/messageId/{id}", self._conversation)
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if not request.path.startswith("/manage/") and any(self._credentials):
                self._check(request.headers.get("Authorization", ""))
            self.post.advance()
            return await handler(request)
        except Refusal as refusal:
            return errors.answer(refusal, request.path, self.clock())
        except web.HTTPException as error:
            return errors.answer(Refusal(error.status), request.path, self.clock())

    def _check(self, header: str) -> None:
        wanted = base64.b64encode(":".join(self._credentials).encode()).decode()
        if header != f"Basic {wanted}":
            raise Refusal(401)

    # --- calls

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "UP"})

    async def _capabilities(self, request: web.Request) -> web.Response:
        return web.json_response(
            self.registry.capabilities(request.match_info["number"], request.query.get("process")), dumps=_pretty
        )

    async def _create(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise Refusal(415)
        try:
            sbd = json.loads(await request.read())
            header = sbd["standardBusinessDocumentHeader"]
            kind = header["documentIdentification"]
            scope = next(one for one in header["businessScope"]["scope"] if one["type"] == "ConversationId")
            receiver = header["receiver"][0]["identifier"]["value"].removeprefix(PREFIX)
            ids = [str(UUID(kind["instanceIdentifier"])), str(UUID(scope["instanceIdentifier"]))]
            life = scope.get("scopeInformation", [{}])[0].get("expectedResponseDateTime")
            expiry = datetime.fromisoformat(life) if life else self.clock() + NO_LIMIT
        except (ValueError, KeyError, IndexError, StopIteration, TypeError) as error:
            raise Refusal(400, errors.NOT_READABLE, str(error)) from error
        self._check_create(sbd, kind, ids[0], expiry)
        service = self._service(receiver, scope["identifier"])
        message = Message(ids[0], ids[1], receiver, service, scope["identifier"], sbd, expiry, self.post.next_id())
        self.post.add(message)
        return web.json_response(sbd, dumps=_pretty)

    def _check_create(self, sbd: dict[str, Any], kind: dict[str, Any], message_id: str, expiry: datetime) -> None:
        if set(sbd) != {"standardBusinessDocumentHeader", kind["type"]} or not isinstance(sbd[kind["type"]], dict):
            raise Refusal(500, "java.lang.IllegalArgumentException", "unexpected top level")
        if kind["type"] != "arkivmelding":
            raise own(400, "UnknownMessageTypeException")
        if kind["standard"] != STANDARD:
            raise own(400, "MessageTypeDoesNotFitDocumentTypeException")
        if expiry <= self.clock():
            raise Refusal(400, errors.INVALID, "expectedResponseDateTime is past")
        if message_id in self.post.by_id:
            raise own(400, "MessageAlreadyExistsException")

    def _service(self, receiver: str, process: str) -> str:
        try:
            service = self.registry.service(receiver, process)
        except Refusal as refusal:
            if refusal.status != web.HTTPNotFound.status_code:
                raise
            service = ""
        if not service:
            raise own(400, "ReceiverDoesNotAcceptProcessException")
        if service not in self.enabled_services:
            raise own(400, "ServiceNotEnabledException")
        return service

    def _held(self, request: web.Request) -> Message:
        message = self.post.by_id.get(request.match_info["id"])
        if message is None or not message.open:
            raise own(404, "MessageNotFoundException")
        return message

    async def _open(self, request: web.Request) -> web.Response:
        return web.json_response(self._held(request).sbd, dumps=_pretty)

    async def _upload(self, request: web.Request) -> web.Response:
        message = self._held(request)
        if "Content-Disposition" not in request.headers or "Content-Type" not in request.headers:
            raise Refusal(400, "org.springframework.web.bind.MissingRequestHeaderException")
        given = disposition(request.headers["Content-Disposition"])
        name, title = given.get("filename"), request.query.get("title") or given.get("name", "")
        if not name:
            raise Refusal(500, "java.lang.NullPointerException", "no filename")
        content = await request.read()
        if any(file.name == name for file in message.files):
            raise own(400, "DuplicateFilenameException")
        if message.service == "DPV" and not title:
            raise own(400, "MissingFileTitleException")
        if sum(len(file.content) for file in message.files) + len(content) > MOST_BYTES[message.service]:
            raise own(400, "MaxFileSizeExceededException")
        if name == MAIN:
            message.title = title_of(content)
            if self.schema is not None:
                self.schema_errors += [(message.id, fault) for fault in schema_faults(content, self.schema)]
        message.files.append(Upload(name, title, request.content_type, content))
        return web.Response()

    async def _send(self, request: web.Request) -> web.Response:
        message = self._held(request)
        if not message.files:
            raise own(400, "MissingFileException")
        if message.expiry <= self.clock():
            self.post.say(message, "LEVETID_UTLOPT")
            raise own(400, "TimeToLiveException")
        archive = next((file for file in message.files if file.name == MAIN), None)
        if archive is None:
            raise own(400, "MissingArkivmeldingException")
        if set(referenced(archive.content)) - {file.name for file in message.files}:
            raise own(400, "MissingArkivmeldingFileException")
        self.post.send(message)
        return web.Response()

    async def _delete(self, request: web.Request) -> web.Response:
        message = self.post.by_id.get(request.match_info["id"])
        if message is not None:
            message.open = False
        return web.Response()

    async def _conversation(self, request: web.Request) -> web.Response:
        message = self.post.by_id.get(request.match_info["id"])
        if message is None:
            raise own(404, "MessageNotFoundException")
        return web.json_response(as_conversation(message, sender=self.own_organisation), dumps=_pretty)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
