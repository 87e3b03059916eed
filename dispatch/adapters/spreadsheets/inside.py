"""Reads one file. Runs in a process of its own, with a folder that holds all it may read.

The folder has the file and ``job.json``; ``result.json`` is written there. Of sheets that are hidden nothing is.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dispatch.adapters.spreadsheets import kinds
from dispatch.adapters.spreadsheets.csv_text import rows_in
from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.adapters.spreadsheets.workbooks import sheets_in
from dispatch.bounded_process import limit_memory
from dispatch.core import text
from dispatch.ports import FileFault, SheetLimits


def main(folder: str, memory: int) -> None:
    """Reads the file in the folder, within so many bytes of memory."""
    limit_memory(memory)
    read_in(Path(folder))


def read_in(folder: Path) -> bool:
    """Reads the file in the folder, and says there what it holds or why that can't be said."""
    # Letters as they are: as escapes, a table of Norwegian words would be several times as large.
    made = json.dumps(_result(folder), ensure_ascii=False)
    (folder / "result.json").write_bytes(made.encode("utf-8", "surrogatepass"))
    return True


def _result(folder: Path) -> dict[str, Any]:
    job: dict[str, Any] = text.everywhere(json.loads((folder / "job.json").read_bytes()))
    limits = SheetLimits(**job["limits"])
    content = (folder / "file").read_bytes()
    try:
        if job["kind"] == kinds.ZIPPED:
            return {"sheets": sheets_in(content, folder, limits)}
        return {"sheets": [_text_sheet(rows_in(content, limits))]}
    except Unreadable as error:
        problem = error.problem
        places = {"sheet": problem.sheet, "row": problem.row, "column": problem.column, "named": problem.named}
        return {"problem": {"fault": problem.fault, "most": problem.most, **places}}
    except (MemoryError, ImportError, OSError):  # what can't be loaded or written is out of room
        return {"problem": {"fault": FileFault.TOO_HEAVY}}
    except BaseException:  # noqa: BLE001 - the library's errors are many, and a panic in Rust is no Exception
        return {"problem": {"fault": FileFault.BROKEN}}


def _text_sheet(rows: Sequence[tuple[int, Sequence[str]]]) -> dict[str, Any]:
    return {"name": "", "rows": rows, "hidden_rows": [], "hidden_columns": [], "merged": [], "marked": []}
