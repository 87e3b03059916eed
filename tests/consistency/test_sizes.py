"""Modules and functions stay small enough to be read in one sitting."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE, LONGEST_FUNCTION = 257, 42  # a function without its head and docstring
MODULES = sorted(path for folder in ("dispatch", "local") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_can_be_read_in_one_sitting(path):
    text = path.read_text(encoding="utf-8")

    assert text.count("\n") <= LONGEST_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[ast.get_docstring(node) is not None :] or node.body
            assert body[-1].end_lineno - body[0].lineno < LONGEST_FUNCTION, f"{node.name} is long"


def test_the_triggers_stay_triggers():
    assert (ROOT / "function_app.py").read_text(encoding="utf-8").count("\n") <= 131
