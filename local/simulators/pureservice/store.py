"""The entities: tables of rows with indexes that come when they are asked for, and all-or-nothing writes."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from local.simulators.pureservice import moments
from local.simulators.pureservice.resources import Schema, schema
from local.simulators.pureservice.table import Row, Table

__all__ = ["API_USER_ID", "Row", "Store", "Table"]

API_USER_ID = 1
"""Whom the API key belongs to: ``createdById`` of what comes in over HTTP."""

FIRST_REQUEST_NUMBER = 10234

FIRST_IDS = {
    "company": 71,
    "asset": 501,
    "companyemailaddress": 771,
    "relationship": 2001,
    "communicationrecipient": 3301,
    "attachment": 4001,
    "email": 7001,
    "communication": 8001,
    "ticket": 9001,
    "user": 30001,
    "emailaddress": 88001,
}
"""Apart from each other, so that a client that takes one kind of id for another does not get away with it."""


class Store:
    """Everything in one Pureservice. ``store.tickets[9001]["statusId"]`` is read and assigned like a dictionary."""

    statuses: Table
    requesttypes: Table
    departments: Table
    teams: Table
    sources: Table
    priorities: Table
    tickettypes: Table
    categories: Table
    assettypes: Table
    assettypefields: Table
    assetstatuses: Table
    assets: Table
    relationshiptypes: Table
    relationships: Table
    users: Table
    emailaddresses: Table
    phonenumbers: Table
    companies: Table
    companyemailaddresses: Table
    tickets: Table
    communications: Table
    communicationrecipients: Table
    communicationtypes: Table
    languages: Table
    credentials: Table
    emails: Table
    attachments: Table

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.schema: Schema = schema()
        self.version = 0
        self.tables = {
            name: Table(resource, self._changed, FIRST_IDS.get(name, 1)) for name, resource in self.schema.items()
        }
        for table in self.tables.values():
            setattr(self, table.resource.plural, table)
        self._now = now or (lambda: datetime.now(UTC))
        self._undo: list[Callable[[], object]] | None = None
        self._request_numbers = itertools.count(FIRST_REQUEST_NUMBER)
        self.hidden: dict[str, set[int]] = {}  # ids that the key may not see, by resource
        self._files: dict[int, bytes] = {}
        self._pairs: dict[int, int] = {}

    def now(self) -> str:
        """The time as it is written on rows."""
        return moments.as_text(self._now())

    def table(self, resource: str) -> Table:
        """The table of a resource by its name in the singular."""
        return self.tables[resource]

    def add(self, resource: str, **values: Any) -> Row:
        """Stores a row as it is, with the time and maker of its creation."""
        return self.tables[resource].insert({"created": self.now(), "createdById": API_USER_ID, **values})

    def update(self, resource: str, row: Row, changes: Mapping[str, Any]) -> None:
        """Assigns values to a row of the resource, as ``row.update`` does."""
        self.tables[resource][row["id"]].update(changes)

    def next_request_number(self) -> int:
        """The public number of the next ticket; none is given twice."""
        return next(self._request_numbers)

    # --- relationships are kept as two rows that mirror each other

    def relate(self, **values: Any) -> Row:
        """Stores a relationship and its mirror; the values give one ``from...Id`` and one ``to...Id``."""
        row = self.add("relationship", **values)
        mirror = self.add("relationship", **mirrored(values))
        self._pairs[row["id"]], self._pairs[mirror["id"]] = mirror["id"], row["id"]
        return row

    def mirror_of(self, row: Row) -> Row | None:
        """The same relationship seen from the other end."""
        return self.relationships.get(self._pairs.get(row["id"], 0))

    # --- files

    def put_file(self, attachment_id: int, content: bytes) -> None:
        """Keeps the content of an attachment."""
        self._files[attachment_id] = content

    def file_bytes(self, attachment_id: int) -> bytes:
        """The content of an attachment."""
        return self._files[attachment_id]

    # --- all or nothing

    def _changed(self, undo: Callable[[], object]) -> None:
        self.version += 1
        if self._undo is not None:
            self._undo.append(undo)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Takes every change back if the block raises."""
        done: list[Callable[[], object]] = []
        self._undo = done
        try:
            yield
        except BaseException:
            self._undo = None
            for undo in reversed(done):
                undo()
            raise
        finally:
            self._undo = None


def mirrored(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a relationship seen from the other end."""
    turned = {_turned(key): value for key, value in values.items() if key not in {"id", "main", "inverseMain"}}
    return {**turned, "main": values.get("inverseMain"), "inverseMain": values.get("main")}


def _turned(key: str) -> str:
    if key.endswith("Id") and key.startswith("from"):
        return "to" + key[4:]
    return "from" + key[2:] if key.endswith("Id") and key.startswith("to") else key
