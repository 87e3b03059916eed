"""The ledger's rows as the version before wrote them: read to the same nouns, and written to the same columns.

``ledger_rows.json`` was recorded from the application when its nouns were still flat: each noun once with every field
set, and once with nothing but what it can't do without.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from dispatch.adapters.azure_storage.table_rows import COLUMNS, columns, from_entity, to_entity
from dispatch.core import Batch, Dispatch, DispatchKey, Recipient
from tests.builders import KEY, flat

NOUNS: dict[str, Any] = {"dispatch": Dispatch, "batch": Batch, "recipient": Recipient}
# Columns that came later: the version before passes over them, and a row without them is read with their defaults.
LATER: dict[str, frozenset[str]] = {
    "dispatch": frozenset(
        {
            "follows",
            "returned_told",
            "watched_round",
            "broken",
            "counted_from",
            "approval_wanted",
            "approval_asked",
            "approval_untold",
            "asked_by",
            "asked_name",
            "approved",
            "approved_name",
            "not_before",
            "not_after",
            "asked_at",
            "plan_put_off",
            "plan_tries",
            "opening",
            "purged",
            "beside_told",
            "again_told",
            "going_on",
            "stop_pressed",
            "without_files",
            "has_own_files",
        }
    ),
    "batch": frozenset(
        {
            "returned",
            "faults",
            "faulted_since",
            "faulted_waited",
            "refused_waited",
            "refused_about",
            "refused_code",
            "refused_held",
            "reached",
            "mailbox",
        }
    ),
    "recipient": frozenset(
        {
            "own_blob",
            "own_row",
            "returned_at",
            "returned_cause",
            "returned_code",
            "email_before",
            "message_before",
            "waited",
            "doubt_waited",
            "sent_from",
            "redirected_to",
            "unsaved",
        }
    ),
}
# Columns that nobody reads any more: the version before does without one, as it does in a row of a plan half made.
GONE: dict[str, frozenset[str]] = {
    "dispatch": frozenset({"expected_done"}),
    "batch": frozenset(),
    "recipient": frozenset(),
}
KEPT_IN_KEYS = {"dispatch": (), "batch": ("dispatch",), "recipient": ()}


def _read(rows: dict[str, Any]) -> Any:
    return datetime.fromisoformat(rows["Edm.DateTime"]) if "Edm.DateTime" in rows else rows


RECORDED = json.loads(Path(__file__).with_name("ledger_rows.json").read_text("utf-8"), object_hook=_read)
for form in RECORDED.values():
    for name, row in form.items():
        for column in GONE[name] & row.keys():
            del row[column]
ROWS = [pytest.param(noun, RECORDED[form][noun], id=f"{noun}, {form}") for form in RECORDED for noun in NOUNS]


def read(noun: str, entity: Mapping[str, Any]) -> Any:
    keys = {"dispatch": DispatchKey(KEY)} if noun == "batch" else {}
    return from_entity(NOUNS[noun], entity, **keys)


@pytest.mark.parametrize(("noun", "entity"), ROWS)
def test_a_row_of_the_version_before_is_written_again_as_it_was(noun, entity):
    again = to_entity(
        read(noun, entity), partition=entity["PartitionKey"], row=entity["RowKey"], leave_out=KEPT_IN_KEYS[noun]
    )
    assert again == entity
    assert {name: type(value) for name, value in again.items()} == {name: type(v) for name, v in entity.items()}


@pytest.mark.parametrize("noun", NOUNS)
def test_every_column_is_one_that_the_version_before_knows(noun):
    recorded = RECORDED["full"][noun].keys() - {"PartitionKey", "RowKey"}
    assert {column.name for column in columns(NOUNS[noun])} - set(KEPT_IN_KEYS[noun]) == recorded | LATER[noun]
    assert not recorded & LATER[noun]


@pytest.mark.parametrize("noun", NOUNS)
def test_every_field_of_a_full_row_reaches_the_noun(noun):
    full = read(noun, RECORDED["full"][noun])
    for column in columns(NOUNS[noun]):
        holder = attrgetter(column.part)(full) if column.part else full
        is_set = getattr(holder, column.field) != column.default
        assert is_set == (column.name not in LATER[noun]), column.name


@pytest.mark.parametrize("noun", NOUNS)
def test_one_column_alone_is_written_and_read_back(noun):
    least = RECORDED["least"][noun]
    for name, value in RECORDED["full"][noun].items():
        entity = {**least, name: value}
        again = to_entity(
            read(noun, entity), partition=entity["PartitionKey"], row=entity["RowKey"], leave_out=KEPT_IN_KEYS[noun]
        )
        assert again == entity, name


@pytest.mark.parametrize("noun", NOUNS)
def test_no_two_fields_share_a_column_and_no_renaming_is_idle(noun):
    names = [column.name for column in columns(NOUNS[noun])]
    assert len(names) == len(set(names))
    for (kind, part), renamed in COLUMNS.items():
        if kind is NOUNS[noun]:
            known = {column.field for column in columns(kind) if column.part == part}
            assert renamed.keys() <= known


@pytest.mark.parametrize("noun", NOUNS.values())
def test_no_noun_is_wider_than_a_reader_can_hold(noun):
    assert len(fields(noun)) <= 19
    parts = [field.default for field in fields(noun) if is_dataclass(field.default)]
    assert parts
    assert max(len(fields(part)) for part in parts) <= 10


def test_the_builders_take_flat_names():
    row = {
        name: value for name, value in RECORDED["full"]["recipient"].items() if name not in {"PartitionKey", "RowKey"}
    }
    built = flat(Recipient, {**row, "changed": datetime(2026, 11, 23, tzinfo=UTC)})
    assert (built.own_ticket.id, built.attempt.count, built.doubt.looks) == (42, 3, 2)
