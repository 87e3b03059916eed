"""A refusal speaks the terminal's language, whole: none of its sentences stays in the other."""

import ast
import re

import pytest

from dispatch import steering
from dispatch.cli.english import REFUSALS
from dispatch.cli.outcome import Exit, explained
from dispatch.cli.texts import Texts
from dispatch.core import Rejected
from local.world import ROOT

NORWEGIAN = re.compile(r"\b(og|ikke|er|kan|ingen|det|den|bare|utsendelsen|saken)\b|[æøå]", re.IGNORECASE)
FOLDER = ROOT / "dispatch" / "steering"


def refused() -> list[str]:
    """Every Norwegian text of the buttons, but what stands in docstrings; ``X`` for a value."""
    texts: set[str] = set()
    for file in FOLDER.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts |= {_text(node) for node in ast.walk(tree) if id(node) not in inside | spoken}
    return sorted(text for text in texts if text.endswith(".") and NORWEGIAN.search(text))


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values]
        return "".join(parts).removeprefix("X ").replace(". X ", ". ")  # a sentence of its own
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("text", refused())
def test_a_refusal_is_english_in_an_english_terminal(text: str):
    code, (english,) = explained(Rejected([text]), Texts("en"))
    _, (norwegian,) = explained(Rejected([text]), Texts("nb"))

    assert code is Exit.PROBLEMS
    assert norwegian == text
    assert not NORWEGIAN.search(english), english


def test_there_are_refusals_to_look_at():
    assert len(refused()) > 12
    assert steering.__doc__


def test_a_value_keeps_its_place_and_an_unknown_sentence_stays():
    assert REFUSALS.translated("Det finnes ingen utsendelse «9-9». Noe ukjent.") == (
        "There is no dispatch «9-9». Noe ukjent."
    )
