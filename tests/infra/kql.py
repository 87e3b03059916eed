"""The queries of workbook and alerts, read for what they need: tables, columns, actions and fields of our events."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.infra.bicep import INFRA

FILES = sorted((INFRA / "queries").glob("*.kql"))
# Columns of Log Analytics' tables that the queries may use, with their types.
COLUMNS = {
    "AppTraces": {
        "TimeGenerated": "datetime",
        "AppRoleName": "string",
        "Message": "string",
        "SeverityLevel": "int",
        "OperationId": "string",
    },
    "AppExceptions": {
        "TimeGenerated": "datetime",
        "AppRoleName": "string",
        "OperationId": "string",
        "OperationName": "string",
        "ExceptionType": "string",
        "OuterMessage": "string",
        "InnermostType": "string",
        "InnermostMessage": "string",
        "Properties": "dynamic",
    },
}
# What the template puts into a query.
FILLED = {"{app}": "func-utsendelse-prod", "{runbook}": "https://git.etat.example/operations.md"}


@dataclass(frozen=True)
class Need:
    """One field that a query reads from events of these actions; no action means any."""

    query: str
    field: str
    actions: frozenset[str]


@dataclass(frozen=True)
class Query:
    """One file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def text(self) -> str:
        return re.sub(r"//.*", "", self.path.read_text(encoding="utf-8"))

    @property
    def filled(self) -> str:
        """As the template hands it to Azure: the whole file, with its placeholders replaced."""
        text = self.path.read_text(encoding="utf-8")
        for name, value in FILLED.items():
            text = text.replace(name, value)
        return text

    @property
    def tables(self) -> set[str]:
        return set(re.findall(r"\bApp[A-Z]\w+", self.text)) - {"AppRoleName"}

    @property
    def actions(self) -> set[str]:
        return set().union(*(actions_in(part) for part in self._parts))

    @property
    def needs(self) -> list[Need]:
        """Every field with the actions that the part of the query where it stands has chosen.

        A condition in brackets that names an action of its own speaks of that action alone.
        """
        found = []
        for part in self._parts:
            chosen = actions_in(part)
            narrowed = re.findall(r"\((e\.action == \"\w+\" and [^\n]*)\)", part)
            for clause in narrowed:
                found += [Need(self.name, field, frozenset(actions_in(clause))) for field in fields_in(clause)]
                part = part.replace(clause, "")  # noqa: PLW2901 - what is left over
            found += [Need(self.name, field, frozenset(chosen)) for field in fields_in(part)]
        return found

    @property
    def _parts(self) -> list[str]:
        """The branches of a union, each by itself; else the whole."""
        branches = re.findall(r"\(lines \|.*\)", self.text)
        return branches or [self.text]


def actions_in(text: str) -> set[str]:
    """Actions that a piece of a query names."""
    found = set(re.findall(r"e\.action == \"(\w+)\"", text))
    for several in re.findall(r"e\.action\)? in \(([^)]*)\)", text):
        found |= set(re.findall(r"\"(\w+)\"", several))
    return found


def fields_in(text: str) -> set[str]:
    """Fields of events that a piece of a query reads."""
    return set(re.findall(r"\be\.(\w+)", text)) - {"action"}


QUERIES = [Query(path) for path in FILES]
