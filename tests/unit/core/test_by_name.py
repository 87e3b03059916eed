"""Recipients by name, and the search for a part of one."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import FirstByName, has_part, name_key
from dispatch.core.by_name import collated
from tests.builders import a_recipient


def test_norwegian_letters_come_last_and_accents_count_for_nothing():
    names = ["Zoran", "Åse", "Øystein", "Ærlig", "élise", "Eva", "bjørn", "Anna"]

    assert sorted(names, key=collated) == ["Anna", "bjørn", "élise", "Eva", "Zoran", "Ærlig", "Øystein", "Åse"]


def test_those_without_a_name_come_last():
    rows = [a_recipient(0, 0, name=""), a_recipient(0, 1, name="Å")]

    assert [row.name for row in sorted(rows, key=name_key)] == ["Å", ""]


@given(st.lists(st.text(max_size=4), max_size=400), st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_first_of_many_are_the_first_of_all(names: list[str], most: int, chance: random.Random):
    rows = [a_recipient(0, index, name=name) for index, name in enumerate(names)]
    first = FirstByName(most)
    for row in chance.sample(rows, len(rows)):
        first.add(row)

    assert first.rows() == sorted(rows, key=name_key)[:most]
    assert first.count == len(rows)


@pytest.mark.parametrize("text", ["", "ødeG", "ÅSE  ø", "POST@", "kommune.example", "974 767", "4767880"])
def test_any_part_is_found_in_whatever_case(text: str):
    row = a_recipient(name="Åse  Ødegård", address="post@kommune.example", organization_number="974767880")

    assert has_part(row, text)
    assert not has_part(row, f"{text}#")
