"""What is written to be asked or run by a table is in it: a check or a step that nobody lists would do nothing."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def trees(package: str) -> dict[str, ast.Module]:
    return {
        path.name: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "dispatch" / package).glob("*.py"))
    }


def names_in(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_every_file_of_checks_is_asked_by_the_doctor():
    found = trees("doctor")
    makers = {
        node.name
        for tree in found.values()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or ast.Constant(None)) == "Sequence[Check]"
        if not node.name.startswith("_")
    }

    assert len(makers) > 7
    assert makers - names_in(found["examination.py"]) == set()


def test_every_step_is_one_that_some_kind_of_recipient_goes_through():
    found = trees("sending")
    steps = {
        node.name
        for name, tree in found.items()
        for node in tree.body
        if name.endswith(("steps.py", "notes.py"))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(m, ast.AsyncFunctionDef) and m.name in {"run", "begin"} for m in node.body)
    }

    assert len(steps) > 7
    assert steps - names_in(found["steps.py"]) == set()
