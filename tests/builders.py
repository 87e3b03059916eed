"""Builders with overrides: a test names only what it is about."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, TypeVar

from dispatch.adapters.azure_storage import table_rows
from dispatch.core import (
    Batch,
    BatchState,
    CommunicationId,
    Dispatch,
    DispatchKey,
    DispatchState,
    Letter,
    MemberKind,
    Part,
    Recipient,
    RecipientState,
    SendBatch,
    Ticket,
    TicketId,
)
from dispatch.settings import Settings

Noun = TypeVar("Noun", Dispatch, Batch, Recipient)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = DispatchKey("9001-8001")


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Whoever waits on this clock moves it, or the wait would have no end: a tick of it is the least."""
        until = self.now + timedelta(seconds=max(seconds, 0.001))
        await asyncio.sleep(0)
        self.now = max(self.now, until)


def some_settings(**overrides: str) -> Settings:
    """Settings as the environment would give them; names in upper case."""
    given = {
        "PURESERVICE_URL": "http://127.0.0.1:1",
        "PURESERVICE_APIKEY": "test-key",
        "MAIL_FROM_ADDRESS": "utsending@etat.example",
        "MAIL_FROM_NAME": "Etaten",
        "MAIL_HOST": "127.0.0.1",
        "MAIL_ENCRYPTION": "none",
        "MAIL_RATE_PER_MINUTE": "0",
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        **overrides,
    }
    return Settings.from_environ(given)


def flat(kind: type[Noun], values: Mapping[str, Any], *, base: Noun | None = None) -> Noun:
    """The noun from flat names, those of its columns: a test need not know which part holds a field."""
    described: Any = kind
    known = {column.name: column for column in table_rows.columns(described)}
    own = {name: value for name, value in values.items() if name not in known or not known[name].part}
    parts: dict[str, dict[str, Any]] = {}
    for name in values.keys() - own.keys():
        parts.setdefault(known[name].part, {})[known[name].field] = values[name]
    for path, part in table_rows.part_types(described).items():
        if path in parts:
            outer, _, name = path.rpartition(".")
            made = replace(attrgetter(path)(base), **parts[path]) if base else part(**parts[path])
            (parts.setdefault(outer, {}) if outer else own)[name] = made
    return replace(base, **own) if base else kind(**own)


def changed(noun: Noun, **overrides: Any) -> Noun:
    """The noun with other values, by flat names."""
    return flat(type(noun), overrides, base=noun)


def a_dispatch(**overrides: Any) -> Dispatch:
    values: dict[str, Any] = {
        "key": KEY,
        "ticket_id": TicketId(9001),
        "request_number": 10234,
        "communication_id": CommunicationId(8001),
        "state": DispatchState.PLANNING,
        "created": NOON,
        **overrides,
    }
    return flat(Dispatch, values)


def a_batch(number: int = 0, **overrides: Any) -> Batch:
    values: dict[str, Any] = {
        "dispatch": KEY,
        "number": number,
        "state": BatchState.PLANNED,
        "size": 1,
        "to_send": 1,
        **overrides,
    }
    return flat(Batch, values)


def a_recipient(batch: int = 0, index: int = 0, **overrides: Any) -> Recipient:
    values: dict[str, Any] = {
        "batch": batch,
        "index": index,
        "kind": MemberKind.PERSON,
        "source_id": 301 + index,
        "name": "Kåre Nordmann",
        "address": f"mottaker{batch}.{index}@eksempel.example",
        "state": RecipientState.PLANNED,
        **overrides,
    }
    return flat(Recipient, values)


def a_ticket(**overrides: Any) -> Ticket:
    values: dict[str, Any] = {
        "id": TicketId(9001),
        "number": 10234,
        "subject": "Høring om endring",
        "status_id": 6,
        "user_address": "ut@e-post.pureservice.local",
        **overrides,
    }
    return Ticket(**values)


def a_letter(**overrides: Any) -> Letter:
    values: dict[str, Any] = {
        "subject": "Høring om endring [Sak ID# 10234]",
        "html": "<!doctype html><html lang='nb'><body><p>Blåbærsyltetøy</p></body></html>",
        "text": "Blåbærsyltetøy\n",
        "attachments": (Part("vedlegg æøå.pdf", "application/pdf", b"%PDF-1.7 test"),),
        **overrides,
    }
    return Letter(**values)


def a_send(batch: int = 0, release: int = 1) -> SendBatch:
    return SendBatch(dispatch=KEY, batch=batch, release=release)
