"""A refusal speaks the terminal's language, whole: none of its sentences stays in the other."""

import ast
import re

import pytest

from dispatch import steering
from dispatch.cli import main
from dispatch.cli.app import build
from dispatch.cli.english import in_its_language
from dispatch.cli.outcome import Exit, explained
from dispatch.cli.texts import SAID, Texts
from dispatch.core import Rejected, addresses
from dispatch.report import detail_words
from local.world import ROOT
from tests.adapters.spreadsheets.corpus import BAD, Bad

NORWEGIAN = re.compile(r"\b(og|ikke|er|kan|ingen|det|den|bare|utsendelsen|saken)\b|[æøå]", re.IGNORECASE)
# Buttons, what keeps a ticket from being sent, what to look at in a letter, what Pureservice lacks.
FOLDERS = ("steering", "planning", "mail", "adapters/pureservice")


def refused() -> list[str]:
    """Every Norwegian sentence that a verb says, but what stands in docstrings; ``X`` for a value."""
    texts: set[str] = set()
    for file in (
        file for folder in FOLDERS for file in (ROOT / "dispatch" / folder).glob("*.py") if file.stem != "health_check"
    ):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        inside = {id(part) for node in joined for part in ast.walk(node) if part is not node}
        spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts |= {_text(node) for node in ast.walk(tree) if id(node) not in inside | spoken}
    return sorted(text for text in texts if text.endswith(".") and NORWEGIAN.search(text))


def said_of_files() -> list[str]:
    """What is said of a recipients' file; its place comes before it and a full stop behind it."""
    texts: set[str] = set()
    for name in ("recipient_faults", "recipient_file_words", "recipient_rows"):
        tree = ast.parse((ROOT / "dispatch" / "planning" / f"{name}.py").read_text(encoding="utf-8"))
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts |= {_text(node) for node in ast.walk(tree) if id(node) not in inside | spoken}
    faults = (detail_words(addresses.detail_of(fault)) for fault in addresses.Fault)
    sentences = [text for text in texts if re.match(r"[A-ZÆØÅX].* ", text) and NORWEGIAN.search(text)]
    whole = (re.sub(r"\{\w+\}", "X", text) for text in (*sentences, *faults))
    return sorted(re.sub(r"\. ?X$|\.$", "", text) + "." for text in whole)  # behind some comes another sentence


def in_norwegian(told: str) -> bool:
    """Whether any of it is, but what is quoted from a file or is a letter of the alphabet."""
    return NORWEGIAN.search(re.sub("«[^»]*»|Æ, ø, å", "", told)) is not None


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values]
        return "".join(parts).replace(". X ", ". ")  # a sentence of its own
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return re.sub(r"\{\w+\}", "X", text)


@pytest.mark.parametrize("text", refused())
def test_a_refusal_is_english_in_an_english_terminal(text: str):
    code, english = explained(Rejected([text, text.removeprefix("X ")]), Texts("en"))
    _, norwegian = explained(Rejected([text]), Texts("nb"))

    assert code is Exit.PROBLEMS
    assert norwegian == [text]
    assert not all(NORWEGIAN.search(told) for told in english), english


@pytest.mark.parametrize("text", said_of_files())
def test_what_is_wrong_with_a_file_is_english_in_an_english_terminal(text: str):
    told = in_its_language(f"Arket «Ark», rad 3, kolonne C («Tittel»): {text}", Texts("en"))

    assert told.startswith("Sheet «Ark», row 3, column C («Tittel»): ")
    assert not in_norwegian(told), told


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_the_answer_to_a_bad_file_is_english_in_an_english_terminal(case: Bad):
    for sentence in case.sentences:
        told = in_its_language(sentence, Texts("en"))
        assert not in_norwegian(told), told


def test_there_are_refusals_to_look_at():
    assert len(refused()) > 70
    assert len(said_of_files()) > 40
    assert steering.__doc__


def test_a_value_keeps_its_place_and_an_unknown_sentence_stays():
    told = in_its_language("Det finnes ingen utsendelse «9-9». Noe ukjent.", Texts("en"))

    assert told == "There is no dispatch «9-9». Noe ukjent."


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


COMMANDS = [str(command.name) for command in build(Texts("nb")).registered_commands]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_no_word_in_the_other_language(command, capsys, monkeypatch):
    monkeypatch.setenv("LANG", "nb_NO.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)

    assert main([*([command] if command else []), "--help"]) == 0

    told = capsys.readouterr().out
    assert "Bruk:" in told
    assert not re.search(r"<\w+|\[\[|Usage|Options|OPTIONS|Argument[s ]|ARGS|Commands|COMMAND|required|default", told)
    assert not re.search(r"\b(KEY|TICKET|FILE|ADDRESS|ZONE|DAYS|Show|the)\b", told)


@pytest.mark.parametrize(("answer", "code"), [("j", 5), ("Ja", 5), ("y", 5), ("", 1), ("n", 1)])
def test_a_question_is_asked_and_answered_in_the_terminals_language(answer, code, monkeypatch, capsys):
    """Five: nothing can be removed where there is no storage, but it was tried."""
    asked: list[str] = []
    monkeypatch.setenv("LANG", "nb_NO.UTF-8")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    monkeypatch.setattr("dispatch.cli.outcome.opened", None)

    assert main(["purge", "9001-8001"]) == code
    assert asked == ["Dette kan ikke gjøres om. Slette? [j/N]: "]


def test_every_text_that_is_asked_for_is_there_and_every_one_that_is_there_is_asked_for():
    asked: set[str] = set()
    said: set[str] = set()
    for file in (ROOT / "dispatch" / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "texts" and node.args:
                asked |= {part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)}
            elif isinstance(node, ast.Constant) and file.name != "texts.py":
                said.add(str(node.value))
    by_part = {part for part in asked if part.endswith("_")}  # of a state, of a column's head
    names = {name for name in asked if re.fullmatch("[a-z_]+", name)} - by_part

    assert names <= set(SAID)
    assert {name for name in SAID if name not in asked | said and not name.startswith(tuple(by_part))} == set()
