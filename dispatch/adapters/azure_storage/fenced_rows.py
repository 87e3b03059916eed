"""Rows of the table, read one or a range at a time, and written only where nobody else has written meanwhile.

Where the answer to a write is lost the SDK repeats it, and is told that the row has changed: by the first try. So each
write leaves its own mark in the rows that it is conditional on, and whoever finds it there has written.
"""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.data.tables import TableErrorCode, UpdateMode
from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage.table_rows import PAGE
from dispatch.core import NO_VERSION, LostRace

MOST_ROWS = 100  # of one transaction; the service's own limit
CONFLICT = frozenset({409, 412})
MARK = "written_by"  # the write that the row is of; nobody reads it but whoever wrote it
# The SDK fills in parameters that stand between blanks, before a bracket too.
RANGE = "PartitionKey eq @p and RowKey ge @a and RowKey lt @b"

Operation = tuple[str, Mapping[str, Any]] | tuple[str, Mapping[str, Any], Mapping[str, Any]]
"""One row's part of a transaction."""


def if_unchanged(entity: Mapping[str, Any], version: str) -> Operation:
    """Replaces the row if it is still of this version; else the whole transaction is refused."""
    options = {"mode": UpdateMode.REPLACE, "etag": version, "match_condition": MatchConditions.IfNotModified}
    return ("update", entity, options)


def written(entity: Mapping[str, Any]) -> Operation:
    """Writes the row, whatever is there."""
    return ("upsert", entity, {"mode": UpdateMode.REPLACE})


def removed(partition: str, row: str) -> Operation:
    """Removes the row."""
    return ("delete", {"PartitionKey": partition, "RowKey": row})


def etag_of(answer: Mapping[str, Any]) -> str:
    """The version that a row got, or has."""
    return str(answer["etag"])


class FencedRows:
    """The table's rows. What somebody else has written meanwhile is a ``LostRace``."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def get(self, partition: str, row: str) -> Any:
        """One row; None where it is missing."""
        try:
            return await self._table.get_entity(partition, row)
        except ResourceNotFoundError:
            return None

    async def put(self, entity: Mapping[str, Any], version: str) -> str:
        """Replaces the row if it is still of this version, or inserts one of no version yet; returns the new one.

        Raises:
            LostRace: it is of another, or there is one already.
        """
        marked = _marked(entity)
        try:
            return etag_of(await self._put(marked, version))
        except AzureError as exc:
            return await self._written_by(marked, exc)

    async def _put(self, entity: dict[str, Any], version: str) -> Mapping[str, Any]:
        if version == NO_VERSION:
            return await self._table.create_entity(entity)
        return await self._table.update_entity(
            entity, mode=UpdateMode.REPLACE, etag=version, match_condition=MatchConditions.IfNotModified
        )

    async def put_with(self, entity: Mapping[str, Any], version: str, others: Sequence[Mapping[str, Any]]) -> str:
        """The same, with other rows of the partition written along, all or nothing."""
        if not others:
            return await self.put(entity, version)
        versions = await self.together([if_unchanged(entity, version), *map(written, others)])
        return versions[0]

    async def together(self, operations: Sequence[Operation]) -> Sequence[str]:
        """All of them or none. Those that are to be unchanged come first; returns the version that each of them got.

        Raises:
            LostRace: a row that was to be unchanged has changed.
        """
        if len(operations) > MOST_ROWS:
            raise ValueError(f"{len(operations)} rows in one transaction; {MOST_ROWS} is the limit")
        by = uuid.uuid4().hex
        marked = [(row[0], _marked(row[1], by), *row[2:]) if row[0] == "update" else row for row in operations]
        fences = [row[1] for row in marked if row[0] == "update"]
        try:
            answers = await self._table.submit_transaction(marked)
            return [etag_of(answer) for answer in answers[: len(fences)]]
        except AzureError as exc:
            versions = [await self._written_by(fences[0], exc)]
            for row in fences[1:]:
                standing = await self._standing(row)
                if standing is None:
                    # It was written with the first, and has been changed since: the version is not ours to act on.
                    raise LostRace(f"{row['PartitionKey']} {row['RowKey']}") from exc
                versions.append(standing)
            return versions

    async def _written_by(self, marked: Mapping[str, Any], exc: AzureError) -> str:
        """The version of the row where it stands as this write has left it; else what the error comes to."""
        standing = await self._standing(marked)
        if standing is None:
            raise _translated(exc, marked) from exc
        return standing

    async def _standing(self, marked: Mapping[str, Any]) -> str | None:
        """The version of the row where it stands as the write of this mark has left it."""
        found = await self.get(marked["PartitionKey"], marked["RowKey"])
        return etag_of(found.metadata) if found is not None and found.get(MARK) == marked[MARK] else None

    def between(self, partition: str, first: str, end: str, *, also: str = "", page: int = PAGE) -> AsyncIterator[Any]:
        """Rows from the first key to the one before ``end``, where a further condition is given those that it takes."""
        query = f"{RANGE} and ({also})" if also else RANGE
        parameters = {"p": partition, "a": first, "b": end}
        return aiter(self._table.query_entities(query, parameters=parameters, results_per_page=page))

    async def keys(self, partition: str, first: str, end: str) -> AsyncIterator[str]:
        """Keys of the rows from the first to the one before ``end``."""
        names, parameters = ["PartitionKey", "RowKey"], {"p": partition, "a": first, "b": end}
        query = self._table.query_entities(RANGE, parameters=parameters, select=names, results_per_page=PAGE)
        async for entity in query:
            yield str(entity["RowKey"])


def _marked(entity: Mapping[str, Any], by: str = "") -> dict[str, Any]:
    return {**entity, MARK: by or uuid.uuid4().hex}


def _translated(exc: Exception, entity: Mapping[str, Any]) -> Exception:
    status = getattr(exc, "status_code", None)
    gone = isinstance(exc, ResourceNotFoundError) or getattr(exc, "error_code", "") == TableErrorCode.RESOURCE_NOT_FOUND
    if status in CONFLICT or gone:
        return LostRace(f"{entity['PartitionKey']} {entity['RowKey']}")
    return exc
