"""Starts the process that reads a file, and takes what it left."""

import asyncio
import json
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from dispatch.adapters.spreadsheets.kinds import kind_of
from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.bounded_process import run_in_process
from dispatch.core import text
from dispatch.ports import CellFault, FileFault, FileProblem, MarkedCell, MergedCells, Sheet, SheetLimits, SheetRow
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

_INSIDE = "dispatch.adapters.spreadsheets.inside"

Runner = Callable[[Path], bool]  # reads what lies in the folder; whether it ended well


class SpreadsheetFiles:
    """Reads the files; whatever their bytes do to a reader, only the process that reads them is hurt."""

    def __init__(self, *, limits: SheetLimits | None = None, runner: Runner | None = None) -> None:
        self._limits = limits or SheetLimits()
        self._run = runner or partial(run_in_process, _INSIDE, seconds=self._limits.seconds, memory=self._limits.memory)

    async def read(self, content: bytes, *, name: str) -> Sequence[Sheet] | FileProblem:
        """The sheets that are shown, in their order; never what is hidden."""
        limits = self._limits
        if len(content) > limits.size:
            return FileProblem(FileFault.TOO_LARGE, most=limits.size)
        try:
            kind = kind_of(content, name)
        except Unreadable as error:
            return error.problem
        found = await asyncio.to_thread(self._read, content, kind)
        if isinstance(found, FileProblem) and found.fault is FileFault.TOO_HEAVY:
            event(log, Action.SHEET_GIVEN_UP, level=logging.WARNING, kind=kind, bytes=len(content))
        return found

    def _read(self, content: bytes, kind: str) -> Sequence[Sheet] | FileProblem:
        with tempfile.TemporaryDirectory(prefix="sheet-") as name:
            folder = Path(name)
            (folder / "file").write_bytes(content)
            (folder / "job.json").write_text(json.dumps({"kind": kind, "limits": asdict(self._limits)}))
            result = folder / "result.json"
            if not self._run(folder) or not result.exists() or result.stat().st_size > self._limits.result:
                # Whatever that process was brought to write, this one reads no more than it has room for.
                return FileProblem(FileFault.TOO_HEAVY)
            return _found(text.everywhere(json.loads(result.read_bytes())))


def _found(result: Mapping[str, Any]) -> Sequence[Sheet] | FileProblem:
    problem = result.get("problem")
    if problem is not None:
        return FileProblem(**{**problem, "fault": FileFault(problem["fault"])})
    return tuple(_sheet(**one) for one in result["sheets"])


def _sheet(
    *,
    name: str,
    rows: Sequence[tuple[int, Sequence[str]]],
    hidden_rows: Sequence[int],
    hidden_columns: Sequence[int],
    merged: Sequence[Sequence[int]],
    marked: Sequence[tuple[int, int, str]],
) -> Sheet:
    return Sheet(
        name=name,
        rows=tuple(SheetRow(number, tuple(cells)) for number, cells in rows),
        hidden_rows=tuple(hidden_rows),
        hidden_columns=tuple(hidden_columns),
        merged=tuple(MergedCells(*area) for area in merged),
        marked=tuple(MarkedCell(row, column, CellFault(fault)) for row, column, fault in marked),
    )
