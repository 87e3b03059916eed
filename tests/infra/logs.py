"""Log Analytics as a small table: rows of AppTraces, and the queries of the templates run over them.

The engine translates Kusto to DuckDB. It is not Azure's own, and refuses what it does not know.
"""

import atexit
import json
import logging
import multiprocessing
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from multiprocessing.pool import Pool
from typing import TYPE_CHECKING, Any

from tests.infra.bicep import INFRA, Bicep
from tests.infra.kql import COLUMNS, FILLED, QUERIES
from tests.stage import Stage, a_stage

if TYPE_CHECKING:
    import duckdb

TYPES = {"datetime": "TIMESTAMP", "string": "VARCHAR", "int": "INTEGER", "dynamic": "JSON"}
APP = FILLED["{app}"]
BY_NAME = {query.name: query for query in QUERIES}
UNITS = {"M": "minutes", "H": "hours"}


class Logs(logging.Handler):
    """What Application Insights would hold: each line with its level and the clock's time."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__()
        self.clock = clock or (lambda: datetime.now(UTC))
        self.lines: list[tuple[datetime, str, int]] = []
        self.exceptions: list[Failure] = []

    def emit(self, record: logging.LogRecord) -> None:
        severity = {"INFO": 1, "WARNING": 2, "ERROR": 3}.get(record.levelname, 0)
        self.lines.append((self.clock(), record.getMessage(), severity))

    def add(self, at: datetime, message: str, severity: int = 1) -> None:
        self.lines.append((at, message, severity))

    def fail(self, at: datetime, function: str, kind: str, message: str, *, app: str = APP) -> None:
        """What the host sends of one failed invocation: two records, alike but for their category."""
        outer = f"Exception while executing function: Functions.{function}"
        for category in (f"Function.{function}", "Host.Results"):
            details = json.dumps({"Category": category, "InvocationId": "operation"})
            self.exceptions.append(
                (at, app, "operation", function, "FunctionInvocationException", outer, kind, message, details)
            )

    def ask(self, query: str, now: datetime, window: timedelta | None = None) -> list[dict[str, Any]]:
        """Rows that the named query gives, asked at ``now`` over a window that ends then."""
        lines = [line for line in self.lines if window is None or now - window < line[0] <= now]
        return _engine().apply(answered, (lines, BY_NAME[query].filled, now, self.exceptions))


Line = tuple[datetime, str, int]
Failure = tuple[datetime, str, str, str, str, str, str, str, str]


@cache
def _engine() -> Pool:
    """A process of its own: the engine tells of leaks when its process ends in the ordinary way."""
    pool = multiprocessing.get_context("spawn").Pool(1)
    atexit.register(pool.terminate)
    return pool


def answered(lines: list[Line], query: str, now: datetime, exceptions: Sequence[Failure] = ()) -> list[dict[str, Any]]:
    """The rows of the query over these lines; runs in the engine's process."""
    import duckdb_kql

    with _table(lines, exceptions) as table:
        answer = duckdb_kql.kql(table, query, query_now=now)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()]


def _table(lines: list[Line], exceptions: Sequence[Failure]) -> "duckdb.DuckDBPyConnection":
    import duckdb_kql

    connection = duckdb_kql.connect()
    for table, columns in COLUMNS.items():
        listed = ", ".join(f"{name} {TYPES[kind]}" for name, kind in columns.items())
        connection.execute(f"CREATE TABLE {table} ({listed})")
    # A line of another app lies in the same workspace and must never count.
    other = [(at, "func-another", message, severity, "") for at, message, severity in lines]
    ours = [(at, APP, message, severity, "operation") for at, message, severity in lines]
    rows = [(at.astimezone(UTC).replace(tzinfo=None), *rest) for at, *rest in [*ours, *other]]
    if rows:
        connection.executemany("INSERT INTO AppTraces VALUES (?, ?, ?, ?, ?)", rows)
    records = [(at.astimezone(UTC).replace(tzinfo=None), *rest) for at, *rest in exceptions]
    if records:
        connection.executemany(f"INSERT INTO AppExceptions VALUES ({', '.join('?' * 9)})", records)
    return connection


class Rule:
    """One alert as ``infra/modules/alerts.bicep`` has it."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def text(self) -> str:
        (found,) = re.findall(
            rf"  \{{\n    name: '{self.name}'\n(.*?)\n  \}}", Bicep(INFRA / "modules/alerts.bicep").text, re.DOTALL
        )
        return str(found)

    @property
    def window(self) -> timedelta:
        found = re.search(r"window: 'PT(\d+)([MH])'", self.text)
        assert found
        return timedelta(**{UNITS[found[2]]: int(found[1])})

    def rows(self, logs: Logs, now: datetime) -> list[dict[str, Any]]:
        return logs.ask(f"alert_{self.name}", now, self.window)

    def fires(self, logs: Logs, now: datetime) -> bool:
        rows = len(self.rows(logs, now))
        return rows < 1 if "operator: 'LessThan'" in self.text else rows > 0


@asynccontextmanager
async def watched(**settings: str) -> AsyncIterator[tuple[Stage, Logs]]:
    """A stage and the table of its lines."""
    ours = logging.getLogger("dispatch")
    async with a_stage(**settings) as stage:
        logs, level = Logs(stage.clock), ours.level
        ours.addHandler(logs)
        ours.setLevel(logging.INFO)
        try:
            yield stage, logs
        finally:
            ours.removeHandler(logs)
            ours.setLevel(level)
