"""Everything that can be wrong with a setting is told in Norwegian to a Norwegian terminal."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.core import BadConfiguration
from dispatch.settings import Settings, in_norwegian
from dispatch.settings.shared_with_host import FORMS
from tests.builders import some_settings
from tests.unit.settings.test_settings import REQUIRED

ENGLISH = re.compile(
    r"\b(input|should|must|missing|is no|is not|the host|wants|right form|can't|holds|have|greater|less|same as)\b",
    re.IGNORECASE,
)
BAD = (
    " ",
    "x",
    "-1",
    "0",
    "999999999",
    "1.5",
    "nan",
    "' '",
    "http://",
    "2027-13-99",
    "mon-fri 16-08",
    "a@b",
    "true false",
)
NAMES = sorted({str(field.alias) for field in Settings.model_fields.values()} | set(FORMS))


def problems(**given: str) -> list[str]:
    try:
        Settings.from_environ({**REQUIRED, **given})
    except BadConfiguration as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_value_is_told_in_norwegian(name: str):
    for bad in BAD:
        for problem in problems(**{name: bad}):
            told = in_norwegian(problem)
            assert told.startswith(problem.partition(":")[0])
            assert not ENGLISH.search(told.partition(": ")[2]), (bad, problem, told)


def test_what_lacks_and_what_does_not_agree_is_told_in_norwegian():
    lacking = [
        *problems(**dict.fromkeys(REQUIRED, "")),
        *problems(MAIL_MAILER="smtp", MAIL_HOST=""),
        *problems(MICROSOFT_GRAPH_TENANT_ID="x"),
        *problems(MAIL_HOST="m.example", MAIL_AUTH="oauth", MAIL_CA_FILE="/no/such/file"),
        *problems(MAIL_HOST="m.example", MAIL_AUTH="password", MAIL_CA_FILE=__file__),
        *problems(EF_IP_URL="x", EF_IP_AUTH="basic"),
        *problems(PURESERVICE_121_STATUS="Til ekspedering", PURESERVICE_DISPATCH_PREVIEW_STATUS="Løst"),
        *problems(DISPATCH_SEND_WINDOW="mon-fri 08-16", DISPATCH_HOLIDAYS="QQ"),
    ]

    assert len(lacking) >= 13
    assert some_settings()
    for problem in lacking:
        assert not ENGLISH.search(in_norwegian(problem).partition(": ")[2]), problem


LINE = re.compile(r"(?:NAME|[A-Z]+(?:_[A-Z]+)+): (?!NAME$)\S.*")
SOURCES = sorted((Path(__file__).resolve().parents[3] / "dispatch/settings").glob("*.py"))


def said_in(source: str) -> Iterator[str]:
    """Lines ``NAME: what is wrong`` that the source can say, and errors; what is filled in is a name."""
    for node in ast.walk(ast.parse(source)):
        yield filled(node)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ValueError":
            yield f"NAME: {filled(node.args[0])}"


def filled(node: ast.AST) -> str:
    match node:
        case ast.JoinedStr(values=values):
            return "".join(filled(part) if isinstance(part, ast.Constant) else "NAME" for part in values)
        case ast.Constant(value=str(text)):
            return text
    return ""


def test_every_line_that_a_check_of_settings_can_say_has_its_norwegian():
    lines = {line for path in SOURCES for line in said_in(path.read_text(encoding="utf-8")) if LINE.fullmatch(line)}

    assert len(lines) > 15
    assert [line for line in sorted(lines) if in_norwegian(line) == line] == []


def test_a_line_without_its_norwegian_would_be_seen():
    said = said_in("problems = [f'{name}: {path} sings', 'A_B: hums']; raise ValueError('whistles')")
    lines = {line for line in said if LINE.fullmatch(line)}

    assert lines == {"NAME: whistles", "NAME: NAME sings", "A_B: hums"}
    assert all(in_norwegian(line) == line for line in lines)
