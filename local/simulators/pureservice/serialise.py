"""Rows as JSON: the envelope with ``links`` and ``linked``, or the bare form with inclusions nested inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.simulators.pureservice import shapes
from local.simulators.pureservice.includes import Tree, linked, related
from local.simulators.pureservice.resources import Schema
from local.simulators.pureservice.schema import Resource, ToOne
from local.simulators.pureservice.store import Row, Store
from local.simulators.pureservice.switches import Switches

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Serialiser:
    """Writes the entities of a store under the names of a schema."""

    store: Store
    schema: Schema
    switches: Switches
    without_custom_asset_fields: bool = False

    def envelope(self, resource: Resource, rows: Sequence[Row], tree: Tree) -> Json:
        """The rows under their plural; ``linked`` only where something is."""
        answer: Json = {resource.plural: [self.entity(resource, row) for row in rows]}
        reached = linked(self.store, rows, tree)
        if reached:
            answer["linked"] = {
                self.schema[name].plural: [self.entity(self.schema[name], row) for row in found.values()]
                for name, found in reached.items()
            }
        return answer

    def entity(self, resource: Resource, row: Row) -> Json:
        """One entity with its links."""
        return {**self._flat(resource, row), "links": shapes.links(self._links(resource, row), self.switches)}

    def bare(self, resource: Resource, row: Row, tree: Tree) -> Json:
        """One entity with what is included nested in it, and no links."""
        answer = self._flat(resource, row)
        for relation, beyond in tree.branches.values():
            target = self.schema[relation.target]
            nested = [self.bare(target, other, beyond) for other in related(self.store, row, relation)]
            answer[relation.name] = next(iter(nested), None) if isinstance(relation, ToOne) else nested
        return answer

    def _flat(self, resource: Resource, row: Row) -> Json:
        get = dict.get
        answer = {one.name: get(row, one.column, one.default) for one in resource.fields.values()}
        if resource.extra_prefix and not self.without_custom_asset_fields:
            answer.update((key, value) for key, value in row.items() if key.startswith(resource.extra_prefix))
        if resource.name == "company":
            answer["usersCount"] = len(self.store.users.ids_where("companyId", row["id"]))
        return shapes.fields(resource, answer, self.switches)

    def _links(self, resource: Resource, row: Row) -> Json:
        links: Json = {}
        for one in resource.to_one.values():
            number = dict.get(row, one.column)
            if number is not None:
                links[one.name] = {"id": number, "type": one.target}
        for many in resource.to_many.values():
            if many.shown:
                numbers = [other["id"] for other in related(self.store, row, many)]
                links[many.name] = {"ids": numbers, "type": many.target}
        return links
