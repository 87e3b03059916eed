"""The export reads some recipients at a time, and writes the same as if it had them all."""

import csv
import io
import json

import pytest

from dispatch.cli import export
from dispatch.cli.texts import Texts
from dispatch.report import COLUMNS, CsvRow
from tests.stage import a_stage


@pytest.fixture(autouse=True)
def small_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.planning.sharers.LOT", 2)


@pytest.mark.parametrize("members", [1, 2, 5, 6])
@pytest.mark.parametrize("as_json", [True, False])
async def test_writes_everyone_in_order(members, as_json, tmp_path):
    async with a_stage() as stage:
        ticket = stage.seed(members=members)
        await stage.tick()
        key, file = stage.dispatch_of(ticket).key, tmp_path / "alle"

        await export.export(key, stage.services, Texts("nb"), output=file, as_json=as_json)

        text = file.read_text(encoding="utf-8-sig")
        if as_json:
            rows = [CsvRow.of(row)._asdict() for row in stage.rows_of(ticket)]
            assert text == json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
        else:
            lines = list(csv.reader(io.StringIO(text), delimiter=";"))
            assert lines == [list(COLUMNS), *([*CsvRow.of(row)] for row in stage.rows_of(ticket))]
