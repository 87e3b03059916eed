"""What a client sent: the envelope or a bare object, and one entity's properties and links as values to store."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.simulators.pureservice import moments
from local.simulators.pureservice.errors import bad_request
from local.simulators.pureservice.schema import Field, Kind, Resource, ToMany, ToOne

Json = dict[str, Any]

BESIDE_FIELDS = frozenset({"links", "temporaryid", "bytes"})
"""Members of an entity that are no properties of it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a link names: an entity that exists, or one that comes in ``linked`` under a temporary id."""

    id: int | None = None
    temporary_id: str | None = None


@dataclass(slots=True)
class Parts:
    """One entity as sent, taken apart. ``values`` are by column; links that a flat id overrules are left out."""

    values: dict[str, Any] = field(default_factory=dict)
    ones: list[tuple[ToOne, Reference]] = field(default_factory=list)
    manies: list[tuple[ToMany, list[Reference]]] = field(default_factory=list)


@dataclass(slots=True)
class Body:
    """The entities of a request and, by temporary id, what was sent in ``linked`` (plural and object)."""

    entities: list[Json]
    linked: dict[str, tuple[str, Json]]
    enveloped: bool


def read_json(content: bytes) -> Json:
    """The object in a body."""
    try:
        found = json.loads(content.decode("utf-8"))
    except ValueError:
        raise bad_request("The body is not valid JSON in UTF-8", about="body") from None
    if not isinstance(found, dict):
        raise bad_request("The body is not a JSON object", about="body")
    return found


def read_body(content: bytes, resource: Resource) -> Body:
    """The entities in a body, enveloped or bare."""
    found = read_json(content)
    entities = get(found, resource.plural)
    if not isinstance(entities, list) or not all(isinstance(one, dict) for one in entities):
        if entities is not None:
            raise bad_request(f"'{resource.plural}' is not an array of objects", about="body")
        return Body([found], {}, enveloped=False)
    linked: dict[str, tuple[str, Json]] = {}
    for plural, group in _object(found, "linked").items():
        for one in group if isinstance(group, list) else ():
            temporary_id = get(one, "temporaryId") if isinstance(one, dict) else None
            if temporary_id is not None:
                linked[str(temporary_id)] = (plural.lower(), one)
    return Body(entities, linked, enveloped=True)


def get(found: Mapping[str, Any], name: str) -> Any:
    """The property of that name in any case."""
    if name in found:
        return found[name]
    return next((value for key, value in found.items() if key.lower() == name.lower()), None)


def _object(found: Json, name: str) -> Json:
    inner = get(found, name)
    if inner is not None and not isinstance(inner, dict):
        raise bad_request(f"'{name}' is not an object", about=name)
    return inner or {}


def take_apart(resource: Resource, sent: Json, *, new: bool, refuse_unknown: bool = False) -> Parts:
    """The known, writable properties and the links of an entity; others are refused, or ignored.

    A flat id overrules the link of the same name; in a change even where it is null, which is why a link that is
    changed in a fetched entity alone has no effect.
    """
    parts = Parts()
    for name, value in sent.items():
        found = resource.field(name)
        if found is not None and found.writable:
            parts.values[found.column] = _checked(found, value)
        if found is None and refuse_unknown and not _is_known(resource, name):
            raise bad_request(f"Could not find member '{name}' on object of type '{resource.name}'", about=name)
    for name, link in _object(sent, "links").items():
        one, many = resource.to_one.get(name.lower()), resource.to_many.get(name.lower())
        if one is not None:
            overruled = parts.values.get(one.column) is not None or (not new and one.column in parts.values)
            if not overruled and resource.fields[f"{one.name}Id".lower()].writable:
                parts.ones.append((one, _reference(name, link)))
        elif many is not None:
            parts.manies.append((many, _references(name, link)))
    return parts


def _is_known(resource: Resource, name: str) -> bool:
    if resource.extra_prefix and name.lower().startswith(resource.extra_prefix.lower()):
        return True
    return name.lower() in BESIDE_FIELDS or name.lower() in resource.to_one


def _checked(found: Field, value: Any) -> Any:
    if value is None and found.nullable:
        return None
    if not _fits(found.kind, value):
        raise bad_request(f"Error converting value {json.dumps(value)} for '{found.name}'", about=found.name)
    return value


def _fits(kind: Kind, value: Any) -> bool:
    match kind:
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "str":
            return isinstance(value, str)
        case "date":
            return isinstance(value, str) and moments.parse(value) is not None
        case "any":
            return True


def _reference(name: str, link: Any) -> Reference:
    if link is None:
        return Reference()
    number, temporary_id = (get(link, "id"), get(link, "temporaryId")) if isinstance(link, dict) else (None, None)
    if isinstance(number, int):
        return Reference(id=number)
    if isinstance(link, dict) and "id" in link and number is None:
        return Reference()
    if temporary_id is None:
        raise bad_request(f"The link '{name}' has neither id nor temporaryId", about=name)
    return Reference(temporary_id=str(temporary_id))


def _references(name: str, link: Any) -> list[Reference]:
    if link is None:
        return []
    if isinstance(link, list):
        return [_reference(name, one) for one in link]
    numbers = get(link, "ids") if isinstance(link, dict) else None
    if not isinstance(numbers, list):
        raise bad_request(f"The link '{name}' is neither an array nor an object with ids", about=name)
    return [Reference(id=int(number)) for number in numbers]
