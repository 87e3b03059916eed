"""Frozen dataclasses as Table entities and back: one column a field, those at their default left out.

A part of a noun has columns in the noun's own row. Columns keep the names that they were first written with, so that
an application of the version before reads what this one writes, and the other way round. And the names of the rows
that more than one adapter reads.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from dispatch.core import Batch, Dispatch, DispatchKey, IndexLine, Recipient, SenderState, Slot, TicketId

Row = TypeVar("Row")
PAGE = 250  # rows; the service gives 1,000, which take 0.2 s to read, and nothing else runs meanwhile
HEAD = "dispatch"
INDEX, SENDER = "index", "lane"  # partitions; a sender was once called a lane
MOMENT = "%Y%m%dT%H%M%S"
NOT_STORED = ("version", "journal")  # the one is the row's ETag, the other has columns of its own
# Fields of a part whose column has another name than the field.
COLUMNS: Mapping[tuple[type, str], Mapping[str, str]] = {
    (Dispatch, "content"): {
        "letter_hash": "content_hash",
        "letter_bytes": "content_bytes",
        "own_ticket_hash": "case_hash",
    },
    (Dispatch, "plan"): {"made": "planned_at", "asked": "asked_at", "tries": "plan_tries", "put_off": "plan_put_off"},
    (Dispatch, "rounds"): {"asked": "attempt", "current": "rounds", "ended": "ended_round"},
    (Dispatch, "rounds.approval"): {
        "wanted": "approval_wanted",
        "asked": "approval_asked",
        "untold": "approval_untold",
    },
    (Dispatch, "notes"): {
        "stops": "stops_told",
        "start": "start_told",
        "half": "half_told",
        "waiting": "waiting_told",
        "again": "again_told",
        "returned": "returned_told",
        "watched": "watched_round",
        "beside": "beside_told",
    },
    (Dispatch, "lease"): {"until": "owner_until"},
    (Batch, "lease"): {"until": "lease_until"},
    (Batch, "refusals"): {
        "in_a_row": "refusals",
        "since": "refused_since",
        "waited": "refused_waited",
        "about": "refused_about",
        "code": "refused_code",
        "held": "refused_held",
    },
    (Batch, "faults"): {"in_a_row": "faults", "since": "faulted_since", "waited": "faulted_waited"},
    (Recipient, "attempt"): {"count": "attempts", "first": "first_attempt"},
    (Recipient, "attempt.route"): {"sender": "sent_from", "redirect": "redirected_to"},
    (Recipient, "attempt.returned"): {"at": "returned_at", "cause": "returned_cause", "code": "returned_code"},
    (Recipient, "doubt"): {"since": "in_doubt_since", "waited": "doubt_waited", "resent": "resent_in_doubt"},
    (Recipient, "own"): {"blob": "own_blob", "row": "own_row"},
    (Recipient, "own_ticket"): {"id": "case_id", "number": "case_number", "note": "case_note"},
}


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


def sender_entity(sender: SenderState) -> dict[str, Any]:
    """The entity that holds the sender, and the address only as the key that is made of it."""
    entity = to_entity(sender, partition=SENDER, row=sender_row(sender.mailbox), leave_out=("slots", "mailbox"))
    slots = [{"owner": slot.owner, "permits": slot.permits, "until": slot.until.isoformat()} for slot in sender.slots]
    return {**entity, "slots": json.dumps(slots)}


def index_line(entity: Mapping[str, Any]) -> IndexLine:
    """The line of the index that the entity holds."""
    row = str(entity["RowKey"])
    since = datetime.strptime(row.split("|")[1], MOMENT).replace(tzinfo=UTC)
    ticket = entity.get("ticket_id")
    return IndexLine(DispatchKey(entity["key"]), row, since, ticket and TicketId(ticket))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a noun's row: where its content stands in the noun, and what it is read as."""

    name: str
    part: str  # empty where the field is the noun's own; a part of a part is behind a dot
    field: str
    default: Any
    target: Any
    many: bool


def to_entity(value: Any, *, partition: str, row: str, leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    """The entity that holds the dataclass; fields at their default are left out to keep rows small."""
    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": row}
    kind: Any = type(value)
    for column in columns(kind):
        holder = attrgetter(column.part)(value) if column.part else value
        content = getattr(holder, column.field)
        if column.name not in leave_out and content != column.default:
            entity[column.name] = _plain(content)
    return entity


def from_entity(kind: type[Row], entity: Mapping[str, Any], **extra: Any) -> Row:
    """The dataclass that the entity holds; ``extra`` gives the fields that its keys or metadata carry."""
    noun: Any = kind
    parts: dict[str, dict[str, Any]] = {"": dict(extra)}
    for column in columns(noun):
        if column.name in entity and column.name not in extra:
            content = _typed(entity[column.name], column.target, many=column.many)
            parts.setdefault(column.part, {})[column.field] = content
    for path, part in part_types(noun).items():
        if path in parts:
            outer, _, name = path.rpartition(".")
            parts.setdefault(outer, {})[name] = part(**parts[path])
    return kind(**parts[""])


@cache
def columns(kind: Any) -> tuple[Column, ...]:
    """The columns of a noun's row, those of its parts among them."""
    return tuple(_columns(kind))


@cache
def part_types(kind: Any) -> Mapping[str, Any]:
    """The noun's parts, the fields that are dataclasses of their own, and before each those that it has itself."""
    found: dict[str, Any] = {}
    direct: Mapping[str, Any] = {name: hint for name, hint in get_type_hints(kind).items() if is_dataclass(hint)}
    for name, part in direct.items():
        found |= {f"{name}.{inner}": deeper for inner, deeper in part_types(part).items()}
        found[name] = part
    return found


def _columns(noun: Any, path: str = "") -> Iterator[Column]:
    """The columns of the noun, or of its part of that path."""
    kind = part_types(noun)[path] if path else noun
    names = COLUMNS.get((noun, path), {})
    for field in fields(kind):
        inner = f"{path}.{field.name}" if path else field.name
        if inner in part_types(noun):
            yield from _columns(noun, inner)
        elif field.name not in NOT_STORED:
            yield _column(kind, field, names.get(field.name, field.name), path)


def _column(kind: Any, field: Field[Any], name: str, part: str) -> Column:
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    target, many = _target(get_type_hints(kind)[field.name])
    return Column(name, part, field.name, default, target, many)


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


def _target(hint: Any) -> tuple[Any, bool]:
    """What one column is read as, and whether it holds many of them."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    origin = get_origin(hint)
    if origin is tuple:
        return get_args(hint)[0], True
    return (Mapping if origin is not None else hint), False
