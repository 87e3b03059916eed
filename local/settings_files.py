"""Writes ``docs/settings.md`` and ``local.settings.example.json`` from the settings class, so that they agree."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from dispatch.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
TABLE, EXAMPLE = ROOT / "docs" / "settings.md", ROOT / "local.settings.example.json"

HEAD = """# Settings

Every setting, by its name and default. They are checked at start: one message lists all that is missing or wrong.
Locally they stand in `local.settings.json` (copy `local.settings.example.json`), in Azure among the app settings.
An empty value counts as not set. This file is written by `make settings` from `dispatch/settings/`.

"""
COLUMNS = """| Variable | Default | Meaning |
| --- | --- | --- |
"""

# What a local run against the simulators needs; everything else keeps its default.
LOCAL = {
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "DISPATCH_SCHEDULE": "*/15 * * * * *",
    "PURESERVICE_URL": "http://127.0.0.1:18080",
    "PURESERVICE_APIKEY": "local-simulator-key",
    "GRAPH_BASE_URL": "http://127.0.0.1:18081/v1.0",
    "MAIL_FROM_ADDRESS": "ikkesvar@dibk.example",
    "MAIL_FROM_NAME": "Direktoratet for byggkvalitet",
    "MAIL_REPLYTO_ADDRESS": "post@dibk.example",
    "MAIL_HOST": "127.0.0.1",
    "MAIL_PORT": "18025",
    "MAIL_ENCRYPTION": "none",
    "MAIL_RATE_PER_MINUTE": "0",
}


def rows(names: Iterable[str] = Settings.model_fields) -> list[tuple[str, str, str]]:
    """Name, default as text, and meaning of each setting."""
    found = []
    for field in (Settings.model_fields[name] for name in names):
        default = field.default
        if default is None:
            shown = ""
        elif default is PydanticUndefined:
            shown = "*required*"
        elif isinstance(default, SecretStr):
            shown = ""
        elif isinstance(default, tuple):
            shown = ",".join(item if isinstance(item, str) else f"{item:g}" for item in default)
        else:
            shown = f"{default:g}" if isinstance(default, float) else str(default)
        found.append((str(field.alias), shown, field.description or ""))
    return found


def table() -> str:
    """The Markdown page: a table for each concern."""
    return HEAD + "\n".join(f"## {part.title}\n\n{COLUMNS}{_lines(part)}" for part in Settings.parts())


def _lines(part: type[BaseModel]) -> str:
    lines = []
    for name, default, meaning in rows(name for name in Settings.model_fields if name in vars(part)["__annotations__"]):
        shown = default if default.startswith("*req") else f"`{default}`" if default else ""
        lines.append(f"| `{name}` | {shown} | {meaning} |\n")
    return "".join(lines)


def example() -> str:
    """The local settings file with a value for every setting; empty means its default."""
    values = dict(LOCAL)
    for name, default, _ in rows():
        if name not in values and "__" not in name:
            values[name] = "" if default.startswith("*req") else default
    return (
        json.dumps(
            {"IsEncrypted": False, "Values": values, "Host": {"LocalHttpPort": 7071}}, indent=2, ensure_ascii=False
        )
        + "\n"
    )


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")
    print(f"wrote {TABLE.relative_to(ROOT)} and {EXAMPLE.relative_to(ROOT)}")
