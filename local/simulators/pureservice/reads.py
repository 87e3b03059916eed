"""Every way to read: lists, sub-resources, single entities, counts, searches and downloads."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from local.simulators.pureservice import answers
from local.simulators.pureservice.errors import ApiError, bad_request
from local.simulators.pureservice.includes import Tree, parse_include
from local.simulators.pureservice.query import Query, Wanted
from local.simulators.pureservice.schema import Resource
from local.simulators.pureservice.serialise import Serialiser
from local.simulators.pureservice.store import Row, Store
from local.simulators.pureservice.switches import Switches


@dataclass(slots=True)
class Reads:
    """Answers ``GET``. Unknown query parameters are ignored."""

    store: Store
    switches: Switches
    query: Query

    def listed(self, request: web.Request, resource: Resource, *, given: tuple[str, int] | None = None) -> web.Response:
        """A page of a resource, or of what belongs to one entity."""
        parameters = self._as_understood(request.query) if given else request.query
        wanted = _wanted(parameters, resource, given)
        start, limit = self._window(parameters)
        tree = self.tree(parameters, resource)
        rows = self.query.page(wanted, start=start, limit=limit)
        writer = Serialiser(
            self.store, self.query.schema, self.switches, without_custom_asset_fields=self.switches.assets_omit_udf
        )
        return answers.entities(request, writer, resource, rows, tree)

    def count(self, request: web.Request, resource: Resource) -> web.Response:
        """How many rows a filter finds."""
        return web.json_response({"count": len(self.query.ids(_wanted(request.query, resource, None)))})

    def search(self, request: web.Request, resource: Resource) -> web.Response:
        """Assets by a part of their name."""
        words = request.query.get("query", "").strip('"').casefold()
        _, limit = self._window(request.query)
        rows = [row for row in self.store.assets.values() if words in str(row.get("name")).casefold()][:limit]
        tree = self.tree(request.query, resource)
        return answers.entities(request, self.serialiser(), resource, rows, tree)

    def single(self, request: web.Request, resource: Resource, row: Row | None) -> web.Response:
        """One entity; a filter that it does not pass leaves an empty list."""
        if row is None:
            return self._absent(request)
        text = request.query.get("filter", "")
        rows = [row] if not text.strip() or self.query.matches(row, text) else []
        tree = self.tree(request.query, resource)
        return answers.entities(request, self.serialiser(), resource, rows, tree)

    def by_request_number(self, request: web.Request, resource: Resource, number: int) -> web.Response:
        """The ticket of a public number."""
        rows = self.store.tickets.where("requestNumber", number)
        return self.single(request, resource, rows[0] if rows else None)

    def download(self, request: web.Request, number: int) -> web.Response:
        """The content of an attachment."""
        row = self.store.attachments.get(number)
        if row is None:
            return self._absent(request)
        content_type = str(row.get("contentType") or "")
        return answers.download(str(row["fileName"]), self.store.file_bytes(number), content_type)

    def tree(self, parameters: Mapping[str, str], resource: Resource) -> Tree:
        """What the request includes."""
        return parse_include(
            parameters.get("include", ""),
            resource.name,
            ignore_unknown=self.switches.unknown_include == "ignore",
            legacy=self.switches.legacy_request_id,
        )

    def serialiser(self) -> Serialiser:
        """Writes whole entities."""
        return Serialiser(self.store, self.query.schema, self.switches)

    def _as_understood(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The parameters of a question about one entity's relations, for which nobody has seen paging."""
        switches = self.switches
        handled = {
            "start": switches.relations_start,
            "sort": switches.relations_sort,
            "limit": switches.relations_limit,
        }
        for name, how in handled.items():
            if how == "refused" and name in parameters:
                raise bad_request(f"The parameter '{name}' is not valid here", about=name)
        return {name: value for name, value in parameters.items() if handled.get(name) != "ignored"}

    def _window(self, parameters: Mapping[str, str]) -> tuple[int, int]:
        start = _whole(parameters, "start", 0)
        limit = _whole(parameters, "limit", self.switches.default_limit)
        if "limit" in parameters and limit > self.switches.max_page and self.switches.over_limit == "refuse":
            raise bad_request(f"The limit can not be greater than {self.switches.max_page}", about="limit")
        return start, min(limit, self.switches.max_page)

    def _absent(self, request: web.Request) -> web.Response:
        if self.switches.missing_status == 204:
            return web.Response(status=204)
        raise ApiError(404, f"Nothing was found at '{request.path}'")


def _wanted(parameters: Mapping[str, str], resource: Resource, given: tuple[str, int] | None) -> Wanted:
    return Wanted(resource.name, parameters.get("filter", ""), parameters.get("sort", ""), given)


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default)).strip()
    if not text.isdecimal():
        raise bad_request(f"The value '{text}' is not valid for {name}", about=name)
    return int(text)
