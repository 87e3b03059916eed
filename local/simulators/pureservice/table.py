"""Rows by id, with indexes that are made when first asked for and follow every change after that."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from local.simulators.pureservice.schema import Resource

Changed = Callable[[Callable[[], object]], None]
"""Is told of every change, and how to take it back."""


class Row(dict[str, Any]):
    """One entity. Holds what was set, the resource's defaults stand behind it; indexes follow what is assigned."""

    __slots__ = ("table",)

    def __init__(self, table: "Table", values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.table = table

    @property
    def resource(self) -> str:
        """What it is, in the singular: ``user``, ``company`` ..."""
        return self.table.resource.name

    def __missing__(self, key: str) -> Any:
        return self.table.resource.defaults[key]

    def get(self, key: str, default: Any = None) -> Any:
        """The value, else the resource's default for it, else ``default``."""
        return self[key] if key in self else self.table.resource.defaults.get(key, default)

    def __setitem__(self, key: str, value: Any) -> None:
        self.table.assign(self, key, value)

    def update(self, *others: Any, **values: Any) -> None:
        """Assigns each value."""
        for key, value in dict(*others, **values).items():
            self[key] = value


class Table(Mapping[int, Row]):
    """The rows of one resource."""

    def __init__(self, resource: Resource, changed: Changed, first_id: int = 1) -> None:
        self.resource = resource
        self._changed = changed
        self._rows: dict[int, Row] = {}
        self._indexes: dict[str, dict[Any, dict[int, None]]] = {}
        self._next_id = first_id

    def __getitem__(self, key: int) -> Row:
        return self._rows[key]

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def insert(self, values: Mapping[str, Any]) -> Row:
        """Stores a new row, with the next id unless one is given."""
        number = cast("int", values.get("id") or self._next_id)
        if number in self._rows:
            raise ValueError(f"{self.resource.name} {number} exists already")
        self._next_id = max(self._next_id, number + 1)
        row = Row(self, {"id": number, **values})
        self._put(row)
        return row

    def _put(self, row: Row) -> None:
        number = row["id"]
        self._rows[number] = row
        for column, index in self._indexes.items():
            index.setdefault(_key(row.get(column)), {})[number] = None
        self._changed(lambda: self.__delitem__(number))

    def __delitem__(self, key: int) -> None:
        row = self._rows.pop(key)
        for column, index in self._indexes.items():
            index.get(_key(row.get(column)), {}).pop(key, None)
        self._changed(lambda: self._put(row))

    def assign(self, row: Row, column: str, value: Any) -> None:
        """Sets one value of a row."""
        had, before = column in row, row.get(column)
        dict.__setitem__(row, column, value)
        index = self._indexes.get(column)
        if index is not None and self._rows.get(row["id"]) is row:
            index.get(_key(before), {}).pop(row["id"], None)
            index.setdefault(_key(value), {})[row["id"]] = None
        self._changed(lambda: self._restore(row, column, before, had=had))

    def _restore(self, row: Row, column: str, value: Any, *, had: bool) -> None:
        self.assign(row, column, value)
        if not had:
            dict.pop(row, column, None)

    def ids_where(self, column: str, value: Any) -> Sequence[int]:
        """Ids of the rows that have the value, by id; text in any case. Costs what it finds, not what there is."""
        index = self._indexes.get(column)
        if index is None:
            index = self._indexes[column] = {}
            for number, row in self._rows.items():
                index.setdefault(_key(row.get(column)), {})[number] = None
        return sorted(index.get(_key(value), ()))

    def where(self, column: str, value: Any) -> list[Row]:
        """The rows that have the value, by id."""
        return [self._rows[number] for number in self.ids_where(column, value)]

    def named(self, name: str, **also: Any) -> Row:
        """The first row of that name that has the other values too."""
        for row in self.where("name", name):
            if all(row[key] == value for key, value in also.items()):
                return row
        raise LookupError(f"No {self.resource.name} is named {name!r}")


def _key(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    return tuple(value) if isinstance(value, list) else value
