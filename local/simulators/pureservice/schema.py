"""The words to describe a resource with: its fields, what it refers to, and what refers to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["int", "str", "bool", "date", "any"]

COMMON_NUMBERS = "createdById modifiedById"
COMMON_MOMENTS = "created modified"
READ_ONLY = frozenset({"id", "created", "modified", "createdById", "modifiedById"})


@dataclass(frozen=True, slots=True)
class Field:
    """One property: its name in JSON, where it is stored, its kind, and its value where nothing was set."""

    name: str
    kind: Kind
    default: Any = None
    writable: bool = True
    column: str = ""

    @property
    def nullable(self) -> bool:
        """Whether null may be stored."""
        return self.default is None or self.kind in {"str", "any"}


@dataclass(frozen=True, slots=True)
class ToOne:
    """A reference to one entity; its id is also a property, ``<name>Id``."""

    name: str
    target: str
    column: str


@dataclass(frozen=True, slots=True)
class ToMany:
    """Entities that refer back by ``foreign_key``, or whose ids are stored here in ``ids_column``."""

    name: str
    target: str
    foreign_key: str = ""
    ids_column: str = ""
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of entity. Names are looked up in any case."""

    name: str
    plural: str
    fields: Mapping[str, Field]
    to_one: Mapping[str, ToOne]
    to_many: Mapping[str, ToMany]
    routable: bool = True
    extra_prefix: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def field(self, name: str) -> Field | None:
        """The property of that name."""
        found = self.fields.get(name.lower())
        if found is None and self.extra_prefix and name.lower().startswith(self.extra_prefix.lower()):
            return Field(name, "any", column=self.extra_prefix + name[len(self.extra_prefix) :])
        return found


def resource(  # the arguments are the table of a resource
    name: str,
    plural: str = "",
    *,
    texts: str = "",
    numbers: str = "",
    moments: str = "",
    values: Mapping[str, Any] | None = None,
    to_one: Mapping[str, str] | None = None,
    to_many: tuple[ToMany, ...] = (),
    custom_fields: bool = False,
    read_only: str = "",
    routable: bool = True,
    extra_prefix: str = "",
    columns: Mapping[str, str] | None = None,
) -> Resource:
    """A resource from lists of names; ``values`` gives the properties that are never null and what they start as."""
    stored = columns or {}
    closed = READ_ONLY | set(read_only.split())
    ones = {key: ToOne(key, target, stored.get(f"{key}Id", f"{key}Id")) for key, target in (to_one or {}).items()}
    kinds: list[tuple[str, Kind, Any]] = [("id", "int", None)]
    kinds += [(key, "str", None) for key in texts.split()]
    kinds += [(key, _kind(value), value) for key, value in (values or {}).items()]
    kinds += [(key, "int", None) for key in numbers.split()]
    kinds += [(f"{key}Id", "int", None) for key in ones]
    kinds += [(f"cf_{number}", "any", None) for number in range(1, 10) if custom_fields]
    kinds += [(key, "date", None) for key in f"{moments} {COMMON_MOMENTS}".split()]
    kinds += [(key, "int", None) for key in COMMON_NUMBERS.split()]
    fields = {
        key.lower(): Field(key, kind, default, key not in closed, stored.get(key, key)) for key, kind, default in kinds
    }
    return Resource(
        name=name,
        plural=plural or f"{name}s",
        fields=fields,
        to_one={key.lower(): one for key, one in ones.items()},
        to_many={many.name.lower(): many for many in to_many},
        routable=routable,
        extra_prefix=extra_prefix,
        defaults={one.column: one.default for one in fields.values()},
    )


def _kind(value: object) -> Kind:
    if isinstance(value, bool):
        return "bool"
    return "int" if isinstance(value, int) else "str"
