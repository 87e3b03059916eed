"""All recipients of a dispatch as a file: they are read some at a time, and nothing is left half-way."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dispatch.cli.outcome import Exit, WrongUse
from dispatch.cli.standing import standing
from dispatch.cli.texts import Texts
from dispatch.cli.which import dispatch_meant
from dispatch.core import DispatchKey, Rejected, merging
from dispatch.planning import OwnColumns, everyone, in_lots, own_columns, owns_of
from dispatch.report import CsvFile, CsvRow

if TYPE_CHECKING:
    from dispatch.services import Services


async def export(what: str, services: "Services", texts: Texts, *, output: Path | None, as_json: bool) -> Exit:
    """All recipients as they stand; those who were set aside by a later round are left out, as in the report.

    Raises:
        Rejected: they are removed, and an empty file would say that there were none.
    """
    key = await dispatch_meant(what, services, texts)
    found = await standing(key, services)
    if found is not None and found.purged:
        raise Rejected([texts("nothing_left", key=key)])
    with tempfile.TemporaryFile() as spool:  # nothing is left half-way, and memory holds some rows
        count = await _spooled(spool, key, services, as_json=as_json)
        spool.seek(0)
        if output is None:
            shutil.copyfileobj(spool, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return Exit.OK
        with _written(output, texts), output.open("wb") as file:
            shutil.copyfileobj(spool, file)
    sys.stderr.write(texts("exported", count=count, file=output) + "\n")
    return Exit.OK


async def _spooled(spool: IO[bytes], key: DispatchKey, services: "Services", *, as_json: bool) -> int:
    """Writes everyone, some at a time; returns how many recipients they are."""
    page, redirect = services.settings.ticket_page(), services.settings.mail_redirect_to
    columns, count = await own_columns(key, services), 0
    table = CsvFile(ticket_page=page, redirect_now=redirect, fields=columns.titles, with_own=columns.any)
    async for some in in_lots(everyone(key, services)):
        count += sum(shares_with is None for _, shares_with in some)
        owns = await owns_of(key, some, services) if columns.any else [merging.NOTHING_OWN] * len(some)
        if as_json:
            rows = [
                CsvRow.of(row, ticket_page=page, redirect_now=redirect, shares_with=shares_with)._asdict()
                | _own(columns, own)
                for (row, shares_with), own in zip(some, owns, strict=True)
            ]
            spool.write((",\n" if spool.tell() else "[\n").encode() + _items(rows))
        else:
            table.add_all(some, owns)
            spool.write(table.take())
    if not as_json:
        spool.write(table.take())
    else:
        spool.write(b"\n]\n" if spool.tell() else b"[]\n")
    return count


def _own(columns: OwnColumns, own: merging.OwnContent) -> dict[str, Any]:
    if not columns.any:
        return {}
    values = dict(zip(columns.titles, own.values, strict=False))
    return {"values": values, "own_files": [file.name for file in own.files]}


def _items(rows: Sequence[dict[str, Any]]) -> bytes:
    """The rows as they stand in a longer list."""
    whole = json.dumps(rows, ensure_ascii=False, indent=2)
    return whole.removeprefix("[\n").removesuffix("\n]").encode()


def write(file: Path, content: bytes, texts: Texts) -> None:
    """Writes the file."""
    with _written(file, texts):
        file.write_bytes(content)


@contextmanager
def _written(file: Path, texts: Texts) -> Iterator[None]:
    """A file that can't be written is a person's mistake, and no fault of ours."""
    try:
        yield
    except OSError as error:
        raise WrongUse(texts("file_failed", file=file, why=error.strerror or type(error).__name__)) from error
