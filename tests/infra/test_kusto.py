"""Kusto's own language service, Microsoft's, takes every query: it parses, and every name and type in it fits."""

import json
import re
import subprocess
from typing import Any

import pytest

from tests.infra.bicep import INFRA, ROOT, Bicep
from tests.infra.kql import COLUMNS, QUERIES

TABLES = {table: ", ".join(f"{name}: {kind}" for name, kind in columns.items()) for table, columns in COLUMNS.items()}
PAGES = sorted((ROOT / "docs").glob("*.md"))


def examined(queries: dict[str, str]) -> dict[str, Any]:
    """What the language service says of each: ``problems`` and the ``columns`` of its result."""
    done = subprocess.run(
        ["node", str(ROOT / "tests/infra/kusto.cjs")],
        input=json.dumps({"tables": TABLES, "queries": queries}),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return examined({query.name: query.filled for query in QUERIES})


@pytest.mark.parametrize("name", [query.name for query in QUERIES])
def test_a_query_has_no_error_and_no_warning(told, name):
    assert told[name]["problems"] == []
    assert told[name]["columns"], "a query that gives nothing"


def test_the_queries_in_the_pages_are_right():
    blocks = {
        f"{page.name} {number}": block
        for page in PAGES
        for number, block in enumerate(re.findall(r"```kusto\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
    }

    assert blocks
    assert {name: said["problems"] for name, said in examined(blocks).items() if said["problems"]} == {}


def test_what_the_workbook_dresses_up_is_a_column_of_a_result(told):
    workbook = Bicep(INFRA / "modules/workbook.bicep").text
    shown = re.findall(r"queries/(\w+)\.kql", workbook)
    columns = {column for name in shown for column in told[name]["columns"]}

    dressed = set(re.findall(r"columnMatch: '(\w+)'", workbook))
    assert dressed
    assert dressed <= columns


WRONG = {
    "a reserved word as a name": ("AppTraces | summarize first = min(TimeGenerated)", "KS228"),
    "a column": ("AppTraces | where Nothing == 1", "Nothing"),
    "a table": ("AppTrace | take 1", "AppTrace"),
    "an operator": ("AppTraces | summarise count()", "Query operator expected"),
    "half a condition": ("AppTraces | where SeverityLevel > ", "Missing expression"),
    "a function": ("AppTraces | extend e = parse_jason(Message)", "parse_jason"),
    "too many arguments": ("AppTraces | project a = todouble(Message, 1, 2)", "argument"),
    "a unit of time": ("AppTraces | where TimeGenerated > ago(1x)", "x"),
}


def test_the_language_service_would_notice():
    told = examined({name: query for name, (query, _) in WRONG.items()})

    for name, (_, says) in WRONG.items():
        assert any(says in problem for problem in told[name]["problems"]), (name, told[name])
