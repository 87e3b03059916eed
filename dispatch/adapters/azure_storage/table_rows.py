"""Frozen dataclasses as Table entities and back: one column a field, those at their default left out.

And the names of the rows that more than one adapter reads.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from dispatch.core import DispatchKey, IndexLine, SenderState, Slot

Row = TypeVar("Row")
PAGE = 250  # rows; the service gives 1,000, which take 0.2 s to read, and nothing else runs meanwhile
HEAD = "dispatch"
INDEX, SENDER = "index", "lane"
MOMENT = "%Y%m%dT%H%M%S"


def sender_row(mailbox: str) -> str:
    """The row of a mailbox's sender: an address is no part of a key."""
    return base64.b32encode(hashlib.sha256(mailbox.lower().encode()).digest()).decode()[:26].lower()


def sender_from(mailbox: str, entity: Mapping[str, Any], **extra: Any) -> SenderState:
    """The sender that the entity holds."""
    slots = tuple(
        Slot(item["owner"], item["permits"], datetime.fromisoformat(item["until"]))
        for item in json.loads(entity.get("slots", "[]"))
    )
    return from_entity(SenderState, entity, mailbox=mailbox, slots=slots, **extra)


def index_line(entity: Mapping[str, Any]) -> IndexLine:
    """The line of the index that the entity holds."""
    row = str(entity["RowKey"])
    since = datetime.strptime(row.split("|")[1], MOMENT).replace(tzinfo=UTC)
    return IndexLine(DispatchKey(entity["key"]), row, since)


def to_entity(value: Any, *, partition: str, row: str, leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    """The entity that holds the dataclass; fields at their default are left out to keep rows small."""
    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": row}
    for field in fields(value):
        content = getattr(value, field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if field.name not in (*leave_out, "version") and content != default:
            entity[field.name] = _plain(content)
    return entity


def from_entity(kind: type[Row], entity: Mapping[str, Any], **extra: Any) -> Row:
    """The dataclass that the entity holds; ``extra`` gives the fields that its keys or metadata carry."""
    values = dict(extra)
    described: Any = kind
    for name, (target, many) in _targets(described).items():
        if name in entity and name not in values:
            values[name] = _typed(entity[name], target, many=many)
    return kind(**values)


def _plain(content: Any) -> Any:
    if isinstance(content, StrEnum):
        return str(content)
    if isinstance(content, Mapping):
        return json.dumps(dict(content), separators=(",", ":"), sort_keys=True)
    if isinstance(content, tuple):
        return ",".join(str(item) for item in content)
    return content


def _typed(content: Any, target: Any, *, many: bool) -> Any:
    if many:
        return tuple(target(item) for item in str(content).split(",") if item)
    if target is Mapping:
        return json.loads(str(content))
    if isinstance(content, datetime):
        # The SDK's own subclass carries a service value that would not compare equal to what was written.
        return datetime.fromtimestamp(content.timestamp(), UTC).replace(microsecond=content.microsecond)
    return target(content) if isinstance(target, type) and issubclass(target, StrEnum) else content


@cache
def _targets(kind: Any) -> dict[str, tuple[Any, bool]]:
    found: dict[str, tuple[Any, bool]] = {}
    for name, hint in get_type_hints(kind).items():
        inner = hint
        if get_origin(hint) in (Union, UnionType):
            inner = next(arg for arg in get_args(hint) if arg is not type(None))
        origin = get_origin(inner)
        if origin is tuple:
            found[name] = (get_args(inner)[0], True)
        else:
            found[name] = (Mapping if origin is not None else inner, False)
    return found
