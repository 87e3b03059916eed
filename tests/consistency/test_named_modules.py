"""What names a module or a file of ours by its name alone must not outlive it: no import would notice a renaming."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("dispatch", "local", "tests", "docs", "infra", "scripts", "bench")
FILES = [
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.iterdir(), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*")))
    if path.is_file()
]
SOURCES = [
    *(path for folder in ("dispatch", "local", "scripts") for path in sorted((ROOT / folder).rglob("*.py"))),
    ROOT / "function_app.py",
]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
# A whole string that is a dotted name, or one in a docstring or comment's own quotes.
DOTTED = re.compile(r"(?:dispatch|local)(?:\.[A-Za-z_]\w*)+")
FILE = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|kql|typ|bicep|toml))`")
FOLDER = re.compile(r"`((?:dispatch|local|tests|docs|infra|scripts|bench)/(?:[\w-]+/)*)`")
A_FILE = re.compile(r"local\.settings\.\S*json")


def is_there(name: str) -> bool:
    """Whether the dotted name is a module of ours, or stands in one."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        module = ".".join(parts[:end])
        if (ROOT / module.replace(".", "/")).with_suffix(".py").exists() or (ROOT / module.replace(".", "/")).is_dir():
            return end == len(parts) or hasattr(importlib.import_module(module), parts[end])
    return False


def dotted_names(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if DOTTED.fullmatch(node.value):
                yield node.value
            yield from (quoted for quoted in re.findall(r"``([\w.]+)``", node.value) if DOTTED.fullmatch(quoted))


def missing_names(source: str) -> list[str]:
    return [name for name in dotted_names(source) if not A_FILE.fullmatch(name) and not is_there(name)]


def missing_files(page: str) -> list[str]:
    named = [*FILE.findall(page), *FOLDER.findall(page)]
    return [
        name for name in named if not any(f"/{file}".endswith(f"/{name}") or file.startswith(name) for file in FILES)
    ]


def test_no_string_names_a_module_that_is_gone():
    found = {path.relative_to(ROOT).as_posix(): missing_names(path.read_text(encoding="utf-8")) for path in SOURCES}

    assert {path: names for path, names in found.items() if names} == {}


def test_no_page_names_a_file_that_is_gone():
    found = {path.name: missing_files(path.read_text(encoding="utf-8")) for path in PAGES}

    assert {page: names for page, names in found.items() if names} == {}


@pytest.mark.parametrize("source", ['x = "dispatch.planing"', '"""See ``dispatch.ports.Leger``."""'])
def test_a_name_that_is_gone_would_be_seen(source: str):
    assert missing_names(source)
    assert missing_files("`planning/planer.py` and `dispatch/planing/`") == ["planning/planer.py", "dispatch/planing/"]
