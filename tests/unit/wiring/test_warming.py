"""What a start imports ahead is named by strings: a module that is renamed or added must not be forgotten there."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from dispatch.wiring.transports import OPENERS
from dispatch.wiring.warming import NEEDED, SOON

DISPATCH = Path(__file__).parents[3] / "dispatch"
ON_THE_LOOP = "answering closing core document mail pacing planning report sending watching".split()  # noqa: SIM905
WHERE_IT_IS_SET = {"holidays"}  # with a send window


@pytest.mark.parametrize("name", [*NEEDED, *SOON])
def test_what_a_start_imports_ahead_can_be_imported(name: str):
    assert find_spec(name) is not None


@pytest.mark.parametrize("transport", OPENERS)
def test_every_transport_of_mail_is_imported_ahead(transport):
    """Else its first letter waits for it, in a batch that holds a lease."""
    (vendor,) = re.findall(r"from (dispatch\.adapters\.\w+) import", inspect.getsource(OPENERS[transport]))

    assert any(f"{name}.".startswith(f"{vendor}.") for name in NEEDED)


def imported_in_functions() -> Iterator[tuple[str, str]]:
    """What a stage of the flow leaves to its first use, of other people's libraries."""
    for package in ON_THE_LOOP:
        for file in sorted((DISPATCH / package).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
            for node in (inner for function in functions for inner in ast.walk(function)):
                if isinstance(node, ast.Import):
                    yield from ((file.name, alias.name) for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    yield file.name, node.module


def test_what_is_left_to_its_first_use_is_loaded_before_that_beside_the_loop():
    found = [
        (file, name)
        for file, name in imported_in_functions()
        if name.split(".")[0] not in {"dispatch", *WHERE_IT_IS_SET, *sys.stdlib_module_names}
    ]

    assert len(found) > 5
    assert [one for one in found if not any(f"{name}.".startswith(f"{one[1]}.") for name in (*NEEDED, *SOON))] == []
