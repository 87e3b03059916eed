"""No regular expression of ours meets a whole document: the text that others wrote decides how long one would take."""

import ast
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import dispatch
from dispatch.adapters import mime
from dispatch.adapters.json_stencil import Marks
from dispatch.core import Mailbox, OutgoingMail
from dispatch.document import outline_of
from dispatch.mail import LetterStyle
from dispatch.report.pdf import language_in
from tests.letter_samples import ORDINARY, OUTLOOK, a_file, composed

ROOT = Path(dispatch.__file__).parent
LONGEST_VALUE = 2_000  # characters: longer than any name, address, subject or attribute, and than a head that is read

DOCUMENTS = (
    ORDINARY * 9,
    OUTLOOK.replace("Mer informasjon", "Mer informasjon " * 999),
    f"<p>Hei</p><img src='data:image/png;base64,{'iVBO' * 999}'>",
    f"<p style='background:url({'x' * 9999})'>{'Hei ' * 9999}</p>",
    "<p style='white-space:pre-wrap'>" + "Hei  dere\n" * 999 + "</p><pre>" + "a\tb " * 999 + "</pre>",
    f"<style>{'.a{color:red} ' * 99}</style><p class=a>{'Hei ' * 999}</p><ol type=a>{'<li>x' * 99}</ol>",
)


# One class of signs, alone or repeated, or nothing repeated at all: no part of a text can be tried in two ways by it.
LINEAR = re.compile(r"\[[^\[\]]+\]\+?|(?:\(\?<=|[^*+{?])+")


class Watched:
    """An expression that fails where it is given more than a value."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def __getattr__(self, name):
        method = getattr(self._pattern, name)
        if not callable(method):
            return method

        def watched(*arguments, **named):
            assert all(len(argument) <= LONGEST_VALUE for argument in arguments if isinstance(argument, str)), (
                self._pattern
            )
            return method(*arguments, **named)

        return watched


@pytest.fixture
def watched(monkeypatch):
    """Every expression of the modules that are loaded, watched."""
    patched = 0
    for name, module in list(sys.modules.items()):
        if name.startswith("dispatch."):
            for variable, value in list(vars(module).items()):
                if isinstance(value, re.Pattern) and not LINEAR.fullmatch(str(value.pattern)):
                    monkeypatch.setattr(module, variable, Watched(value))
                    patched += 1
    return patched


@pytest.mark.parametrize("html", DOCUMENTS)
def test_no_expression_is_given_more_than_a_value_on_a_letters_way_out(html, watched):
    letter = composed(html, attachments=[a_file()], style=LetterStyle("Etaten"))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    to = Mailbox("kari@etat.example", "Kari")
    mail = OutgoingMail("k" * 26, "<x@etat.example>", now, Mailbox("post@etat.example"), None, to, letter)

    assert watched > 20
    assert language_in(letter.html) == "nb"
    assert outline_of(letter.html, picture=lambda _: None).blocks
    assert mime.as_bytes(mail)
    assert Marks(["to"]).stencil(letter.html).fill({}) == letter.html.encode()


def test_an_expression_that_is_given_a_document_would_be_found():
    with pytest.raises(AssertionError):
        Watched(re.compile("x")).search("y" * (LONGEST_VALUE + 1))


def test_expressions_are_named_where_the_watch_can_see_them():
    """Made in a function they would be out of its sight, so no function makes one but for a single value."""
    made = {
        f"{file.relative_to(ROOT).as_posix()}: {ast.unparse(call)}"
        for package in ("mail", "document")
        for file in sorted((ROOT / package).glob("*.py"))
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re.")
    }

    assert made == set()
