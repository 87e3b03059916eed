"""Whose number it is, by its check digits and its date; all numbers here are of the series made up for tests."""

import random

import pytest

from dispatch.core import national_numbers, other_numbers

FIRST, SECOND = (3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def numbers_of(day_and_month: str) -> list[str]:
    """All with these first digits, in a year and for a few serial numbers."""
    found = []
    for serial in range(500, 560):
        digits = [int(sign) for sign in f"{day_and_month}85{serial}"]
        for weights in (FIRST, SECOND):
            digits.append(-sum(a * b for a, b in zip(digits, weights, strict=True)) % 11)
        if max(digits) < 10:
            found.append("".join(map(str, digits)))
    return found


@pytest.mark.parametrize("first", ["0181", "3192", "4181", "7192", "0141", "0166", "2982"])
def test_every_kind_of_number_is_known(first):
    """Those of a month with 80, 65 or 40 added, and of a day with 40 added, as of those who stay for a while."""
    found = numbers_of(first)

    assert len(found) > 40
    assert all(national_numbers(one) == 1 for one in found)


@pytest.mark.parametrize("first", ["0081", "3281", "3182", "7281", "0193", "0100"])
def test_a_day_that_never_was_is_nobodys(first):
    assert all(national_numbers(one) == 0 for one in numbers_of(first))


@pytest.mark.parametrize("blank", [" ", "\u00a0", "-", ".", "\u200b"])
def test_a_number_is_known_however_it_is_written_and_wherever_it_stands(blank):
    one = numbers_of("0181")[0]
    written = f"{one[:6]}{blank}{one[6:]}"

    assert national_numbers(written) == 1
    assert national_numbers(f"Gjelder ({written}), og {one}.pdf") == 2
    assert national_numbers(f"{one[:2]} {one[2:4]} {one[4:6]} {one[6:]}") == 1
    assert national_numbers("".join(chr(ord(sign) - ord("0") + ord("\uff10")) for sign in one)) == 1


def test_a_number_with_one_digit_changed_or_two_swapped_is_nobodys():
    for one in numbers_of("0181"):
        for place, sign in enumerate(one):
            other = one[:place] + str((int(sign) + 1) % 10) + one[place + 1 :]
            assert national_numbers(other) == 0, other
            swapped = one[:place] + one[place : place + 2][::-1] + one[place + 2 :]
            assert national_numbers(swapped) == (swapped == one), swapped


def test_longer_and_shorter_numbers_are_not_looked_into():
    one = numbers_of("0181")[0]

    assert national_numbers(f"1{one}") == national_numbers(f"{one}1") == national_numbers(one[1:]) == 0
    assert other_numbers("22 33 44 55") == other_numbers("974 760 673") == 0
    assert other_numbers("1234 56 78903") == 1


def test_few_of_random_numbers_look_like_somebodys():
    chance = random.Random(1)
    found = sum(national_numbers(f"{chance.randrange(10**11):011}") for _ in range(20_000))

    assert found < 20_000 * 0.01
