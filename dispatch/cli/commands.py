"""The work of the commands that press a button, and of the export."""

import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.cli.outcome import Exit, WrongUse, print_json
from dispatch.cli.standing import standing
from dispatch.cli.texts import Texts
from dispatch.cli.which import dispatch_meant
from dispatch.core import DispatchKey, Rejected, merging
from dispatch.planning import OwnColumns, everyone, own_columns, own_of
from dispatch.report import CsvFile, CsvRow
from dispatch.steering import actions

if TYPE_CHECKING:
    from dispatch.services import Services

Press = Callable[[DispatchKey, "Services"], Awaitable[tuple[dict[str, Any], list[str]]]]
"""Presses, and returns what a program and what a person is told."""


def who() -> str:
    """Who gives commands here, for the log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may have no user of a name
        return "cli"


async def press(what: str, services: "Services", texts: Texts, act: Press, *, as_json: bool) -> Exit:
    """Presses one button for one dispatch, and tells."""
    key = await dispatch_meant(what, services, texts)
    facts, lines = await act(key, services)
    if as_json:
        print_json({"ok": True, "dispatch": key, **facts})
    else:
        sys.stdout.write("\n".join(lines) + "\n")
    return Exit.OK


def stop(texts: Texts) -> Press:
    """The stop button."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        await actions.stop(key, services, who=who())
        return {}, [texts("stopped", key=key)]

    return act


def resume(texts: Texts) -> Press:
    """Go on."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        await actions.resume(key, services, who=who())
        return {}, [texts("resumed", key=key)]

    return act


def retry(texts: Texts, *, uncertain: bool) -> Press:
    """Send again to the failed."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        count = await actions.retry_failed(key, services, who=who(), uncertain=uncertain)
        return {"recipients": count}, [texts("retried", count=count)]

    return act


def added(texts: Texts) -> Press:
    """Send to those who were put on the lists since."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        count = await actions.send_to_added(key, services, who=who())
        return {"recipients": count}, [texts("added_sent", count=count)]

    return act


def resolve(texts: Texts) -> Press:
    """Resolve now."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        closed = await actions.resolve_now(key, services, who=who())
        facts = {"unsent": closed.unsent, "unsettled": closed.unsettled, "held": closed.held}
        lines = [texts("resolved", key=key, unsent=closed.unsent, unsettled=closed.unsettled)]
        return facts, lines + ([texts("held", held=closed.held)] if closed.held else [])

    return act


async def purge(what: str | timedelta, services: "Services", texts: Texts, *, as_json: bool) -> Exit:
    """Removes what is finished."""
    if isinstance(what, timedelta):
        count = await actions.purge(what, services, who=who())
        told = texts("purged", count=count)
    else:
        key = await dispatch_meant(what, services, texts)
        before = await standing(key, services)
        # Done again all the same: one that was cut off half-way is made whole by that.
        count = await actions.purge(key, services, who=who())
        again = before is not None and before.purged
        count, told = (0, texts("nothing_left", key=key)) if again else (count, texts("purged_one", key=key))
    if as_json:
        print_json({"ok": True, "purged": count})
    else:
        sys.stdout.write(told + "\n")
    return Exit.OK


async def export(what: str, services: "Services", texts: Texts, *, output: Path | None, as_json: bool) -> Exit:
    """All recipients as they stand; those who were set aside by a later round are left out, as in the report.

    Raises:
        Rejected: they are removed, and an empty file would say that there were none.
    """
    key = await dispatch_meant(what, services, texts)
    found = await standing(key, services)
    if found is not None and found.purged:
        raise Rejected([texts("nothing_left", key=key)])
    page, redirect = services.settings.ticket_page(), services.settings.mail_redirect_to
    columns = await own_columns(key, services)
    table = CsvFile(ticket_page=page, redirect_now=redirect, fields=columns.titles, with_own=columns.any)
    rows: list[dict[str, Any]] = []
    count = 0
    async for recipient, shares_with in everyone(key, services):
        count += shares_with is None
        own = await own_of(key, recipient, services)
        if as_json:
            row = CsvRow.of(recipient, ticket_page=page, redirect_now=redirect, shares_with=shares_with)
            rows.append({**row._asdict(), **_own(columns, own)})
        else:
            table.add(recipient, shares_with=shares_with, own=own)
    content = (json.dumps(rows, ensure_ascii=False, indent=2) + "\n").encode() if as_json else table.to_bytes()
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return Exit.OK
    write(output, content, texts)
    sys.stderr.write(texts("exported", count=count, file=output) + "\n")
    return Exit.OK


def _own(columns: OwnColumns, own: merging.OwnContent) -> dict[str, Any]:
    if not columns.any:
        return {}
    values = dict(zip(columns.titles, own.values, strict=False))
    return {"values": values, "own_files": [file.name for file in own.files]}


def write(file: Path, content: bytes, texts: Texts) -> None:
    """Writes the file; a person's mistake is no fault of ours."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise WrongUse(texts("file_failed", file=file, why=error.strerror or type(error).__name__)) from error
