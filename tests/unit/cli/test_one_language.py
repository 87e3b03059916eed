"""A refusal speaks the terminal's language, whole: none of its sentences stays in the other."""

import ast
import re

import pytest

from dispatch import steering
from dispatch.cli import main
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


WRONG_USES = [
    ["stop"], ["nonsense"], ["status", "--foo"], ["status", "--jso"], ["preview", "x"], ["preview", "0"],
    ["purge", "--older-than", "0"], ["purge", "--older-than", "99999"], ["stop", "1", "2"], ["--settings"],
    ["status", "--json=3"], ["preview", "1", "--recipient"], ["purge"], ["stop", "a-b"], ["preview"],
]  # fmt: skip
ENGLISH = re.compile(
    r"\b(missing|no such|option|argument|invalid|value|usage|try|error|should|did you|got)\b", re.IGNORECASE
)


@pytest.mark.parametrize("given", WRONG_USES, ids=" ".join)
@pytest.mark.parametrize("language", ["nb", "en"])
def test_what_the_parser_refuses_is_said_in_the_terminals_language(language, given, capsys, monkeypatch):
    monkeypatch.setenv("LANG", "nb_NO.UTF-8" if language == "nb" else "en_GB.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)

    assert main(given) == 2

    told = capsys.readouterr().err
    said = told.replace(" ".join(given), "").splitlines()[0]
    assert bool(NORWEGIAN.search(said) or re.search(r"«.*» (mangler|m)|Gi enten", said)) == (language == "nb"), told
    assert not (language == "nb" and ENGLISH.search(re.sub("«[^»]*»", "", said))), told


@pytest.mark.parametrize("command", ["", "doctor", "preview", "status", "stop", "resume", "retry", "added", "resolve"])
def test_help_has_no_heading_in_the_other_language(command, capsys, monkeypatch):
    monkeypatch.setenv("LANG", "nb_NO.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)

    assert main([*([command] if command else []), "--help"]) == 0

    told = capsys.readouterr().out
    assert "Bruk:" in told
    assert not re.search(r"Usage|Options|OPTIONS|Arguments|Commands|Show this", told)
