"""What reports said of a dispatch's letters, kept until it is written on their recipients.

A recipient's row may only be written while no worker has its batch, and a report can be quicker than that.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dispatch.core import DispatchKey, ReturnCause
from dispatch.planning import change_document
from dispatch.services import Services

Spot = tuple[int, int]
"""Batch and index of a recipient."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One letter that came back. ``sure`` is False where nothing but an address says that it is this one."""

    spot: Spot
    cause: ReturnCause
    code: str
    words: str
    at: datetime  # when the report came
    sure: bool
    written: bool = False  # on the recipient, or there is nothing to be written


async def read(key: DispatchKey, services: Services) -> list[Finding]:
    """All that was found."""
    return list(_parsed(await services.content.get(_name(key))).values())


async def add(key: DispatchKey, found: Iterable[Finding], services: Services) -> None:
    """Keeps the first report on each letter, whatever comes again; a sure one in place of one that is not."""

    def anew(content: bytes | None) -> bytes:
        known = _parsed(content)
        for one in found:
            if one.spot not in known or (one.sure and not known[one.spot].sure):
                known[one.spot] = one
        return _written(known)

    await change_document(_name(key), anew, services)


async def settle(key: DispatchKey, spots: Collection[Spot], services: Services) -> None:
    """These need not be looked at again."""

    def anew(content: bytes | None) -> bytes:
        known = _parsed(content)
        return _written(known | {at: replace(known[at], written=True) for at in spots if at in known})

    await change_document(_name(key), anew, services)


def _parsed(content: bytes | None) -> dict[Spot, Finding]:
    rows: list[dict[str, Any]] = json.loads(content) if content else []
    found = (
        Finding(
            spot=(row["batch"], row["index"]),
            cause=ReturnCause(row["cause"]),
            code=row["code"],
            words=row["words"],
            at=datetime.fromisoformat(row["at"]),
            sure=row["sure"],
            written=row["written"],
        )
        for row in rows
    )
    return {one.spot: one for one in found}


def _written(known: Mapping[Spot, Finding]) -> bytes:
    rows = [
        {
            "batch": at[0],
            "index": at[1],
            "cause": one.cause,
            "code": one.code,
            "words": one.words,
            "at": one.at.isoformat(),
            "sure": one.sure,
            "written": one.written,
        }
        for at, one in sorted(known.items())
    ]
    return json.dumps(rows).encode()


def _name(key: DispatchKey) -> str:
    return f"{key}/returned.json"
