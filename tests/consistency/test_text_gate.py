"""All text from outside goes through core/text: nothing that an adapter reads, and no error of its, goes round it."""

import ast
import inspect
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator

import dispatch
from dispatch.adapters.pureservice import records
from dispatch.core import MailError, TicketSystemError, Transport, errors, text
from dispatch.core.text import Limit

ADAPTERS = Path(dispatch.__file__).parent / "adapters"
# Rows that we wrote ourselves; and Pureservice's, which are read into the records below, field by field.
OTHERWISE = {"azure_storage/table_rows.py", "azure_storage/journal_columns.py", "pureservice/responses.py"}
HOSTILE = st.text(st.sampled_from("a\x00\x93\ud800\ufffe\u202e\u2067\x1b\n\u2028é") | st.characters(), max_size=3_000)


def ungated(source: str) -> Iterator[int]:
    """The lines where JSON is read and not given to the gate at once."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    gated = {id(call.args[0]) for call in calls if ast.unparse(call.func) == "text.everywhere"}
    for call in calls:
        name = ast.unparse(call.func)
        if (name == "json.loads" or name.endswith(".json")) and id(call) not in gated:
            yield call.lineno


def test_all_json_that_an_adapter_reads_goes_through_the_gate():
    found = {
        f"{file.relative_to(ADAPTERS).as_posix()}:{line}"
        for file in sorted(ADAPTERS.rglob("*.py"))
        if file.relative_to(ADAPTERS).as_posix() not in OTHERWISE
        for line in ungated(file.read_text(encoding="utf-8"))
    }

    assert found == set()


def test_json_that_goes_round_the_gate_would_be_found():
    assert list(ungated("a = response.json()\nb = json.loads(x)\nc = text.everywhere(json.loads(x))")) == [1, 2]


def models() -> list[type[BaseModel]]:
    return [kind for kind in vars(records).values() if inspect.isclass(kind) and issubclass(kind, BaseModel)]


def holds_bare_text(annotation: Any, metadata: Any = ()) -> bool:
    if any(isinstance(one, BeforeValidator) for one in metadata):
        return False
    inner = get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return holds_bare_text(inner[0], annotation.__metadata__)
    return annotation is str or any(holds_bare_text(one) for one in inner)


@pytest.mark.parametrize("kind", models(), ids=lambda kind: kind.__name__)
def test_no_field_of_pureservices_rows_is_text_that_was_not_looked_at(kind):
    bare = [name for name, field in kind.model_fields.items() if holds_bare_text(field.annotation, field.metadata)]

    assert bare == []


@given(HOSTILE, HOSTILE)
def test_what_an_error_says_can_be_written_anywhere(code, detail):
    ours = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, MailError)]
    made = [kind(Transport.SMTP, code, detail) for kind in ours]
    told = TicketSystemError("GET", "/x", message=code, words=detail)

    for said, most in [(one.code, Limit.CODE) for one in made] + [(one.detail, Limit.SHORT) for one in made]:
        assert_fit(said, most)
    assert_fit(told.message, Limit.SENTENCE)
    assert_fit(told.words, Limit.SENTENCE)


def assert_fit(said: str, most: int) -> None:
    said.encode()
    assert len(said) <= most
    assert said == text.line(said, most=most)
    assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in said)
    assert not any(
        unicodedata.bidirectional(sign) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        for sign in said
    )
