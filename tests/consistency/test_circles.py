"""No import circle in what is deployed or in what stands in for the outside, those for types alone included."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def modules(package: str) -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (ROOT / package).rglob("*.py")
    }


def imported_by(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the package that a file imports at its top, where a circle would bite or be hidden."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside_functions = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in inside_functions:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} & set(known)
            found |= names or {node.module} & set(known)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & set(known)
    return found


def order_of(known: dict[str, Path]) -> list[str]:
    # A package's face imports its own modules, and they never the face.
    own = {name: imported_by(path, known) - {name} for name, path in known.items()}
    return [*TopologicalSorter(own).static_order()]


@pytest.mark.parametrize("package", ["local", "dispatch"])
def test_imports_have_an_order(package: str) -> None:
    assert len(order_of(modules(package))) > 50


def test_a_circle_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from b import x\n")
    (tmp_path / "b.py").write_text("import a\nx = a\n")
    with pytest.raises(CycleError):
        order_of({"a": tmp_path / "a.py", "b": tmp_path / "b.py"})
