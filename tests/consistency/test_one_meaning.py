"""A name that a package of the flow hands out has one meaning: no other of them defines it for something else."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Vendors have words of their own, and what people use shows what the flow means: neither is read beside the flow.
FLOW = (
    *("core", "ports", "settings", "mail", "report", "document", "typesetting", "pacing", "watching", "planning"),
    *("sending", "closing", "answering", "steering", "doctor", "wiring"),
)
STAY = {
    "stop": "the press stops a dispatch by what a worker does when it sees the ticket's status",
    "foreseen": "what a press would do, said by the module of most, and by the one of those who were added",
    "preview_note": "the module of planning writes the note whose words are the function of report",
}


def defined_in(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def handed_out(package: str) -> set[str]:
    tree = ast.parse((ROOT / f"dispatch/{package}/__init__.py").read_text(encoding="utf-8"))
    lists = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "__all__"
        and isinstance(node.value, ast.List)
    ]
    return {str(element.value) for each in lists for element in each.elts if isinstance(element, ast.Constant)}


def test_a_name_on_a_face_is_defined_once_in_the_flow():
    where: defaultdict[str, list[str]] = defaultdict(list)
    for package in FLOW:
        for path in sorted((ROOT / "dispatch" / package).rglob("*.py")):
            for name in defined_in(path.read_text(encoding="utf-8")) if path.name != "__init__.py" else ():
                where[name].append(path.relative_to(ROOT / "dispatch").as_posix())
    faces = set().union(*map(handed_out, FLOW))
    twice = {name: places for name, places in where.items() if name in faces and len(places) > 1}

    assert len(faces) > 250
    assert {name: places for name, places in twice.items() if name not in STAY} == {}
    assert set(STAY) <= faces


def test_each_kind_of_definition_is_seen():
    source = "class A: ...\ndef b(): ...\nasync def c(): ...\nD = 1\nE, F = 1, 2\nG: int = 3"

    assert list(defined_in(source)) == ["A", "b", "c", "D", "E", "F", "G"]
