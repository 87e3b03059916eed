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
    """Every text in a ``Rejected`` of the buttons, and the sentences that they begin with."""
    texts: set[str] = set()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            inside = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Rejected"
            stands = isinstance(node, ast.Assign | ast.AnnAssign) and "STANDS" in ast.unparse(node).split("=")[0]
            if inside or stands:
                texts |= {text for part in ast.walk(node) if (text := _text(part))}
    return sorted(texts)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
        return re.sub(r"^X ", "", "".join(map(str, parts)))
    is_sentence = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".")
    return str(node.value) if is_sentence and node.value[:1].isupper() else ""  # type: ignore[attr-defined]


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
