"""Filters that no value can turn into another question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.pureservice.filters import either, equals, every, text
from dispatch.core import TicketSystemRefused, UnsafeFilterValue


def test_text_is_quoted_and_numbers_are_not():
    assert equals("name", "Løst", what="status") == 'name == "Løst"'
    assert equals("ticketId", 9001) == "ticketId == 9001"


def test_conditions_are_joined():
    assert every("!disabled", equals("statusId", 5)) == "!disabled AND statusId == 5"
    assert either("a == 1") == "a == 1"
    assert every("x == 3", either("a == 1", "a == 2")) == "x == 3 AND (a == 1 OR a == 2)"


@pytest.mark.parametrize(
    "value",
    [
        'Til "ekspedering"',
        "Til\\ekspedering",
        '" OR 1 == 1 OR name == "',
        "Til\nekspedering",
        "Til\x00",
        "\x7f",
        "\x85",
        "Til\u2028ekspedering",
        "\ud800",
    ],
)
def test_what_no_filter_can_carry_is_refused_by_the_setting_s_name(value):
    with pytest.raises(UnsafeFilterValue, match="PURESERVICE_DISPATCH_COMMTYPE_NAME") as caught:
        equals("customtype.name", value, what="PURESERVICE_DISPATCH_COMMTYPE_NAME")

    assert isinstance(caught.value, TicketSystemRefused)
    assert value not in str(caught.value)


@given(st.text())
def test_a_literal_begins_and_ends_where_it_should(value):
    try:
        literal = text(value, what="the name")
    except UnsafeFilterValue:
        assert not value.isprintable() or '"' in value or "\\" in value
        return
    assert literal == f'"{value}"'
    assert literal.count('"') == 2
    assert "\\" not in literal
