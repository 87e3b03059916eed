"""What decides the demonstration and the crash sweep tells a wrong value and a stranger's file from right ones."""

from dataclasses import replace

import pytest

from local.arrived import Arrived
from local.merged_case import Person, Verdict, compared, people

ROWS = people(3)


def letter(one: Person) -> Arrived:
    html = (
        f"<p>Hei {one.given}.</p><p>Dette gjelder <i>{one.name}</i>, og fristen er <b>{one.deadline}</b>. "
        "Vedtaket ligger ved. 1</p>"
    )
    subject = f"Vedtak til {one.name}: frist {one.deadline} [Sak ID# 1]"
    return Arrived(one.to, subject, html, "", {one.file: one.content})


def test_right_letters_are_right():
    assert compared(map(letter, ROWS), ROWS) == Verdict(0, 0)


@pytest.mark.parametrize("part", ["subject", "html"])
def test_another_ones_value_is_wrong(part: str):
    mixed = replace(letter(ROWS[0]), **{part: getattr(letter(ROWS[1]), part)})
    assert compared([mixed, letter(ROWS[1])], ROWS) == Verdict(1, 0)


@pytest.mark.parametrize("left", ["{{navn}}", "⟦abc.0⟧"])
def test_a_field_that_was_left_is_wrong(left: str):
    spoiled = replace(letter(ROWS[0]), html=letter(ROWS[0]).html + left)
    assert compared([spoiled], ROWS) == Verdict(1, 0)


@pytest.mark.parametrize(
    "files",
    [{}, {ROWS[1].file: ROWS[1].content}, {ROWS[0].file: ROWS[1].content}, {r.file: r.content for r in ROWS[:2]}],
)
def test_a_file_that_lacks_or_is_a_strangers_is_wrong(files: dict[str, bytes]):
    assert compared([replace(letter(ROWS[0]), files=files)], ROWS) == Verdict(0, 1)
