"""The routes: every path form of the API to what it reads or writes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from local.simulators.pureservice import answers, gate
from local.simulators.pureservice.bodies import Body, read_body, read_json
from local.simulators.pureservice.effects import LATER_SECONDS, Effects, Receipt, send_message
from local.simulators.pureservice.errors import ApiError, bad_request
from local.simulators.pureservice.query import Query
from local.simulators.pureservice.reads import Reads
from local.simulators.pureservice.resources import SIDES
from local.simulators.pureservice.schema import Resource
from local.simulators.pureservice.store import Row, Store
from local.simulators.pureservice.switches import Switches
from local.simulators.pureservice.writes import Write, Writer

_FROM = {f"from{side}".lower(): f"from{side}Id" for side in SIDES}


@dataclass(slots=True)
class Api:
    """Answers the requests to one store. ``history`` has every change that was made, in order."""

    store: Store
    switches: Switches
    receipts: list[Receipt] = field(default_factory=list)
    history: list[Write] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    _postponed: list[tuple[float, Row]] = field(default_factory=list)
    _reads: Reads = field(init=False)

    def __post_init__(self) -> None:
        self._reads = Reads(self.store, self.switches, Query(self.store, self.switches))

    async def handle(self, request: web.Request) -> web.Response:
        """Any request under the prefix; ``tail`` is the path behind it."""
        self.send_what_is_due()
        steps = [step for step in request.match_info["tail"].split("/") if step]
        resource = self._reads.query.schema.get(steps[0].lower()) if steps else None
        if resource is None or not resource.routable:
            raise _no_route(request)
        rest = [step.lower() for step in steps[1:]]
        gate.check(request, resource, self.switches)
        if request.method == "GET":
            return self._read(request, resource, rest)
        if len(rest) == (request.method != "POST"):
            return await self._write(request, resource, rest)
        raise _no_route(request)

    def send_what_is_due(self) -> None:
        """Makes the e-mails of messages that were postponed so long."""
        due = [row for moment, row in self._postponed if moment <= self.clock()]
        self._postponed = [one for one in self._postponed if one[0] > self.clock()]
        for row in due:
            send_message(self.store, row)

    def _read(self, request: web.Request, resource: Resource, rest: list[str]) -> web.Response:
        reads = self._reads
        match resource.name, rest:
            case _, []:
                return reads.listed(request, resource)
            case _, ["count"]:
                return reads.count(request, resource)
            case "asset", ["search"]:
                return reads.search(request, resource)
            case "attachment", ["download", number] if number.isdecimal():
                return reads.download(request, int(number))
            case "ticket", [number, "requestnumber"] if number.isdecimal():
                return reads.by_request_number(request, resource, int(number))
            case "relationship", [number, side] if number.isdecimal() and side in _FROM:
                return reads.listed(request, resource, given=(_FROM[side], int(number)))
            case _, [number] if number.isdecimal():
                return reads.single(request, resource, self.store.tables[resource.name].get(int(number)))
        raise _no_route(request)

    # --- writing

    async def _write(self, request: web.Request, resource: Resource, rest: list[str]) -> web.Response:
        match request.method:
            case "POST":
                return await self._create(request, resource)
            case "PUT" | "PATCH" | "DELETE" if rest[0].isdecimal():
                return await self._change(request, resource, int(rest[0]))
        raise _no_route(request)

    async def _create(self, request: web.Request, resource: Resource) -> web.Response:
        self._check_content_type(request, answers.VND)
        if resource.name == "email" and not self.switches.email_post:
            raise ApiError(405, "The requested resource does not support http method 'POST'.")
        body = read_body(await request.read(), resource)
        bare_is_enough = self.switches.bare_ticket_post if resource.name == "ticket" else self.switches.bare_post
        if not body.enveloped and not bare_is_enough:
            raise bad_request(f"The body lacks '{resource.plural}'", about="body")
        gate.check_files(request.method, resource, body, self.switches)
        tree = self._reads.tree(request.query, resource)
        with self._writing(request.method, body) as writer:
            rows = writer.create_all(resource)
        serialiser = self._reads.serialiser()
        return answers.written(
            request,
            serialiser,
            resource,
            rows,
            tree,
            status=self.switches.post_status,
            form=self.switches.write_answers,
        )

    async def _change(self, request: web.Request, resource: Resource, number: int) -> web.Response:
        body = await self._body_of_change(request, resource)
        row = self.store.tables[resource.name].get(number)
        if row is None:
            raise ApiError(404, f"Nothing was found at '{request.path}'")
        gate.check_files(request.method, resource, body, self.switches)
        tree = self._reads.tree(request.query, resource)
        with self._writing(request.method, body) as writer:
            if request.method == "DELETE":
                writer.remove(resource, row)
            else:
                writer.change(resource, row)
        if request.method == "DELETE":
            return web.Response(status=self.switches.delete_status)
        status = self.switches.patch_status if request.method == "PATCH" else 200
        form = self.switches.write_answers
        return answers.written(request, self._reads.serialiser(), resource, [row], tree, status=status, form=form)

    async def _body_of_change(self, request: web.Request, resource: Resource) -> Body:
        if request.method == "DELETE":
            return Body([{}], {}, enveloped=True)
        if request.method == "PATCH":
            self._check_content_type(request, answers.JSON)
            sent = read_json(await request.read())
            if resource.plural in sent:
                raise bad_request("PATCH takes the bare object", about="body")
            return Body([sent], {}, enveloped=False)
        self._check_content_type(request, answers.VND)
        body = read_body(await request.read(), resource)
        if not body.enveloped or len(body.entities) != 1:
            raise bad_request(f"PUT takes one entity in '{resource.plural}'", about="body")
        return body

    def _check_content_type(self, request: web.Request, wanted: str) -> None:
        allowed = {wanted} if self.switches.strict_content_type else {answers.VND, answers.JSON}
        if request.content_type not in allowed:
            detail = f"The request entity's media type '{request.content_type}' is not supported for this resource."
            raise ApiError(415, detail)

    @contextmanager
    def _writing(self, method: str, body: Body) -> Iterator[Writer]:
        """A writer whose work is kept whole or not at all."""
        effects = Effects(self.store, self.switches)
        writer = Writer(self.store, self._reads.query.schema, self.switches, effects, method, body)
        with self.store.transaction():
            yield writer
        self.receipts += effects.receipts
        self._postponed += [(self.clock() + LATER_SECONDS, row) for row in effects.postponed]
        self.history += writer.done


def _no_route(request: web.Request) -> ApiError:
    return ApiError(404, f"No HTTP resource was found that matches the request URI '{request.path}'.")
