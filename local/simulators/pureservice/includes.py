"""``include=``: relation paths as a tree, and the entities that they reach."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from local.simulators.pureservice.errors import bad_request
from local.simulators.pureservice.resources import Schema, schema
from local.simulators.pureservice.schema import ToMany, ToOne
from local.simulators.pureservice.store import Row, Store


@dataclass(slots=True)
class Tree:
    """The relations to follow from one resource, each with those to follow from there."""

    branches: dict[str, tuple[ToOne | ToMany, "Tree"]] = field(default_factory=dict)

    def branch(self, relation: ToOne | ToMany) -> "Tree":
        """The tree behind a relation, made if new."""
        return self.branches.setdefault(relation.name, (relation, Tree()))[1]


@lru_cache(maxsize=1024)
def parse_include(text: str, resource: str, *, ignore_unknown: bool = False, legacy: bool = False) -> Tree:
    """The tree of a comma-separated list of dotted paths; a 400 for a relation that is not there."""
    root = Tree()
    known = schema(legacy_request_id=legacy)
    for path in filter(None, (part.strip() for part in text.split(","))):
        _grow(root, path, resource, known, ignore_unknown=ignore_unknown)
    return root


def _grow(tree: Tree, path: str, resource: str, known: Schema, *, ignore_unknown: bool) -> None:
    at = known[resource]
    for name in path.split("."):
        relation = at.to_one.get(name.lower()) or at.to_many.get(name.lower())
        if relation is None and ignore_unknown:
            return
        if relation is None:
            raise bad_request(f"Unknown include '{name}' in '{path}' on '{at.name.capitalize()}'", about="include")
        tree = tree.branch(relation)
        at = known[relation.target]


def related(store: Store, row: Row, relation: ToOne | ToMany) -> Iterator[Row]:
    """The entities at the other end of a relation."""
    table = store.tables[relation.target]
    if isinstance(relation, ToOne):
        numbers: Iterable[int | None] = (row.get(relation.column),)
    elif relation.foreign_key:
        numbers = table.ids_where(relation.foreign_key, row["id"])
    else:
        numbers = row.get(relation.ids_column) or ()
    for number in numbers:
        found = table.get(number) if number is not None else None
        if found is not None:
            yield found


def linked(store: Store, rows: Iterable[Row], tree: Tree) -> dict[str, dict[int, Row]]:
    """What the tree reaches from the rows: each entity once, by resource and id."""
    found: dict[str, dict[int, Row]] = {}
    _collect(store, list(rows), tree, found)
    return found


def _collect(store: Store, rows: list[Row], tree: Tree, found: dict[str, dict[int, Row]]) -> None:
    for relation, beyond in tree.branches.values():
        reached = {other["id"]: other for row in rows for other in related(store, row, relation)}
        if reached:
            found.setdefault(relation.target, {}).update(reached)
            _collect(store, list(reached.values()), beyond, found)
