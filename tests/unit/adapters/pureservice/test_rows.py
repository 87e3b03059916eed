"""Rows from outside: every text passes the gate, and a row that is spoiled in any way is a row that says so."""

import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.pureservice import messages, records, undelivered_mail
from dispatch.adapters.pureservice.reading import by_id, read, salvaged
from dispatch.adapters.pureservice.records import Record
from dispatch.core import UnreadableRow, text

KINDS = sorted(
    {
        kind
        for module in (messages, records, undelivered_mail)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Record) and kind is not Record
    },
    key=lambda kind: kind.__name__,
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
HOSTILE = st.text(
    st.one_of(st.characters(), st.characters(categories=["Cs"]), st.characters(max_codepoint=0xA0)), max_size=80
)
LONG = st.builds(lambda unit, times: unit * times, HOSTILE, st.integers(0, 600))
SPOILED = [None, [], [1], {}, {"id": 1}, "abc", "", -5, 1e300, float("inf"), 10**19, True, "\ud83d", "x" * 40_000]


def healthy(kind: type[Record]) -> dict[str, Any]:
    """A row of the kind with every field set."""
    values: dict[Any, Any] = {int: 7, str: "tekst", bool: False}
    row = {
        str(field.alias): values.get(field.annotation, "2026-11-30T12:00:00Z") for field in kind.model_fields.values()
    }
    return {**row, **({"links": {"attachments": {"ids": [4]}}} if "links" in row else {})}


def test_every_kind_of_row_is_tried():
    assert {"TicketRow", "CommunicationRow", "AttachmentRow", "RelationRow", "UserRow", "StatusRow", "EmailRow"} <= {
        kind.__name__ for kind in KINDS
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_text_of_every_row_comes_out_valid_composed_and_bounded(kind, data):
    row = healthy(kind)
    texts = [name for name, field in kind.model_fields.items() if field.annotation is str]
    for name in texts:
        row[kind.model_fields[name].alias] = data.draw(LONG)

    read_row = kind.model_validate(row)

    for name in texts:
        value = getattr(read_row, name)
        value.encode()
        assert unicodedata.is_normalized("NFC", value)
        assert not CONTROLS.search(value)
        one_line = kind.model_fields[name].alias not in ("text", "html", "solution")
        assert len(value) <= (text.Limit.RECEIVERS if one_line else text.Limit.HTML)
        assert not (one_line and set("\n\t\u2028") & set(value))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_text_of_a_row_is_without_a_limit(kind):
    row = healthy(kind)
    for name, field in kind.model_fields.items():
        if field.annotation is str:
            value = getattr(kind.model_validate({**row, field.alias: "å" * 40_000}), name)
            assert len(value) <= text.Limit.RECEIVERS or field.alias in ("text", "html", "solution")
            assert len(value) == 40_000 or value.endswith("…")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("value", [*SPOILED, ...], ids=lambda value: f"{type(value).__name__}-{str(value)[:8]!a}")
def test_a_spoiled_field_is_the_fault_of_its_row_alone(kind, value):
    """Whatever stands in one field: the row is read, or says which field it is, and the rows beside it are read."""
    for field in kind.model_fields.values():
        spoiled = {name: given for name, given in healthy(kind).items() if name != field.alias or value is not ...}
        if value is not ...:
            spoiled[field.alias] = value
        first, last = {**healthy(kind), "id": 1}, {**healthy(kind), "id": 9}

        found = read(kind, [first, spoiled, last], path="some")

        assert {1, 9} <= {row.id for row in found.readable}
        for error in found.unreadable:
            assert error.fields == (field.alias,)
            assert error.row == (0 if field.alias == "id" else 7)
        if found.unreadable and field.alias != "id":
            row, faults = salvaged(kind, spoiled, path="some")
            assert (row.id, faults) == (7, (field.alias,))


@pytest.mark.parametrize("rows", [[{}], [{"id": None}], [{"id": "x"}], [{"id": 8, "name": []}]])
def test_one_that_is_asked_for_and_can_not_be_read_is_not_taken_for_missing(rows):
    found = by_id(records.AssetTypeRow, [{"id": 1, "name": "Liste"}, *rows], path="assettype")

    assert found[1].name == "Liste"
    with pytest.raises(UnreadableRow):
        found.get(8)


def test_what_is_left_out_is_logged_without_what_was_in_it(caplog):
    rows = [{"id": 5, "name": ["Kari"]}, {"id": 6, "name": None}, {"name": "Kari"}, {"id": 7, "name": "Kari"}]

    kept = read(records.AssetTypeRow, rows, path="assettype").or_skipped()

    (line,) = [json.loads(record.message) for record in caplog.records]
    assert [row.id for row in kept] == [7]
    assert line == {"action": "rows_unreadable", "kind": "assettype", "rows": 3, "ids": "5 6 0", "fields": "id name"}
