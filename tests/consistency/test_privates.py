"""Nobody reaches for what another keeps to itself: the linter sees ``other._name``, this what it does not see."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACES = [
    path for folder in ("dispatch", "local", "scripts", "tests") for path in sorted((ROOT / folder).rglob("*.py"))
]
BY_NAME = {"setattr", "getattr", "delattr", "attrgetter", "methodcaller", "patch", "object"}
THEIRS = {"sys", "aiohttp.ClientSession"}  # nobody's here: what these are asked for has no public name


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def reached_for(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if private(alias.name) or private(str(node.module)))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in BY_NAME:
            if not node.args or ast.unparse(node.args[0]) in THEIRS:
                continue
            texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str) and private(text.rpartition(".")[2]))


def test_nobody_imports_or_names_what_another_keeps_to_itself():
    found = {
        path.relative_to(ROOT).as_posix(): names
        for path in PLACES
        if (names := list(reached_for(path.read_text(encoding="utf-8"))))
    }

    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "from dispatch.core.text import _normal",
        "monkeypatch.setattr(outcomes, '_limit', 1)",
        "monkeypatch.setattr('dispatch.core.text._normal', str)",
        "getattr(mail, '_pool').close()",
    ],
)
def test_each_way_to_reach_would_be_seen(source: str):
    assert list(reached_for(source))
