"""Creating, changing and removing entities: one request is one transaction."""

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from local.simulators.pureservice.bodies import Body, Json, Parts, Reference, get, take_apart
from local.simulators.pureservice.effects import Effects
from local.simulators.pureservice.errors import ApiError, bad_request
from local.simulators.pureservice.resources import SIDES, Schema
from local.simulators.pureservice.rules import Rules
from local.simulators.pureservice.schema import Resource, ToMany
from local.simulators.pureservice.store import API_USER_ID, Row, Store
from local.simulators.pureservice.switches import Switches

TICKET_LINKS = ("requestType", "user", "ticketType", "priority", "status", "source", "assignedDepartment")
NEEDED = {
    "ticket": ("subject",),
    "attachment": ("fileName",),
    "communication": ("ticketId",),
    "emailaddress": ("email",),
    "companyemailaddress": ("email",),
    "company": ("name",),
    "relationship": ("typeId",),
}
SOFTLY_DELETED = frozenset({"ticket", "asset"})


@dataclass(frozen=True, slots=True)
class Write:
    """One change that came over HTTP and was made; ``payload`` is the entity as sent, without file content."""

    method: str
    resource: str
    id: int
    payload: Json


@dataclass(slots=True)
class Writer:
    """Makes the changes of one request and remembers them in ``done``."""

    store: Store
    schema: Schema
    switches: Switches
    effects: Effects
    method: str
    body: Body
    done: list[Write] = field(default_factory=list)
    _made: dict[str, int] = field(default_factory=dict)

    def create_all(self, resource: Resource) -> list[Row]:
        """One new row for each entity of the body."""
        return [self._create(resource, sent, {}) for sent in self.body.entities]

    def change(self, resource: Resource, row: Row) -> None:
        """Puts the body's entity over the row; with PUT what is left out goes back to where it started."""
        sent = self.body.entities[0]
        if get(sent, "id") not in {None, row["id"]}:
            raise bad_request("The id of the entity is not the id of the address", about="id")
        parts = self._taken_apart(resource, sent, new=False)
        values = self._resolved(resource, parts)
        _check_kept(resource, values)
        if self.method == "PUT" and self.switches.put_clears_omitted:
            values = {**_cleared(resource, row), **values}
        if resource.name == "email" and self.switches.email_patch == "ignored":
            values.pop("status", None)
        self.rules.check_change(row, values)
        before = dict(row)
        row.update(values)
        self._attach_all(row, parts, replace=True)
        row.update(modified=self.store.now(), modifiedById=API_USER_ID)
        self.effects.changed(row, before)
        self._remember(resource, row, sent)

    def remove(self, resource: Resource, row: Row) -> None:
        """Deletes the row, and a relationship's mirror with it. Tickets and assets are only marked."""
        if resource.name in SOFTLY_DELETED:
            row["isMarkedForDeletion"] = True
        else:
            table = self.store.tables[resource.name]
            mirror = self.store.mirror_of(row) if resource.name == "relationship" else None
            for gone in filter(None, (row, mirror)):
                del table[gone["id"]]
        self._remember(resource, row, {})

    @property
    def rules(self) -> Rules:
        """What a change must respect."""
        return Rules(self.store, self.switches)

    def _taken_apart(self, resource: Resource, sent: Json, *, new: bool) -> Parts:
        return take_apart(resource, sent, new=new, refuse_unknown=self.switches.unknown_property == "refuse")

    # --- one new entity

    def _create(self, resource: Resource, sent: Json, given: dict[str, Any]) -> Row:
        parts = self._taken_apart(resource, sent, new=True)
        values = {**self._resolved(resource, parts), **given}
        self._check_needed(resource, values)
        self.rules.check_new(resource, values)
        row = self._insert(resource, values, sent)
        self._attach_all(row, parts, replace=False)
        self.effects.created(row)
        self._remember(resource, row, sent)
        return row

    def _insert(self, resource: Resource, values: dict[str, Any], sent: Json) -> Row:
        match resource.name:
            case "relationship":
                return self._relate(values)
            case "attachment":
                content = _decoded(get(sent, "bytes"))
                name = values["fileName"]
                if self.method == "POST" and not self.switches.attachments_tied:
                    values["isPartOfCurrentSolution"] = False
                row = self.store.add(
                    "attachment", **{"name": PurePosixPath(name).stem, **values, "contentLength": len(content)}
                )
                self.store.put_file(row["id"], content)
                return row
            case "ticket":
                values["requestNumber"] = self.store.next_request_number()
                if self.switches.ignore_agent_on_create:
                    values.pop("assignedAgentId", None)
        return self.store.add(resource.name, **values)

    def _relate(self, values: dict[str, Any]) -> Row:
        ends = [
            [f"{way}{side}Id" for side in SIDES if values.get(f"{way}{side}Id") is not None] for way in ("from", "to")
        ]
        if any(len(one) != 1 for one in ends):
            raise bad_request("A relationship has exactly one from and one to", about="relationship")
        (from_column,), (to_column,) = ends
        if self.switches.unique_relationships:
            for other in self.store.relationships.where(from_column, values[from_column]):
                if other.get(to_column) == values[to_column] and other["typeId"] == values["typeId"]:
                    raise bad_request("The relationship exists already", about="relationship")
        main, inverse = (f"{column[0].upper()}{column[1:]}" for column in (to_column, from_column))
        return self.store.relate(**{"main": main, "inverseMain": inverse, **values})

    def _check_needed(self, resource: Resource, values: dict[str, Any]) -> None:
        needed = [*NEEDED.get(resource.name, ())]
        if resource.name == "ticket" and self.switches.ticket_links_required:
            needed += [f"{name}Id" for name in TICKET_LINKS]
        absent = [name for name in needed if values.get(name) in {None, ""}]
        if absent:
            raise bad_request(f"The {resource.name} lacks {', '.join(absent)}", about=absent[0])

    # --- references

    def _resolved(self, resource: Resource, parts: Parts) -> dict[str, Any]:
        """The values, with ids for the to-one links; every id must be that of something."""
        values = dict(parts.values)
        for one, reference in parts.ones:
            values[one.column] = self._id_of(one.name, reference, {})
        for one in resource.to_one.values():
            number = values.get(one.column)
            if number is not None and number not in self.store.tables[one.target]:
                raise bad_request(f"There is no {one.target} with id {number}", about=one.name)
        return values

    def _id_of(self, name: str, reference: Reference, given: dict[str, Any]) -> int | None:
        temporary_id = reference.temporary_id
        if temporary_id is None:
            return reference.id
        if temporary_id not in self._made:
            self._made[temporary_id] = self._create_linked(name, temporary_id, given)
        return self._made[temporary_id]

    def _create_linked(self, name: str, temporary_id: str, given: dict[str, Any]) -> int:
        plural, sent = self.body.linked.pop(temporary_id, ("", {}))
        resource = next((one for one in self.schema.values() if one.plural == plural), None)
        if resource is None:
            raise bad_request(f"'{name}' names temporaryId '{temporary_id}', which linked has not", about=name)
        number: int = self._create(resource, sent, given)["id"]
        return number

    def _attach_all(self, row: Row, parts: Parts, *, replace: bool) -> None:
        for many, references in parts.manies:
            kept = [] if replace else list(row.get(many.ids_column) or [])
            numbers = [*kept, *(self._attach(row, many, one) for one in references)]
            if many.ids_column:
                row[many.ids_column] = numbers

    def _attach(self, row: Row, many: ToMany, reference: Reference) -> int:
        given = {many.foreign_key: row["id"]} if many.foreign_key else {}
        if many.ids_column and many.target == "attachment":
            given = {"ticketId": row.get("ticketId")}
        number = self._id_of(many.name, reference, given)
        table = self.store.tables[many.target]
        if number is None or number not in table:
            raise bad_request(f"There is no {many.target} with id {number}", about=many.name)
        if many.foreign_key and table[number].get(many.foreign_key) != row["id"]:
            table[number][many.foreign_key] = row["id"]
        return number

    def _remember(self, resource: Resource, row: Row, sent: Json) -> None:
        payload = {key: value for key, value in sent.items() if key.lower() != "bytes"}
        self.done.append(Write(self.method, resource.name, row["id"], payload))


def _check_kept(resource: Resource, values: dict[str, Any]) -> None:
    """What a new entity needs can not be taken from it later."""
    needed = [*NEEDED.get(resource.name, ()), *(f"{name}Id" for name in TICKET_LINKS if resource.name == "ticket")]
    nulled = [name for name in needed if name in values and values[name] is None]
    if nulled:
        raise bad_request(f"The {resource.name} needs {', '.join(nulled)}", about=nulled[0])


def _cleared(resource: Resource, row: Row) -> dict[str, Any]:
    """What a full replacement sets where it says nothing; references that must be there stay."""
    needed = {name for names in NEEDED.values() for name in names} | {f"{name}Id" for name in TICKET_LINKS}
    return {
        one.column: one.default
        for one in resource.fields.values()
        if one.writable and one.column in row and one.column not in needed
    }


def _decoded(content: Any) -> bytes:
    if not isinstance(content, str):
        raise bad_request("The attachment has no bytes", about="bytes")
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise ApiError(400, "The bytes are not base64", about="bytes") from None
